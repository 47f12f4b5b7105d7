# What several variables hold is one object, also after a loop was left in the middle of a statement.
import numpy as np

def twice(n):
    total = 0
    for k in range(n):
        pairs = enumerate([1, 2, 3, 4])
        for i, v in pairs:
            if v == 2:
                break
        for i, v in pairs:
            total += i * v
            if k % 7 == 3:
                break
        other = zip(range(5), range(3, 9))
        for p, q in other:
            total += p * q
            if p == k % 3:
                break
        for p, q in other:
            total -= p
    return total

def views(n):
    a = np.arange(8)
    count = 0
    for k in range(n):
        v = a[1:]
        w = v
        x = a[1:]
        if v is w:
            count += 1
        if v is x:
            count += 100
        if k % 50 == 49:
            v[0] += 1
            print(v is w, w is x)
    return count, a.tolist()

def pending(n):
    a = np.arange(6)
    out = []
    for k in range(n):
        b = -a
        c = b
        d = -a
        i = k % 6
        if k % 37 == 36:
            i = i + 0.0 if k > 300 else i
            try:
                b[i] += 2
            except IndexError as e:
                print(e)
                continue
        c[int(i)] += 1
        d[0] = 9
        a = b
        if k % 90 == 5:
            out.append((b is c, c is d, a.tolist()))
    return out
print(twice(400))
print(views(300))
for line in pending(500): print(line)


# Objects that are found in memory, and what only looks like them.
def same_objects(count):
    values = [1, 2.5, "a", None, True, len, int, [1], (1,), {}]
    first = values[7]
    total = 0
    for i in range(count):
        x = values[i % 10]
        total += (type(x) is int) + (type(x) is float) * 2 + (x is None) * 3 + (x is True) * 4 + (x is len) * 5
        total += (x is first) * 6 + (x is values[8]) * 7 + (x is not values[9]) + (type(x) is type(i)) + (x is int) * 9
        total += ((i, x) is None) + (i > 3 is True) + ((i == 3) is False)
    return total


print(same_objects(400))


# ---- iterators that variables hold
def turned(n):
    for j in range(n):
        pairs = enumerate(range(j))
    return next(pairs)


def shared(n):
    total = 0
    it = iter(range(n))
    for x in it:
        total += x * next(it, 0)
    numbers = iter(list(range(n)))
    for x in numbers:
        total += x * next(numbers, 0)
    pairs = zip(range(n), range(5, n + 5))
    for x, y in pairs:
        total += x * next(pairs, (0, 0))[1] + y
    return total


print(turned(200), shared(1000), shared(1001))
for j in range(1, 200):
    steps = zip(range(j), range(9))
print(next(steps), len(list(steps)))
for j in range(1, 200):
    steps = enumerate(range(j))
    for k in range(j):
        pass
print(next(steps))
