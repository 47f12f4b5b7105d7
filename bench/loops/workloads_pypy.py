"""The plain loops of the loop benchmark for PyPy, which has no NumPy: array.array, bytearray and flat indices.

usage: workloads_pypy.py NAME N SECONDS; prints "NANOSECONDS CHECK FIRST" (see timing.py), or "-" for an unknown name.
Loops with one index are those of plain.py; those with two are here.
"""

import sys
from array import array

import plain
import timing

GRID, DATA, LIMIT, BINS = 500, 1_000_000, 200, 1000


def noise(n, offset=0):
    """Numbers in [0, 1) without order, the same in every peer."""
    return array("d", [(i + offset) * 1103515245 % 2147483647 / 2147483647.0 for i in range(n)])


def zeros(n, code="d"):
    return array(code, bytes(8 * n))


def ramp(n):
    return array("d", [i / n for i in range(n)])


def laplace(u, m, sweeps):
    for _ in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, m - 1):
                u[i * m + j] = 0.25 * (u[(i - 1) * m + j] + u[(i + 1) * m + j] + u[i * m + j - 1] + u[i * m + j + 1])
    return u


def floyd_warshall(d, n):
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i * n + k] + d[k * n + j] < d[i * n + j]:
                    d[i * n + j] = d[i * n + k] + d[k * n + j]
    return d


def matmul(a, b, c, n):
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i * n + k] * b[k * n + j]
            c[i * n + j] = s
    return c


def mandelbrot(counts, n, limit):
    for i in range(n):
        for j in range(n):
            cr = 3.0 * j / n - 2.0
            ci = 3.0 * i / n - 1.5
            zr = 0.0
            zi = 0.0
            k = 0
            while k < limit and zr * zr + zi * zi <= 4.0:
                t = zr * zr - zi * zi + cr
                zi = 2.0 * zr * zi + ci
                zr = t
                k += 1
            counts[i * n + j] = k
    return counts


WORKLOADS = {
    "laplace": (laplace, lambda n: (noise(GRID * GRID), GRID, n)),
    "recurrence": (plain.recurrence, lambda n: (noise(n), noise(n, 1), noise(n, 2), n)),
    "floyd_warshall": (floyd_warshall, lambda n: (noise(n * n), n)),
    "matmul": (matmul, lambda n: (noise(n * n), noise(n * n, 1), zeros(n * n), n)),
    "collatz": (plain.collatz, lambda n: (n,)),
    "sieve": (plain.sieve, lambda n: (bytearray(b"\1") * n, n)),
    "mandelbrot": (mandelbrot, lambda n: (zeros(n * n, "q"), n, LIMIT)),
    "binary_search": (plain.binary_search, lambda n: (ramp(DATA), noise(n), zeros(n, "q"), n)),
    "insertion_sort": (plain.insertion_sort, lambda n: (noise(n), n)),
    "histogram": (plain.histogram, lambda n: (noise(n), zeros(BINS, "q"), float(BINS), n)),
    "product_loop": (plain.product_loop, lambda n: (noise(n), noise(n, 1), zeros(n), n)),
}


def check(result):
    """One number for a result; elements count by their place."""
    if isinstance(result, int):
        return float(result)
    return float(sum(value * (i % 97 + 1) for i, value in enumerate(result)))


def main():
    name, n, seconds = sys.argv[1:4]
    if name in WORKLOADS:
        run, make = WORKLOADS[name]
        print(timing.measure(lambda: make(int(n)), run, lambda result: result, check, float(seconds)))
    else:
        print("-")


main()
