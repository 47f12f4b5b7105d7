# python: same
def add(items):
    total = 0
    for item in items:
        total = total + item
    return total


print(add([1, 2] * 100), add([0.5] * 100))
print(add([1] * 500 + ["one"] + [2] * 10))
