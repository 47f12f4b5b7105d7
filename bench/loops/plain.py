"""The loop workloads as a person would write them: plain loops over arrays of one and two dimensions.

The same functions run under CPython, under Lathe and through numba.njit; PyPy, which has no NumPy, takes those with
one index. Each gets its inputs and returns its result, a number or an array. workloads.py makes the inputs and times the
functions; kernels.c and workloads.lua say the same in their languages.
"""


def laplace(u, sweeps):
    m = u.shape[0]
    for _ in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, m - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return u


def recurrence(x, a, b, n):
    for i in range(1, n):
        x[i] = a[i] * x[i - 1] + b[i]
    return x


def floyd_warshall(d, n):
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return d


def matmul(a, b, c, n):
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i, k] * b[k, j]
            c[i, j] = s
    return c


def collatz(n):
    longest = 0
    total = 0
    for start in range(1, n):
        x = start
        steps = 0
        while x != 1:
            if x % 2 == 0:
                x = x // 2
            else:
                x = 3 * x + 1
            steps += 1
        total += steps
        if steps > longest:
            longest = steps
    return total + longest


def sieve(flags, n):
    i = 2
    while i * i < n:
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = False
        i += 1
    return flags


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
            counts[i, j] = k
    return counts


def binary_search(data, queries, found, n):
    for q in range(n):
        wanted = queries[q]
        low = 0
        high = len(data)
        while low < high:
            middle = (low + high) // 2
            if data[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        found[q] = low
    return found


def insertion_sort(a, n):
    for i in range(1, n):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return a


def histogram(x, bins, scale, n):
    for i in range(n):
        bins[int(x[i] * scale)] += 1
    return bins


def product_loop(a, b, c, n):
    for i in range(n):
        c[i] = a[i] * b[i]
    return c


PLAIN = [laplace, recurrence, floyd_warshall, matmul, collatz, sieve, mandelbrot, binary_search, insertion_sort,
         histogram, product_loop]
