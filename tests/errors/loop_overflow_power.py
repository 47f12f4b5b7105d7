# python: same
x = 1.5
i = 0
while i < 2000:
    x = x ** 1.01 if i < 400 else x ** 2.0
    i += 1
