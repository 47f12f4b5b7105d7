# python: same
def check(x):
    if x < 0:
        raise ValueError(f"negative: {x}")
    return x


def outer(values):
    total = 0
    for value in values:
        total += check(value)
    return total


print(outer([1, 2]))
print(outer([1, -2]))
