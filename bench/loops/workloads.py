"""Inputs of the loop workloads for the peers with NumPy arrays; as a script, times one under CPython or Lathe.

usage: workloads.py NAME N SECONDS; prints "NANOSECONDS CHECK FIRST" (see timing.py), or "-" for an unknown name.
"""

import sys

import numpy as np
import plain
import statements
import timing

GRID = 500  # laplace: a side
DATA = 1_000_000  # binary_search: elements to search


def noise(n, offset=0):
    """Numbers in [0, 1) without order, the same in every peer."""
    return (np.arange(n) + offset) * 1103515245 % 2147483647 / 2147483647.0


def square(n, offset=0):
    return noise(n * n, offset).reshape(n, n)


def lower_triangle(n):
    return square(n) / n + np.eye(n)


INPUTS = {
    "laplace": lambda n: (square(GRID), n),
    "recurrence": lambda n: (noise(n), noise(n, 1), noise(n, 2), n),
    "floyd_warshall": lambda n: (square(n), n),
    "matmul": lambda n: (square(n), square(n, 1), np.zeros((n, n)), n),
    "collatz": lambda n: (n,),
    "sieve": lambda n: (np.ones(n, dtype=bool), n),
    "mandelbrot": lambda n: (np.zeros((n, n), dtype=np.int64), n, 200),
    "binary_search": lambda n: (np.arange(DATA) / DATA, noise(n), np.zeros(n, dtype=np.int64), n),
    "insertion_sort": lambda n: (noise(n), n),
    "histogram": lambda n: (noise(n), np.zeros(1000, dtype=np.int64), 1000.0, n),
    "product_loop": lambda n: (noise(n), noise(n, 1), np.zeros(n), n),
    "product_array": lambda n: (noise(n), noise(n, 1)),
    "jacobi": lambda n: (square(30), n),
    "triangular": lambda n: (lower_triangle(n), noise(n), np.zeros(n), n),
    "oscillators": lambda n: (noise(100), noise(100, 1), noise(100, 2) + 1.0, noise(100, 3) + 1.0, n),
}


def look(value):
    """Reads one element: a lazy engine has computed the array after that."""
    if hasattr(value, "shape"):
        return value[(0,) * len(value.shape)]
    return value


def inputs(name, n):
    values = INPUTS[name](n)
    for value in values:
        look(value)
    return values


def check(value):
    """One number for a result; elements count by their place."""
    if not hasattr(value, "shape"):
        return float(value)
    flat = value.ravel()
    return float(np.sum(flat * (np.arange(flat.size) % 97 + 1)))


def main():
    name = sys.argv[1]
    n = int(sys.argv[2])
    if name in INPUTS:
        run = getattr(plain, name) if hasattr(plain, name) else getattr(statements, name)
        print(timing.measure(lambda: inputs(name, n), run, look, check, float(sys.argv[3])))
    else:
        print("-")


if __name__ == "__main__":
    main()
