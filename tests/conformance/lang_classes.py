# Classes: attributes, methods, operators, inheritance, instances in containers.
class Point:
    """A point of the plane."""

    dimension = 2

    def __init__(self, x, y=0):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def norm2(self):
        return self.x * self.x + self.y * self.y

    def scaled(self, k=1):
        return Point(self.x * k, self.y * k)


p, q = Point(1, 2), Point(3)
print(p, q, p + q, p == Point(1, 2), p == q, p.norm2(), q.scaled(k=4), Point.dimension, p.dimension)
p.x = 10
p.label = "named"
print(p, p.label, [p, q], {"p": p}, str(p), repr(q))
print(isinstance(p, Point), hasattr(p, "label"), hasattr(q, "label"), getattr(q, "label", "none"))


class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self

    def pop(self):
        return self.items.pop()

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __call__(self, x):
        return x + len(self)


s = Stack().push(1).push("two").push(3.0)
print(len(s), s[0], s[-1], s.pop(), len(s), s(10))


class Shape:
    def area(self):
        return 0

    def describe(self):
        return f"{self.name()} of area {self.area()}"

    def name(self):
        return "shape"


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2

    def name(self):
        return "square"


for shape in [Shape(), Square(3)]:
    print(shape.describe(), isinstance(shape, Shape), isinstance(shape, Square))


class Named(Square):
    def __init__(self, side, label):
        super().__init__(side)
        self.label = label


n = Named(2, "tile")
print(n.describe(), n.label)
try:
    p.missing
except AttributeError as error:
    print(error)
