# python: same
def remainder(a, b):
    return a % b


def count(n):
    found = 0
    for i in range(n):
        found += remainder(i, 400 - i)
    return found


print(count(300))
count(1000)
