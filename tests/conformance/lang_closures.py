# Nested functions, closures, nonlocal, global, functions made in loops.
def counter(start):
    value = start

    def step(by=1):
        nonlocal value
        value += by
        return value

    return step


a, b = counter(10), counter(100)
print(a(), a(), b(5), a(3), b())

total = 0


def add(x):
    global total
    total += x


for i in range(5):
    add(i)
print(total)


def make_adders():
    adders = []
    for i in range(3):
        adders.append(lambda x, i=i: x + i)
    return adders


print([f(10) for f in make_adders()])


def late():
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    return [f() for f in fs]


print(late())


def outer():
    x = "outer"

    def middle():
        def inner():
            return x + "!"

        return inner()

    before = middle()
    x = "changed"
    return before, middle()


print(outer())


def memo():
    cache = {}

    def fib(n):
        if n not in cache:
            cache[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
        return cache[n]

    return fib


print(memo()(60))


def shadow(x):
    total = x * 2
    return total


print(shadow(4), total)
print([x for x in range(3)], [[i * j for j in range(3)] for i in range(3)])
