# sum(), any(), all(), max(), min(), list(), tuple(), set() and sorted() of generator expressions.
import numpy as np

n = 120
k = 7
print(sum(i * k for i in range(n)), sum(i * j for i in range(20) for j in range(i) if (i + j) % 3), sum(x for x in ()))
print(any(i > 100 for i in range(n)), any(i > 1000 for i in range(n)), all(i < 1000 for i in range(n)), all(i < 5 for i in range(n)))
print(any(a == b for a in range(5) for b in range(5, 9)), any(a == b for a in range(5) for b in range(4, 9)))
print(max(i * 37 % 101 for i in range(n)), min(-i for i in range(n)), max(w for w in "some words".split()), max((v, u) for u, v in enumerate("abca")))
print(list(i for i in range(4)), tuple(i * 2 for i in range(3)), set(i % 3 for i in range(9)) == {0, 1, 2}, sorted(-i % 7 for i in range(9)))
print(sum(x for x in np.arange(5)), sum(row for row in np.eye(2)), max(x for x in np.linspace(0, 1, 5)), sum((x for x in [0.1] * 3)))
print(sum([1, 2] != x for x in ([1, 2], [3])), sum(sum(a * b for a in range(b)) for b in range(6)), max(max(r) for r in ([1, 5], [7, 2])))


def local_sum(sum):
    return sum(i for i in range(3))


print(local_sum(list), local_sum(lambda g: type(g).__name__))


def shadowed():
    any = lambda g: "mine"
    return any(x for x in [1])


def variables(values):
    x = "kept"
    total = sum(x for x in values)
    functions = list((lambda: y) for y in values)
    pair = max(((y := v) for v in values), default=None) if values else None
    return x, total, [f() for f in functions], pair


class Body:
    size = 4
    total = sum(i for i in range(size))
    biggest = max(i for i in range(3))


def generator(m):
    yield sum(i for i in range(m))
    yield any(i == 2 for i in range(m))


def recursive(m):
    return 1 + sum(recursive(j) for j in range(m)) if m else 1


print(shadowed(), variables([1, 2, 3]), Body.total, Body.biggest, list(generator(4)), recursive(6))
for make in (lambda: max(i for i in range(0)), lambda: min(i for i in []), lambda: sum(c for c in "ab"), lambda: sum(1 // i for i in (1, 0)),
             lambda: any(u.x for u in [1]), lambda: sorted(z for z in (1, "a")), lambda: max(z for z in (1, "a")), lambda: list(q for q in 5)):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)
seen = []
print(any(seen.append(i) or i == 2 for i in range(5)), seen, all(seen.append(i) or i < 1 for i in range(5)), seen)
for repeat in range(60):
    limit = 10 + repeat
    total = sum(i * repeat for i in range(limit) if i % 2) + max(i % 7 for i in range(limit)) + any(i == 65 for i in range(limit))
print(total, limit)
sum = lambda g: "changed"
print(sum(i for i in range(3)))
del sum
print(sum(i for i in range(3)))


def in_a_loop(m):
    found = 0
    for i in range(m):
        found += any(i % p == 0 for p in range(2, i)) + sum(p for p in range(i % 5)) + min((p - 3) ** 2 for p in range(6))
    return found


print(in_a_loop(100), in_a_loop(150))
