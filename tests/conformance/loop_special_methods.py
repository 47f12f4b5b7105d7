"""Loops whose operators, subscripts and attributes are methods of the script."""
import numpy as np


class Vector:
    made = 0
    scale = 2

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        if isinstance(k, Vector):
            return self.x * k.x + self.y * k.y
        return Vector(self.x * k, self.y * k)

    def __rmul__(self, k):
        return self * k

    def __radd__(self, k):
        return Vector(k, k) + self

    def __isub__(self, other):
        self.x -= other.x
        return self

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __eq__(self, other):
        return isinstance(other, Vector) and self.x == other.x and self.y == other.y

    def __lt__(self, other):
        return self.x < other.x

    def __le__(self, other):
        return NotImplemented

    def __ge__(self, other):
        return self.x >= other.x

    def __getitem__(self, k):
        return self.x if k == 0 else self.y

    def __setitem__(self, k, value):
        if k == 0:
            self.x = value
        else:
            self.y = value

    def __contains__(self, value):
        return value if value == 3 else self.x == value

    def __call__(self, k, more=1):
        return self.x * k + more

    def __len__(self):
        return 2

    def __repr__(self):
        return f"V({self.x}, {self.y})"

    @property
    def norm(self):
        return (self.x * self.x + self.y * self.y) ** 0.5

    @norm.setter
    def norm(self, value):
        self.x = value
        self.y = 0

    @staticmethod
    def zero():
        return Vector(0, 0)

    @classmethod
    def one(cls):
        return cls(1, 1)


class Shape:
    def __init__(self, size=1):
        self.size = size

    def area(self):
        return self.size

    def __add__(self, other):
        return self.area() + other.area()


class Square(Shape):
    def __init__(self, size):
        super().__init__(size)
        self.kind = "square"

    def area(self):
        return super().area() * self.size


class Cube(Square):
    def area(self):
        return super().area() * 6


class Dual:
    """Forward differentiation."""

    def __init__(self, value, slope=0.0):
        self.value = value
        self.slope = slope

    def __add__(self, other):
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope)

    __radd__ = __add__

    def __mul__(self, other):
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)
        return Dual(self.value * other, self.slope * other)

    __rmul__ = __mul__

    def __pow__(self, n):
        return Dual(self.value ** n, n * self.value ** (n - 1) * self.slope)

    def __gt__(self, limit):
        return self.value > limit


def operators(count):
    v, total = Vector(0, 1), 0
    for i in range(count):
        w = v * 2 + Vector(i % 3, 1)
        w = 2 * w + w * 0.5
        u = 1 + w
        total += w * u + w[0] + w[1] + w(3) + w(2, more=i) + (w == u) + (w != u) + (v < w) + (v > w) + (v <= w)
        total += (3 in v) + (v.x not in v) + u.norm
        u -= w
        u[0] = i
        u[1] += 2
        total += (-u)[0] + u.x + u.y
        u.norm = i % 5
        total += u.norm + Vector.zero().x + Vector.one().y + Vector.scale
        v = Vector(i % 4, total % 7)
    return v, round(total, 6)


def inherited(count):
    shapes = [Shape(3), Square(2), Cube(2), Cube(1)]
    total = 0
    for i in range(count):
        total += shapes[i % 4].area() + (shapes[i % 3] + shapes[i % 2])
        total += Cube(i % 3).area()
    return total


def derivative(count):
    slopes = 0.0
    for i in range(count):
        x = Dual(i * 0.1, 1.0)
        y = 3 * x ** 2 + x * x * 0.5 + 1
        if y > 100:
            y = y * 0.1
        slopes += y.slope
    return round(slopes, 9)


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, at):
        i, j = at
        return self.rows[i][j]

    def __setitem__(self, at, value):
        self.rows[at[0]][at[1]] = value

    def __matmul__(self, other):
        return sum(self[0, k] * other[k, 0] for k in range(2))


def matrices(count):
    m = Matrix([[1.0, 2.0], [3.0, 4.0]])
    total = 0.0
    for i in range(count):
        m[i % 2, 0] = m[0, 1] * 0.5 + i % 3
        m[1, 1] *= 1.01
        total += m @ m + m[1, 1]
    return round(total, 6)


