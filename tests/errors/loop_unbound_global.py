# python: same
total = 0
for i in range(1000):
    if i < 500:
        step = 1
    elif i == 500:
        del step
    total += step
