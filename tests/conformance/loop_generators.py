"""Hot loops over generators: of functions and of expressions, made before the loop and in it."""


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def triangle(n):
    for i in range(n):
        for j in range(i):
            yield i * 10 + j


def squares(source):
    for x in source:
        yield x * x


def odd(source):
    for x in source:
        if x % 2 == 0:
            continue
        yield x


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, (a + b) % 1000003


def several(n):
    yield -1
    for i in range(n):
        yield i
        yield i + 0.5
    yield n
    if n % 2:
        return
    yield -2


def consumed():
    total = 0
    for x in count(300):
        total += x
    for x in triangle(40):
        total += x
    for x in squares(odd(count(500))):
        total += x
    for k in range(100):
        for x in several(k % 5):
            total += x
    return total


print(consumed())
for n in range(12):
    print(n, sum(several(n)), [x for x in several(n)])


# ---- left before its end, and gone on with
def first_above(limit):
    for x in fibonacci():
        if x > limit:
            return x


print([first_above(10 ** k) for k in range(6)])


def in_turns(n):
    g = fibonacci()
    total = 0
    for k in range(n):
        for x in g:
            total += x
            if x % 7 == 0:
                break
        total -= k
    return total, next(g)


print(in_turns(5), in_turns(300), in_turns(301))


# ---- whoever else holds it sees what the loop has done
def take(g, n):
    total = 0
    for x in g:
        total += x
        n -= 1
        if n == 0:
            break
    return total


g = fibonacci()
held = [g]
for k in range(20):
    print(take(g, 100 + k), next(g), next(held[0]))

g = count(200)
for x in g:
    pass
print(next(g, "over"), list(g))
for n in range(1, 20):
    g = count(100 + n)
    for x in squares(g):
        if x > 9000:
            break
    print(n, x, next(g, "over"), next(g, "over"))


def drop(g):
    total = 0
    for k in range(150):
        if k == 140:
            for x in g:
                total += x
                if x == 90:
                    break
            total += 1
            break
        total += k
    return total


for k in range(20):
    g = count(100)
    print(drop(g), next(g))


# ---- objects that the body holds
def shares(values):
    total = 0
    for v in values:
        total += v
        yield total, len(values)


def through_tuples(n):
    values = list(range(n))
    best = 0
    for total, size in shares(values):
        best = max(best, total % (size + 1))
    return best


print([through_tuples(n) for n in range(1, 200, 13)])


# ---- the types of items change
def mixed(n):
    for i in range(n):
        yield i if i % 10 else float(i)
    yield None
    yield "end"


last = None
kinds = {}
for x in mixed(400):
    kinds[type(x).__name__] = kinds.get(type(x).__name__, 0) + 1
    last = x
print(kinds, last)


# ---- errors inside the body, and while it is asked
def fails(n):
    for i in range(n + 1):
        yield 100 // (n - i)


def try_it(n):
    total = 0
    try:
        for x in fails(n):
            total += x
    except ZeroDivisionError as error:
        return total, str(error)


for n in (3, 100, 200):
    print(try_it(n))


def guarded(n):
    for i in range(n):
        try:
            yield 10 // (i % 50 - 25)
        except ZeroDivisionError:
            yield -1
        finally:
            i += 1


print(sum(guarded(500)), max(guarded(500)))
total = 0
for x in guarded(500):
    total += x
print(total)

# ---- at module level a generator stays in its variable
for k in range(300):
    g = count(k % 7)
    for x in g:
        total += x
print(total, next(g, "over"))
for k in range(300):
    g = count(9)
    for x in g:
        total += x
        if x == k % 7:
            break
print(total, list(g))

# ---- expressions
data = [0.5 * k for k in range(200)]
total = 0.0
for x in (v * v for v in data):
    total += x
print(total)
for k in range(100):
    for x in (v + k for v in data if v > k):
        total += x
print(total)


def captured(n):
    k = 3
    total = 0
    for x in (v * k for v in range(n)):
        total += x
        if x == 30:
            k = 5
    return total


print(captured(10), captured(400), captured(400))


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def walk(self):
        if self.left:
            for x in self.left.walk():
                yield x
        yield self.value
        if self.right:
            for x in self.right.walk():
                yield x


def grow(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    return Tree(middle, grow(low, middle), grow(middle + 1, high))


tree = grow(0, 300)
total = 0
for k in range(10):
    for x in tree.walk():
        total = (total * 31 + x) % 1000003
print(total)

# ---- two at once
a, b = fibonacci(), count(1000)
total = 0
for x in a:
    for y in b:
        total += x * y % 97
        if y % 3 == 0:
            break
    if x > 900000:
        break
print(total, next(a), next(b))
for x, y in zip(count(300), fibonacci()):
    total += x * y
for k, y in enumerate(squares(count(300))):
    total += k * y
print(total)

# ---- one that is held twice
g = count(500)
pairs = 0
for x in g:
    y = next(g, 0)
    pairs += x * y
print(pairs)
