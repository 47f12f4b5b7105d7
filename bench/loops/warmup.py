"""The first 1000 turns of loops that no one has run before, one line each: "NAME MICROSECONDS".

Run under Lathe with --jit on and --jit off, the difference is what finding, recording and compiling a hot loop costs
less what the machine code has saved by then.
"""

import time

import numpy as np

N = 1000
a = np.arange(N + 2) / 7.0
b = np.arange(N + 2) / 3.0
c = np.zeros(N + 2)
grid = np.zeros((3, N + 2))
bins = np.zeros(16, dtype=np.int64)
there = a[0] + b[0] + c[0] + grid[0, 0] + bins[0]  # a lazy engine has computed them all after this


def total():
    s = 0.0
    for i in range(N):
        s += a[i]
    return s


def product():
    for i in range(N):
        c[i] = a[i] * b[i]


def recurrence():
    for i in range(1, N + 1):
        c[i] = 0.5 * c[i - 1] + b[i]


def counting():
    i = 0
    odd = 0
    while i < N:
        if i % 3 == 1:
            odd += i
        i += 1
    return odd


def stencil():
    for j in range(1, N + 1):
        grid[1, j] = 0.25 * (grid[0, j] + grid[2, j] + grid[1, j - 1] + grid[1, j + 1])


def horner():
    s = 0.0
    for i in range(N):
        x = a[i]
        s += ((0.1 * x + 0.2) * x + 0.3) * x + 0.4
    return s


def largest():
    best = -1.0
    for i in range(N):
        if b[i] > best:
            best = b[i]
    return best


def histogram():
    for i in range(N):
        bins[int(a[i]) % 16] += 1


for loop in [total, product, recurrence, counting, stencil, horner, largest, histogram]:
    start = time.perf_counter()
    loop()
    elapsed = time.perf_counter() - start
    print(f"{loop.__name__} {elapsed * 1e6:.4g}")
