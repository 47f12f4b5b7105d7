# python: same
items = [0] * 100
position = 0
for i in range(700):
    items[position] += 1
    position = (position + 1) % 100
    if i == 555:
        position = position / 2
