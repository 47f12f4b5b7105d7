"""Views that alias what a hot loop writes."""

import numpy as np

a = np.arange(10.0)
tail, backwards, even = a[1:], a[::-1], a[::2]
for i in range(300):
    tail[i % 9] += 1
    backwards[i % 10] *= 0.5
    even[i % 5] = a[i % 10] + tail[i % 9] - backwards[i % 3]
print(a.tolist(), tail[3], backwards[0], even.tolist())

m = np.arange(25).reshape(5, 5)
t = m.T
for i in range(200):
    m[i % 5, (i * 2) % 5] += t[i % 3, i % 5] % 7
    t[i % 4, i % 3] -= m[i % 2, 1]
print(m.tolist(), (m.T == t).all())

row = m[2]
column = m[:, 2]
for i in range(150):
    row[i % 5] = column[i % 5] + 1
    column[-1 - i % 5] = row[i % 4] % 50
print(m.tolist(), row.tolist(), column.tolist())

for i in range(len(m)):
    for j in range(100):
        line = m[i]
        line[j % 5] = m[i - 1, j % 5] // 2 + j
print(m.tolist())

for turn in range(120):
    for line in m:
        line[turn % 5] += line[(turn + 1) % 5] % 3
print(m.tolist())

view = a
for i in range(100):
    view[i % len(view)] = i
    if i % 30 == 29:
        view = view[1:]
print(a.tolist(), view.tolist())

copies = a.copy()
alias = copies
for i in range(130):
    alias[i % 10] += 1
    if i == 64:
        alias = alias.copy()
print(copies.tolist(), alias.tolist())


def shift(source, target, count):
    for i in range(count):
        target[i] = source[i] + 1


line = np.zeros(200)
shift(line, line[1:], 199)
print(line.sum(), line[-1])
line = np.zeros(200)
shift(line[1:], line, 199)
print(line.sum(), line[-1])
line = np.arange(200)
shift(line[::-1], line, 200)
print(line.sum(), line[:5], line[-5:])

flat = np.zeros(12)
square = flat.reshape(3, 4)
for i in range(240):
    square[i % 3, i % 4] += flat[i % 12] * 0.25 + 1
print(flat.tolist())
part = square[1:, ::2]
for i in range(100):
    part[i % 2, i % 2 - 1] -= 1
    flat[4] = part[1, 1]
print(square.tolist())

ring = np.arange(6)
for i in range(100):
    ring[:-1], last = ring[1:].copy(), ring[0]
    ring[-1] = last
print(ring)
for i in range(100):
    ring[1:] = ring[:-1]
    ring[0] = i
print(ring)
z = np.arange(8.0)
for i in range(100):
    z[1:-1] = 0.5 * (z[:-2] + z[2:])
    z[::-1][0] = i % 4
print(np.round(z, 12).tolist())
elements = [a[0], a[1]]
for i in range(100):
    old = a[i % 10]
    a[i % 10] = -1.0
    elements.append(old)
print(elements[-3:], sum(elements))
