"""Factorizations with a dot product of two row pieces in the innermost loop. All numbers are exact in binary."""

import math

import numpy as np


def cholesky(a):
    n = a.shape[0]
    factor = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j] - factor[i, :j] @ factor[j, :j]
            if i == j:
                factor[i, j] = math.sqrt(rest)
            else:
                factor[i, j] = rest / factor[j, j]
    return factor


n = 16
exact = np.tril(np.arange(n * n).reshape(n, n) % 7 - 3.0)
for i in range(n):
    exact[i, i] = 2.0 ** (i % 3)
found = cholesky(exact @ exact.T)
print(np.array_equal(found, exact), found[-1].tolist())


def lu(a):
    a = a.copy()
    n = len(a)
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1:] -= a[i, k] * a[k, k + 1:]
    return a


def crout(a):
    n = len(a)
    lower = np.zeros((n, n))
    upper = np.eye(n)
    for j in range(n):
        for i in range(j, n):
            lower[i, j] = a[i, j] - lower[i, :j] @ upper[:j, j]
        for i in range(j + 1, n):
            upper[j, i] = (a[j, i] - lower[j, :j] @ upper[:j, i]) / lower[j, j]
    return lower, upper


left = np.tril(np.arange(n * n).reshape(n, n) % 5 - 2.0, -1) + np.eye(n)
right = np.triu(np.arange(n * n).reshape(n, n) % 3 - 1.0, 1) + 2.0 * np.eye(n)
product = left @ right
packed = lu(product)
print(np.array_equal(np.tril(packed, -1) + np.eye(n), left), np.array_equal(np.triu(packed), right))
lower, upper = crout(product)
print(np.array_equal(lower @ upper, product), upper[0].tolist())


def solve_lower(factor, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = (b[i] - factor[i, :i] @ x[:i]) / factor[i, i]
    return x


def solve_upper(factor, b):
    x = np.zeros(len(b))
    for i in range(len(b) - 1, -1, -1):
        total = b[i]
        for j in range(i + 1, len(b)):
            total -= factor[i, j] * x[j]
        x[i] = total / factor[i, i]
    return x


wanted = np.arange(n) - 4.0
print(solve_lower(left, left @ wanted).tolist())
print(solve_upper(right, right @ wanted).tolist())


def autocorrelation(signal):
    out = np.zeros(len(signal))
    for lag in range(len(signal)):
        for i in range(len(signal) - lag):
            out[lag] += signal[i] * signal[i + lag]
    return out


signal = np.arange(40) % 9 - 4
print(autocorrelation(signal).tolist())
total = 0
for lag in range(1, 40):
    total += (signal[:lag] * signal[-lag:]).sum()
    total -= signal[lag:] @ signal[:-lag]
print(total, type(total))

for turn in range(100):
    vector = np.arange(3.0) if turn == 0 else matrix @ vector % 17
    matrix = np.array([[1.0, 2, 0], [0, 1, 3], [turn % 4, 0, 1]])
print(vector, matrix.tolist())
