"""break, continue, else, steps, nesting and odd iterables in hot loops."""

import numpy as np

found = []
for n in range(2, 150):
    for divisor in range(2, n):
        if divisor * divisor > n:
            found.append(n)
            break
        if n % divisor == 0:
            break
    else:
        found.append(n)
print(found)

for start, stop, step in ((0, 100, 1), (100, 0, -1), (0, 100, 7), (5, -200, -3), (0, 0, 1), (3, 2, 1), (0, 1, 50), (2, 0, 1)):
    total = count = 0
    last = None
    for i in range(start, stop, step):
        total += i
        count += 1
        last = i
    else:
        count += 0.5
    print(start, stop, step, total, count, last)

i = 0
odd = 0
while True:
    i += 1
    if i > 300:
        break
    if i % 2 == 0:
        continue
    if i % 3 == 0:
        odd += 1
        continue
    odd += 10
print(i, odd)

n = 200
skipped = 0
while n:
    n -= 1
    if n % 5:
        continue
    skipped += n
else:
    skipped += 0.25
print(n, skipped)

total = 0
for i in range(30):
    for j in range(30):
        if j > i:
            break
        for k in range(3):
            if (i + j + k) % 4 == 0:
                continue
            total += i * j - k
        else:
            total += 1
    else:
        total += 1000
print(total, i, j, k)

for i in range(100):
    i *= 2
print(i)
limit = 100
for i in range(limit):
    limit -= 5
print(i, limit)
numbers = [1]
for number in numbers:
    if len(numbers) < 130:
        numbers.append(number + 1)
print(len(numbers), number)

total = 0
for position, value in enumerate(np.arange(120) * 0.5):
    total += position * value
for position, value in enumerate([3, 1.5, True] * 40, 7):
    total += position * value
for a, b, c in zip(range(150), np.arange(140), [0.5] * 145):
    total += a * b * c
for value in reversed(range(0, 200, 3)):
    total = total * 0.5 + value
for value in reversed([1, 2, 3] * 30):
    total = total * 0.25 + value
for (a, b), c in zip([(1, 2), (3, 4)] * 50, range(1000)):
    total += a * c - b
print(total, position, value)
for letter in "some words " * 12:
    if letter == " ":
        total += 1
for key, value in {k: k * k for k in range(100)}.items():
    total -= key + value
print(total)

state = "start"
changes = 0
for i in range(500):
    if state == "start":
        state = "middle" if i % 3 == 0 else "start"
    elif state == "middle":
        state = "end" if i % 4 == 0 else "middle"
    else:
        state = "start"
        changes += 1
print(state, changes)

low = high = inside = 0
for i in range(-150, 150):
    x = i * 0.1
    if -5 < x <= 5:
        inside += 1
    elif x < -5 and not i % 2 or i == -51:
        low += 1
    elif x > 5 or x != x:
        high += 1
print(low, inside, high)


def find(table, wanted):
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            if value == wanted:
                return i, j
    return None


table = np.arange(400).reshape(20, 20)
print(find(table, 0), find(table, 399), find(table, 210), find(table, -1), find(table.tolist(), 123))

quotients = 0
for i in range(-60, 61):
    for d in (-7, -2, -1, 1, 3, 2.5, -0.5):
        quotients += i // d * 3 + i % d + divmod(i, d)[0]
        quotients += i >> 1 if i % 2 else -i << 2 ^ i & 5 | i
print(quotients, -7 // 2, -7 % 3, 7 % -3)
powers = 0.0
for i in range(1, 100):
    powers += i ** 2 + i ** -1 + (-1) ** i + 2.0 ** (i % 5) + i ** 0.5
print(powers)
text = ""
for i in range(100):
    text += str(i % 10) if i % 7 else f"<{i:03}>"
print(text)
nested = [[0] * 4 for _ in range(4)]
for i in range(160):
    nested[i % 4][i // 4 % 4] += i
    nested[-1], nested[0] = nested[0], nested[-1]
print(nested)
