"""Variables whose type changes when the loop is already hot."""

import numpy as np


def show(*values):
    print(*[type(value).__name__ + ":" + str(value) for value in values])


total = 0
for i in range(300):
    total += i if i < 200 else i * 0.5
show(total, i)

changing = 1
seen = []
for i in range(900):
    if i % 100 == 50:
        seen.append((type(changing).__name__, str(changing)))
    if i == 100:
        changing = 2.5
    elif i == 200:
        changing = True
    elif i == 300:
        changing = None
    elif i == 400:
        changing = "text"
    elif i == 500:
        changing = np.float64(0.25)
    elif i == 600:
        changing = np.int32(7)
    elif i == 700:
        changing = (i, 1)
    elif i == 800:
        changing = np.arange(3)
    kind = changing is None or changing == "text"
    if isinstance(changing, (int, float, np.int32)):
        changing = changing + 1
show(*[f"{name} {text}" for name, text in seen])
show(kind, changing)


def sums(values):
    result = 0
    for value in values:
        result = result + value
    return result


show(sums(range(200)))
show(sums([0.5] * 150))
show(sums([1] * 100 + [0.25] * 100 + [True] * 100))
show(sums(np.arange(150)), sums(np.arange(150, dtype=np.float32)), sums(np.ones(150, dtype=np.uint8)))
show(sums(np.ones(150, dtype=bool)), sums(np.ones((100, 2))), sums([np.float32(0.1)] * 99), sums(()))


def larger(a, b):
    return a if a > b else b


best = 0
for i in range(400):
    best = larger(best, i if i < 100 else float(i) if i < 200 else np.float64(i) if i < 300 else np.int64(i))
show(best)

x = 1
for i in range(200):
    x = x // 3 if x > 1000 else x * 2 + 1 if i < 150 else x / 2
show(x)

flag = True
steps = 0
while flag:
    steps += 1
    flag = flag and (steps < 250 or None)
show(flag, steps)

item = None
for i in range(300):
    item = item or (i if i > 150 else None)
show(item)
either = [0, 0.0, "", (), None, 3]
hits = 0
for i in range(360):
    hits += 1 if either[i % 6] else 0
    hits += bool(either[i // 60])
show(hits)

if total > 5:
    for i in range(120):
        if i > 100:
            late = i * 1.5
show(late)

array = np.zeros(4)
for i in range(400):
    array[i % 4] += 1
    if i == 200:
        array = array.astype(np.int32)
    if i == 300:
        array = array.astype(np.float32) / 3
show(array, str(array.dtype), array[1])
pieces = [np.arange(5), np.arange(6.0), np.arange(4, dtype=np.uint8), [1, 2, 3.5], (4, 5, 6)]
amount = 0
for i in range(500):
    amount = amount + pieces[i // 100][i % 3] * (i % 5)
show(amount)
for i in range(200):
    number = i
    if i > 120:
        number = str(i)
    text = f"{number:>4}"
show(number, text)
big = 1
tries = 0
for i in range(100):
    big = big * 3 % 1000003
    tries += big > 500000
show(big, tries)
for value in [1] * 80 + [2.5] * 80 + [np.float32(0.1)] * 80 + [True] * 3:
    twice = value * 2
    whole = int(value)
    rounded = round(float(value), 1)
    half = value / 2
show(twice, whole, rounded, half)
