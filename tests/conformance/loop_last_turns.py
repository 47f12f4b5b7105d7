# What a loop leaves behind: values of its last turns, in variables that nothing else in the loop needs.
import numpy as np


def turned(n):
    p = np.array([[1.0, 2.0], [3.0, 4.0]])
    for i, e in enumerate(range(n)):
        p = p.T
    return p


def swapped(n):
    a = 1
    b = 2
    c = np.zeros(n)
    for i in range(n):
        c[i] = i
        a, b = b, a
    return a, b, c.sum()


def trailing(n):
    before = now = -1
    c = np.zeros(n)
    for i in range(n):
        before = now
        now = i
        c[i] = 2 * i
    return before, now, c.sum()


def far_behind(x):
    a = b = c = d = 0.0
    total = 0
    for i in range(len(x)):
        d = c
        c = b
        b = a
        a = x[i]
        total += i
    return a, b, c, d, total


def sum_before(x):
    total = before = 0
    for i in range(len(x)):
        before = total
        total += i
    return before, total


def reversed_view(n):
    v = np.arange(6)
    w = np.arange(6) * 10
    total = 0
    for i in range(n):
        v, w = w[::-1], v
        total += i
    return v, w, total


def shrinking(n):
    v = np.arange(400)
    total = 0
    for i in range(n):
        v = v[1:]
        total += i
    return v[:3], total


for _ in range(3):
    for n in (1, 2, 99, 100, 101, 200):
        print(turned(n).tolist())
        print(swapped(n))
        print(trailing(n))
        print(*far_behind(np.arange(n) * 0.5))
        print(sum_before(np.zeros(n)))
        print(*reversed_view(n))
        print(*shrinking(n))
