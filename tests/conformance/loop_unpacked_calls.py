"""Loops that call with *arguments and **keywords and take values of many kinds apart."""
import sys

import numpy as np


def add(*xs):
    return xs[0] + xs[-1] + len(xs)


def distance(x, y, scale=1):
    return (x * x + y * y) ** 0.5 * scale


def note(a, b=2, *rest, c=3, **others):
    return a + b + len(rest) + c + others.get("d", 0) + len(others)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def far(self, *by, **more):
        return self.x + sum(by) + len(more)

    def __repr__(self):
        return f"P({self.x})"


def stars(count):
    total = 0
    pair, points = (1, 2), [[1.0, 2.0], (3, 4), np.array([0.5, 1.5])]
    options = {"scale": 2}
    for i in range(count):
        total += add(*pair) + add(i, *pair) + add(*pair, i) + add(*[i, 1], *pair) + add(*range(3)) + add(*"ab"[:0], 1)
        total += distance(*points[i % 3]) + distance(1, 2, **options) + distance(*pair, **{"scale": i})
        total += note(i) + note(i, c=4) + note(i, 1, 2, 3, d=5, e=6) + note(*pair, **options) + note(b=1, a=i, d=2)
        total += max(*pair, i) + len(range(*(1, 10, 2))) + np.zeros(*(2,)).size + round(*(i * 0.37, 1))
    return total


def growing(count):
    """The number of arguments and the names of keywords change."""
    total, items, named = 0, [1], {}
    for i in range(count):
        total += add(*items) + note(i, **named)
        if i % 40 == 39:
            items.append(i)
        if i % 60 == 59:
            named["abcde"[i // 60 % 5] if i > 120 else "d"] = i
            named.pop("a", None)
    return total


def methods(count):
    p = Point(1, 2)
    far = p.far
    total = 0
    for i in range(count):
        total += p.far(*(i, 1)) + far(i) + far(*[1, 2], key=3) + Point(*(i, 2)).y
    return total


def wrong(count):
    done = 0
    try:
        for i in range(count):
            distance(*[1] * (2 + (i == 150)), **{"scale" if i < 170 else "size": 1})
            if i > 155:
                distance(*range(2 + i % 2 * 2))
            done += 1
    except TypeError as error:
        return done, str(error)
    return done, None


def unpacked(count):
    total = 0
    a = np.arange(6.0).reshape(3, 2)
    grid = np.arange(27).reshape(3, 3, 3).astype(np.uint8)
    table = {"k": 1, "l": 2}
    for i in range(count):
        x, y = a[i % 3]
        r, g, b = grid[i % 3, 1]
        p, q = table
        s, t = range(i, i + 2)
        u, v = f"{i % 10}x"
        first, *rest = (x, y, i)
        head, *middle, last = [i, 1, 2, 3][: 2 + i % 3]
        *most, end = a[0]
        lonely, *nothing = {7}
        (c, d), e = (i, 1), 2
        for row, (m, n) in zip(a, a[1:]):
            total += row[0] * m - n
        for m, n in a:
            total += m - n
        for k, (m, n) in enumerate(a):
            total += k * m + n
        total += x * y + int(r) - int(g) + int(b) + s * t + int(u) + len(rest) + head + len(middle) + last + end + c - d + e
        total += len(p + q + v) + len(most) + lonely + len(nothing) + rest[-1]
    return total


def displays(count):
    total = 0
    for i in range(count):
        t = [*range(3), i]
        u = (*t, 4)
        d = {**{"a": 1, "b": 0}, "b": i, **{"c": 2}}
        total += len(t) + len(u) + d["b"] + len({*t, 1, 2}) + u[-2]
    return total


def unpacked_wrongly(count):
    done = 0
    messages = []
    for i in range(count):
        try:
            if i < 150:
                x, y = np.arange(2 + (i == 149))
            else:
                x, *y, z = [i] * (2 - (i == 200))
            done += x
        except ValueError as error:
            messages.append(str(error))
    return done, messages


def written(count):
    for i in range(count):
        if i % 50 == 0:
            print(i, [i, 0.5], (i, "x"), {"a": i, i: {1}}, {i}, None, end=";")
            sys.stdout.write("-")
        if i == 150:
            print([Point(i, 1)])
    print()


def kinds(count):
    total = 0
    values = [1, 2.5, "a", None, np.float64(3), np.uint8(4)]
    for i in range(count):
        x = values[i % 6]
        if type(x) == int or type(x) is float:
            total += 1
        total += isinstance(x, np.floating) + callable(x) + hasattr(x, "real") + issubclass(type(x), float)
        p = Point(i, i)
        setattr(p, "z", i)
        total += getattr(p, "z") + getattr(p, "w", 1)
    return total


def instances_in_containers(count):
    found, seen, by_name = [], set(), {}
    for i in range(count):
        p = Point(i, 1)
        found.append(p)
        by_name[i % 7] = p
        seen.add(i % 11)
        found[0] = p
        pair = {"p": p, "i": i}
        if p in found[:3]:
            found.insert(0, pair["p"])
        if len(found) > 20:
            del found[1:]
    return len(found), len(seen), sum(p.x for p in by_name.values()), found[0].x


print(f"{stars(200):.6f}")
print(growing(400))
print(methods(200))
print(*wrong(200))
print(unpacked(200))
print(displays(200))
print(*unpacked_wrongly(250))
written(200)
print(kinds(300))
print(*instances_in_containers(200))
