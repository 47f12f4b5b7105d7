# python: same
def ratios(values):
    total = 0.0
    for value in values:
        total += 1.0 / value
        total = total % 7.5
    return total


print(round(ratios(range(500, 0, -1)), 9))
print(ratios(range(500, -500, -1)))
