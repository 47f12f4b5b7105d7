# The workloads of the benchmark as a NumPy script; runs under python3 and under Lathe.
#
# usage: workloads.py NAME N SECONDS; prints "NANOSECONDS_PER_CALL CHECK". The result of each call is looked at
# in one element, so that a lazy engine has to compute it.

import sys
import time

import numpy as np

name = sys.argv[1]
n = int(sys.argv[2])
seconds = float(sys.argv[3])


def fill(factor, scale, offset):
    return np.arange(n) * factor % 10007 / 10007.0 * scale + offset


a = fill(7919, 1, 0.5)
b = fill(4729, 1, 0.25)
c = fill(2971, 1, 0.125)
x = fill(7919, 8, -2)
p = fill(7919, 10, 0.5)
out = np.zeros(n)
side = int(n**0.5)
square = x[: side * side].reshape(side, side)


def axpy():
    return a * b + c


def axpy_into():
    out[:] = a * b + c
    return out


def poly():
    return ((((0.1 * x + 0.2) * x + 0.3) * x + 0.4) * x + 0.5) * x + 0.6


def squared_distance():
    return np.sum((a - b) ** 2)


def max_distance():
    return np.max(np.abs(a - b))


def softmax():
    e = np.exp(square - square.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def column_sums():
    return square.sum(axis=0)


def jacobi():
    u = a.reshape(side, side).copy()
    v = u.copy()
    for _ in range(50):
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u, v = v, u
    return u.sum()


def choose():
    return np.where(x > 0, np.sin(x), np.cos(x) * x)


workloads = {
    "01a": axpy, "01b": axpy_into, "02": poly, "04a": squared_distance, "04b": max_distance, "05a": softmax,
    "05b": column_sums, "06": jacobi, "07": choose, "10a": lambda: np.exp(x), "10b": lambda: np.log(p),
    "10c": lambda: np.sin(x), "10d": lambda: np.tanh(x), "10e": lambda: p**1.7, "hit": axpy,
}


def look(result):
    """Reads one element: a lazy engine has computed the array after that."""
    return float(result) if result.ndim == 0 else result[(0,) * result.ndim]


def measure(call):
    for _ in range(4):
        look(call())
    start = time.perf_counter()
    look(call())
    once = time.perf_counter() - start
    calls = int(seconds / 10 / max(once, 1e-9)) + 1
    best = 1e30
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            look(call())
        now = time.perf_counter()
        best = min(best, (now - start) / calls)
        if now > end:
            return best


if name in workloads:
    each = measure(workloads[name])
    print(f"{each * 1e9:.6g} {float(np.sum(workloads[name]())):.15g}")
else:
    print("-")
