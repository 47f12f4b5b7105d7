"""Loops of the textbook, element by element."""

import math

import numpy as np


def matmul(a, b):
    n, m, k = a.shape[0], b.shape[1], a.shape[1]
    c = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            total = 0.0
            for q in range(k):
                total += a[i, q] * b[q, j]
            c[i, j] = total
    return c


a = np.arange(12 * 9).reshape(12, 9) * 0.25
b = np.arange(9 * 7).reshape(9, 7) - 20.0
print(matmul(a, b).tolist())
print(matmul(a.T, a)[:3].tolist())
print(matmul(np.ones((2, 2), dtype=np.int64), np.eye(2)).tolist())


def floyd_warshall(distance):
    n = len(distance)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = distance[i, k] + distance[k, j]
                if through < distance[i, j]:
                    distance[i, j] = through
    return distance


n = 14
graph = np.full((n, n), np.inf)
for i in range(n):
    graph[i, i] = 0.0
    graph[i, (i * 5 + 3) % n] = 1.0 + i % 4
    graph[(i * 3 + 1) % n, i] = 2.5
print(floyd_warshall(graph).tolist())


def laplace(u, sweeps):
    rows, columns = u.shape
    change = 0.0
    for _ in range(sweeps):
        change = 0.0
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                old = u[i, j]
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                change = max(change, abs(u[i, j] - old))
    return change


u = np.zeros((10, 11))
u[0] = 1.0
u[:, -1] = 2.0
print(laplace(u, 20), u[5].tolist())


def sieve(limit):
    prime = np.ones(limit, dtype=bool)
    prime[:2] = False
    i = 2
    while i * i < limit:
        if prime[i]:
            for j in range(i * i, limit, i):
                prime[j] = False
        i += 1
    return prime


p = sieve(2000)
print(p.sum(), np.flatnonzero(p)[-5:].tolist())


def collatz(start):
    steps = 0
    highest = start
    while start != 1:
        start = start // 2 if start % 2 == 0 else 3 * start + 1
        if start > highest:
            highest = start
        steps += 1
    return steps, highest


best = (0, 0)
for start in range(1, 120):
    best = max(best, (collatz(start)[0], start))
print(best, collatz(27))


def mandelbrot(width, height, limit):
    counts = np.zeros((height, width), dtype=np.int32)
    for row in range(height):
        y = -1.2 + 2.4 * row / (height - 1)
        for column in range(width):
            x = -2.0 + 2.6 * column / (width - 1)
            real = imaginary = 0.0
            for n in range(limit):
                real, imaginary = real * real - imaginary * imaginary + x, 2 * real * imaginary + y
                if real * real + imaginary * imaginary > 4.0:
                    break
            else:
                n = limit
            counts[row, column] = n
    return counts


image = mandelbrot(24, 11, 30)
for row in image:
    print("".join(" .:-=+*#%@"[min(int(count) // 3, 9)] for count in row))
print(image.sum(), image.dtype)


def runge_kutta(f, y, t, step, count):
    path = [y]
    for _ in range(count):
        k1 = f(t, y)
        k2 = f(t + step / 2, y + step / 2 * k1)
        k3 = f(t + step / 2, y + step / 2 * k2)
        k4 = f(t + step, y + step * k3)
        y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += step
        path.append(y)
    return path


path = runge_kutta(lambda t, y: y * (1 - y) + 0.1 * t, 0.1, 0.0, 0.01, 500)
print(path[0], path[250], path[-1])
orbit = runge_kutta(lambda t, y: np.array([y[1], -y[0]]), np.array([1.0, 0.0]), 0.0, 0.05, 200)
print(orbit[100], math.hypot(orbit[-1][0], orbit[-1][1]))