def fails(kind, count):
    """The method raises at some turn, or the operands stop fitting."""
    v, other = Vector(1, 2), Vector(3, 4)
    done = 0
    try:
        for i in range(count):
            if i == 150:
                other = "text" if kind == "add" else None if kind == "compare" else other
            if kind == "add":
                v = v + other * 1 if i < 150 else v + other
            elif kind == "compare":
                done += v < other
            elif kind == "order":
                done += v <= (i if i < 0 else other)
            elif kind == "index":
                v[0] = 10 // (150 - i)
            elif kind == "property":
                done += v.norm if i < 150 else v.nothing
            done += 1
    except (TypeError, AttributeError, ZeroDivisionError) as error:
        return kind, round(done, 3), type(error).__name__, str(error)
    return kind, round(done, 3), None, None


def changing_classes(count):
    total = 0
    for i in range(count):
        if i == 120:
            Shape.area = lambda self: self.size + 100
        s = Shape(i % 3) if i % 50 < 40 else Square(2)
        total += s.area() + (s + s)
        t = s if i % 90 < 80 else Vector(1, 2)
        total += (t == s) + (t + t if isinstance(t, Shape) else (t + t).x)
    del Shape.area
    return total


def mixed_with_arrays(count):
    v = Vector(1, 2)
    a = np.arange(3.0)
    total = 0
    for i in range(count):
        w = Vector(a, a * 2) + v
        total += w.x.sum() + w[1][2] + (v * a[1]).x
        a = a * 0.5 + i % 2
    return round(float(total), 6)


print(*operators(300))
print(inherited(300))
print(derivative(300))
print(matrices(300))
for what in ("add", "compare", "order", "index", "property"):
    print(*fails(what, 300))
print(mixed_with_arrays(300))
print(changing_classes(300))


class Bag:
    def __init__(self, items):
        self.items = list(items)
        self.rule = max

    def __iter__(self):
        return iter(self.items)

    def best(self):
        return self.rule(self.items)

    @staticmethod
    def double(x):
        return x * 2

    @classmethod
    def of(cls, *items):
        return cls(items)


class Steps(Bag):
    def __iter__(self):
        for item in self.items:
            yield item
            yield -item / 2


class Countdown:
    def __init__(self, n):
        super().__init__()
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n


class Rows:
    def __getitem__(self, k):
        if k > 3:
            raise IndexError
        return k


def iterated(count):
    bags = [Bag([1, 2.5, 3]), Steps((4, 5)), Bag(range(3))]
    total = 0
    for i in range(count):
        bag = bags[i % 2]
        for item in bag:
            total += item
        for a, b in zip(bag, bags[2]):
            total += a * b
        total += sum(x for x in bags[1]) + bag.best() + bag.double(i) + bag.of(i, 1).best()
        if i % 20 == 0:
            total += sum(Countdown(3)) + sum(Rows())
            for item in Countdown(4):
                total += item
        if i == 150:
            bags[0].rule = min
    return total


def halved(x):
    return x / 2


def dispatched(count):
    functions = [abs, halved, len, np.sqrt, Bag.double, lambda x: x + 1, Vector(1, 2), "".join]
    table = {"half": halved, "abs": abs, 2: int}
    total = 0
    for i in range(count):
        f = functions[i % 7]
        total += float(f((i, 1) if f is len else i))
        total += table["half"](i) + table["abs"](-i) + (table[2] if i % 3 else halved)(1.5)
    return round(total, 6)


def in_contexts(count):
    total = 0.0
    for i in range(count):
        with np.errstate(divide="ignore", invalid="ignore"):
            a = np.array([1.0, i % 3]) / np.array([2.0, i % 2])
        total += a[0]
        with np.errstate(all="ignore") as nothing:
            if i % 50 == 49:
                continue
            total += np.isfinite(a[1])
    return total, nothing is None


print(round(iterated(200), 6))
print(dispatched(300))
print(*in_contexts(200))


class Tool:
    sharpness = 2
    label = "tool"

    def __init__(self, size):
        self.size = size

    def use(self, k):
        return self.size * k + self.sharpness

    @property
    def large(self):
        return self.size > 2


def methods_as_values(count):
    tools = [Tool(1), Tool(2.5)]
    uses = [tools[0].use, tools[1].use, [].append, {1: 2}.get]
    total = 0
    for i in range(count):
        tool = tools[i % 2]
        f = tool.use
        total += f(i) + uses[i % 2](1) + tool.large + len(tool.label) + tool.sharpness
        uses[2](i)
        total += uses[3](1) + (type(tool).__name__ == "Tool") + len(f.__name__)
        if i == 100:
            tools[0].sharpness = 7
        if i == 150:
            tools[1].use = halved
        if i == 180:
            Tool.sharpness = 1.5
    return round(total, 6)


print(methods_as_values(300))
