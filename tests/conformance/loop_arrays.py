"""Whole-array statements in hot loops; arrays swapped and bound anew."""

import numpy as np

u = np.zeros(20)
v = np.zeros(20)
u[10] = 1024.0
for step in range(150):
    v[1:-1] = 0.5 * (u[:-2] + u[2:])
    u, v = v, u
print(np.round(u, 10).tolist(), np.round(v.sum(), 10))

a = np.arange(6) * 0.5
b = np.array([1.0, -1, 0.5, 0.25, 2, 0])
c = np.zeros(6)
total = 0.0
for i in range(200):
    c = a * b + c
    c = np.where(c > 50, c - 60, c)
    total += (a[: i % 7] * c[: i % 7]).sum()
    if i % 3 == 0:
        c[i % 6] = np.maximum(c, 1.0).sum() % 8
print(c.tolist(), total)

board = np.zeros((8, 8), dtype=int)
board[1, 2] = board[2, 3] = board[3, 1] = board[3, 2] = board[3, 3] = 1
for generation in range(64):
    neighbours = sum(np.roll(np.roll(board, dy, 0), dx, 1) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) - board
    board = ((neighbours == 3) | ((board == 1) & (neighbours == 2))).astype(int)
print(board.tolist())

m = np.arange(9.0).reshape(3, 3)
x = np.ones(3)
for i in range(100):
    x = m @ x
    x = x / np.abs(x).max()
print(np.round(x, 12))
sums = 0
for i in range(120):
    m = m.T * 0.5 + i % 2
    sums = sums + m.sum(axis=i % 2)
    m[i % 3] = sums % 4
print(np.round(m, 9).tolist(), np.round(sums, 9))

shape = np.zeros(3)
kinds = []
for i in range(400):
    shape = shape + 1
    if i % 80 == 79:
        kinds.append((shape.shape, shape.dtype.name, float(shape.sum())))
    if i == 100:
        shape = np.zeros(5, dtype=np.float32)
    elif i == 200:
        shape = np.ones((2, 3), dtype=np.int32)
    elif i == 300:
        shape = np.float64(0.5)
print(kinds)

p, q, r = np.arange(3), np.arange(3) + 10, np.arange(3) + 20
for i in range(100):
    p, q, r = q, r, p
    p[i % 3] += 1
    if i % 2:
        q = p
        r = r.copy()
print(p, q, r, p is q)

levels = np.zeros((4, 5), dtype=np.int32)
for i in range(300):
    levels[i % 4] += np.arange(5, dtype=np.int32)
    levels[:, i % 5] -= 1
    levels[i % 2 :, i % 3 :] += levels[0, 0] % 2
print(levels.tolist(), levels.dtype)

for dtype in (np.float32, np.int64, np.uint8, np.int32, bool):
    start = np.arange(5).astype(dtype)
    best = start[0]
    for i in range(100):
        item = start[i % 5]
        best = item if item > best else best
        if i == 50 and dtype is not bool:
            start[2] = 100
    print(best, type(best).__name__, start.dtype)

small = np.zeros(4, dtype=np.float32)
wide = np.zeros(4)
for i in range(150):
    small[i % 4] = small[i % 4] + 0.1
    wide[i % 4] = small[i % 4] + np.float32(0.1)
    wide[(i + 1) % 4] += small[0] * wide[1]
    if i % 40 == 0:
        print(small[0], type(small[0] + 0.1).__name__, type(small[0] + wide[0]).__name__)
print(small.tolist(), wide.tolist())
empty = np.zeros(0)
runs = 0
for i in range(100):
    for value in empty:
        runs += 1
    runs += empty.sum() + len(empty[: i % 2])
print(runs)
