"""The workloads that are array statements in loops, as NumPy scripts have them; see plain.py."""

import numpy as np


def product_array(a, b):
    c = a * b
    return c


def jacobi(u, steps):
    for _ in range(steps):
        new = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u[1:-1, 1:-1] = new
    return u


def triangular(lower, b, x, n):
    for i in range(n):
        x[i] = (b[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return x


def oscillators(x, v, m, k, steps):
    total = np.zeros(x.shape[0])
    for _ in range(steps):
        force = -k * x
        drag = 0.1 * v
        force = force - drag
        acceleration = force / m
        v = v + 0.01 * acceleration
        x = x + 0.01 * v
        x = np.minimum(x, 2.0)
        kinetic = 0.5 * m * v * v
        potential = 0.5 * k * x * x
        total = total + kinetic + potential
    return total
