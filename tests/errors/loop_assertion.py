# python: same
def check(value):
    assert value < 250, f"value {value}"
    return value


for i in range(100):
    for j in range(5):
        check(i * j)
