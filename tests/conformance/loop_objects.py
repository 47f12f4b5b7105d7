# What a loop trace leaves to functions: masks, index arrays, methods with keywords, pop, containers, iterators,
# random numbers.
import numpy as np

def masks():
    x = np.arange(20) * 1.0
    idx = np.array([3, 5, 3, 7])
    total = 0.0
    for i in range(300):
        m = x > (i % 7)
        y = x[m]
        total += y.sum() + y.size
        x[m] = x[m] * 0.5 + 1
        x[idx] += 0.25
        z = x[idx]
        x[x < 0.1] = 9.0
        total += z[1]
    return total, x

def kw():
    a = np.arange(12.0).reshape(3, 4)
    t = 0.0
    for i in range(200):
        s = a.sum(axis=0)
        t += s[i % 4] + a.mean(axis=1)[i % 3] + a.sum(keepdims=True)[0, 0]
        a[i % 3] += 0.01
        t += np.cumsum(a, axis=1)[2, 3]
    return t

def pops():
    items = [1, 2, 3]
    d = {}
    t = 0
    for i in range(400):
        items.append(i)
        items.append(i * 0.5 if i % 3 else i)
        t += items.pop()
        t += items.pop(0)
        d[i % 10] = i
        if i % 4 == 0:
            t += d.pop(i % 10)
        t += d.setdefault(i % 7, 5)
    return t, items, d

def dicts():
    d = {k: k * k for k in range(10)}
    t = 0
    for i in range(200):
        for k in d:
            t += k
        for k, v in d.items():
            t += v * k
        for v in d.values():
            t -= v
        d[i % 10] = i
        s = {q % 3 for q in d}
        e = {q: v + 1 for q, v in d.items() if v > 2}
        t += len(s) + len(e)
    return t

def strings():
    t = 0
    for i in range(200):
        for c in "hello world":
            if c == "o":
                t += 1
            elif c in "lw":
                t += 2
        for x in (1, 2.5, 3):
            t += x
        for i2, c in enumerate("abc"):
            t += i2
        for a, b in zip("ab", (1, 2)):
            t += b
    return t

def dgood(n):
    words = ["a", "b", "c", "a"] * n
    c = {}
    for w in words:
        c[w] = c.get(w, 0) + 1
    return c

def rng():
    r = np.random.default_rng(3)
    t = 0.0
    inside = 0
    for i in range(500):
        x = r.random()
        y = r.random()
        if x * x + y * y < 1:
            inside += 1
        t += r.normal(0, 1, 3).sum() + r.integers(0, 10)
    return inside, t

def out():
    a = np.arange(5.0)
    b = np.ones(5)
    for i in range(200):
        np.add(a, b, out=a)
        np.multiply(a, 0.5, a)
        a.sort()
    return a

def lists_of_arrays():
    rows = [np.arange(4.0), np.ones(4)]
    t = 0.0
    for i in range(200):
        for r in rows:
            r[i % 4] += 1
            t += r.sum()
        rows[0] = rows[0] * 0.5
        rows.append(rows.pop(0))
        a, b = rows
        t += a[0] - b[1]
    return t, rows

def whole():
    # All of an array is assigned: it stays where the loop knows it.
    a = np.arange(5) * 0.5
    seen = np.zeros(100)
    for i in range(100):
        a *= 0.5
        np.add(a, a, out=a)
        seen[i] = a[1]
    c = np.zeros(4)
    for i in range(1, 201, 2):
        c[i % 4] += 1
        c.sort()
    return seen.sum(), c


def zips():
    t = 0
    for i in range(150):
        for a, b in zip((1, 2, 3, 4), range(3)):
            t += a * b
        for a, b in zip(range(5), [1, 2, i]):
            t += a * b
        x = [i, 2, 3]
        x += [4] if i % 2 else [5, 6]
        x[1:2] = [7, 8]
        del x[0]
        t += sum(x) + len(x[::2])
    return t


print(whole(), zips())
print(masks()); print(kw()); print(pops()); print(dicts()); print(strings())
for k in range(20): d = dgood(100)
print(d); print(rng()); print(out()); print(lists_of_arrays())
