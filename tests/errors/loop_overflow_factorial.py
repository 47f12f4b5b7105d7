def grow(start, factor, count):
    value = start
    for i in range(count):
        value = value * factor + i % 2
        if value > 1000000000 and count < 500:
            value %= 1000
    return value


print(grow(1, 3, 400))
print(grow(1, 3, 500))
