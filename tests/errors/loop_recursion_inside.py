# python: same
def dig(depth, values):
    total = 0
    for i in range(100):
        total += values[i % 10]
        if i == 80 and depth:
            total += dig(depth - 1, values)
        if i == 90 and not depth:
            total += values[i]
    return total


dig(3, list(range(10)))
