"""Functions called in hot loops: closures, globals, recursion, defaults, generators."""

import numpy as np

counter = 0


def count():
    global counter
    counter += 1
    return counter


def scale(value, factor=2, *, offset=0):
    return value * factor + offset


total = 0
for i in range(200):
    total += scale(count()) - scale(i, factor=1) + scale(i, 3, offset=counter)
print(total, counter)


def make_adder(step):
    total = 0

    def add(value):
        nonlocal total, step
        total += value * step
        if total > 1000:
            step = -step
        return total

    return add


add = make_adder(2)
print([add(i % 7) for i in range(300)][-5:])
adders = [make_adder(k) for k in (1, 0.5, np.float64(3))]
for i in range(240):
    result = adders[i // 80](i)
print(result, [type(one(0)).__name__ for one in adders])


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


print([fibonacci(n) for n in range(14)], ackermann(2, 4))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print(sum(even(n) for n in range(60)))


def countdown(n):
    while n > 0:
        yield n
        n -= 1 + n % 2


print(sum(countdown(150)))
generator = countdown(200)
steps = 0
try:
    while True:
        steps += next(generator)
except StopIteration:
    print("all", steps)


def pairs(n):
    for i in range(n):
        for j in range(i):
            if (i + j) % 5 == 0:
                continue
            yield i, j
        if i > 25:
            return


print(sum(i * 31 + j for i, j in pairs(1000)))


def polymorphic(a, b):
    total = a
    for _ in range(70):
        total = total + b
        if _ % 2:
            total = total - a
    return total


print(polymorphic(1, 2), polymorphic(1.5, 2), polymorphic(True, 0.25), polymorphic(np.float32(1), 3))
print(polymorphic(np.arange(3), 1), polymorphic(2, np.ones(2)), polymorphic(np.int32(1), np.int64(2)))

shared = [0] * 5


def note(position, table=shared, *rest, **named):
    table[position % len(table)] += 1 + len(rest) + named.get("extra", 0)


for i in range(150):
    note(i)
    note(i, shared, 1, 2)
    note(i, extra=i % 2)
print(shared)

functions = [abs, float, lambda v: v // 2, lambda v: -v, int, bool]
value = 0
for i in range(360):
    value += functions[i % len(functions)](i - 180)
print(value)


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def moved(self, dx):
        return Point(self.x + dx, self.y)

    def norm(self):
        return self.x * self.x + self.y * self.y


point = Point(0, 1)
for i in range(200):
    point = point.moved(0.5 if i > 100 else 1)
    if i % 50 == 0:
        point.y += 1
print(point.x, point.y, point.norm())

setting = 1


def uses_global(n):
    total = 0
    for i in range(n):
        total += setting
        if i == 150:
            change(2.5)
    return total


def change(value):
    global setting
    setting = value


print(uses_global(100), uses_global(300), uses_global(100))
late_bound = [lambda: i for i in range(3)]
captured = []
for i in range(100):
    if i % 40 == 0:
        captured.append(lambda i=i: i)
        captured.append(lambda: i)
print([one() for one in late_bound], [one() for one in captured])
