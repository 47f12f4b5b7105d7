# python: same
def walk(items, steps):
    position = 0
    while steps:
        position += items[position]
        steps -= 1
    return position


print(walk([1] * 1000, 900))
print(walk([1] * 500, 900))
