# python: same
def half(n):
    assert n % 2 == 0, "n must be even"
    return n // 2


print(half(4))
print(half(3))
