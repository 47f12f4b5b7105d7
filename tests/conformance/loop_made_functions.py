"""Functions that a hot loop makes: lambdas, closures, and the cells that they share with it."""


def lambdas(n):
    total = 0
    for i in range(n):
        double = lambda x: x * 2
        shifted = lambda x, by=i: x + by
        total += double(i) + shifted(1) + shifted(1, 2) + shifted(by=3, x=i)
    return total


def captures(n):
    k = 3
    total = 0
    for i in range(n):
        scale = lambda x: x * k
        total += scale(i)
        if i % 50 == 0:
            k += 1
        total -= (lambda: k)()
    return total, k


def counters(n):
    total = 0
    for i in range(n):
        count = 0

        def step(by):
            nonlocal count
            count += by
            return count

        step(i)
        total += step(2) * count
    return total, count


def make_counter(start):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


def make_pair(value):
    def get():
        return value

    def put(new):
        nonlocal value
        value = new

    return get, put


def made_elsewhere(n):
    total = 0
    for i in range(n):
        step = make_counter(i)
        step()
        total += step(3)
        get, put = make_pair(i)
        put(get() + 1)
        total += get()
    return total, step(), get()


def kept(n):
    step = make_counter(0)
    for i in range(n):
        if i % 40 == 39:
            step = make_counter(i)
        step(i % 3)
    return step()


def chosen(n):
    total = 0.0
    for i in range(n):
        f = (lambda x: x + 1) if i % 2 else (lambda x: x * 0.5)
        total += f(i)
    return total


def last_one(n):
    functions = None
    for i in range(n):
        f = lambda x, y=2: x * i + y
    return f(10), f(10, 3), f.__name__, f.__defaults__ if hasattr(f, "__defaults__") else (2,)


def recursive(n):
    total = 0
    for i in range(n):
        def down(k):
            return 0 if k <= 0 else k + down(k - 1)
        total += down(i % 3)
    return total


def apply(f, x):
    return f(x) + f(x + 1)


def passed(n):
    total = 0
    for i in range(n):
        total += apply(lambda x: x * i, 3)
    return total


def unbound(n):
    seen = 0
    for i in range(n):
        def read():
            return late
        try:
            seen += read()
        except NameError as error:
            seen -= 1
            text = str(error)
        if i == n - 3:
            late = 5
    return seen, text


def expressions(n):
    total = 0
    for i in range(n):
        for x in (v * i for v in range(4)):
            total += x
        for a, b in zip((v + i for v in range(3)), (v - i for v in range(5))):
            total += a * b
        total += next(v for v in range(10) if v * v >= i % 50)
    return total


def kept_in_list(n):
    functions = []
    for i in range(n):
        functions.append(lambda x, i=i: x + i)
    return sum(f(1) for f in functions)


for n in (0, 1, 2, 100, 400):
    print(lambdas(n), captures(n), made_elsewhere(n) if n else "", kept(n), chosen(n), recursive(n), passed(n))
    print(expressions(n), kept_in_list(n))
    if n:
        print(counters(n), last_one(n)[:3])
    if n > 3:
        print(unbound(n))

# At module level functions and what they have captured live on.
for i in range(300):
    f = lambda x: x + i
    g = make_counter(i)
    g()
print(f(1), g(), g(2))
h = f
for i in range(300):
    if i % 7 == 0:
        f = lambda x, j=i: x - j
    total = f(i)
print(total, f is h, h(1))
for i in range(200):
    g(i)
    if i % 60 == 59:
        g = make_counter(g())
print(g())
same = 0
for i in range(200):
    f = lambda: 1
    g = f
    same += (f is g) + (f is h) * 10
print(same, f is g)


# ---- next(), enumerate() and zip() of generators
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def asked(n):
    g = count(n)
    total = next(g, 0)
    while True:
        x = next(g, None)
        if x is None:
            break
        total += x * next(g, -1)
    return total, next(g, "over")


def until_stop(n):
    g = count(n)
    total = 0
    try:
        while True:
            total += next(g)
    except StopIteration as stop:
        return total, stop.args


def together(n):
    a, b = count(n), count(2 * n)
    total = 0
    for k, x in enumerate(a, 5):
        total += k * x
    for x, y in zip(b, count(n)):
        total += x * y
    rest = [next(b, "over"), next(b, "over")]
    c = count(n)
    for x, y, z in zip(range(n // 2), c, count(n)):
        total += x * y - z
    rest.append(next(c, "over"))
    pairs = zip(count(n), range(n))
    for x, y in pairs:
        total += x + y
        if x == n // 2:
            break
    rest.append(next(pairs, "over"))
    numbered = enumerate(count(n))
    for k, x in numbered:
        total += k - x
        if x == n // 2:
            break
    rest.append(next(numbered, "over"))
    return total, rest


def same_twice(n):
    g = count(n)
    total = 0
    for x, y in zip(g, g):
        total += x * y
    return total, next(g, "over")


def breaks(n):
    for i in range(n):
        yield 10 // (n - 2 - i)


def zip_with_error(n):
    total = 0
    z = zip(range(n), breaks(n))
    try:
        for x, y in z:
            total += x * y
    except ZeroDivisionError as error:
        return total, str(error), list(z)


for n in (0, 1, 2, 3, 100, 401):
    print(asked(n), until_stop(n), together(n), same_twice(n), zip_with_error(n))
