# Defaults, keywords, *args, **kwargs, recursion, docstrings, lambdas, functions as values.
def power(base, exponent=2, *, negate=False):
    """Raises base to a power."""
    value = base**exponent
    return -value if negate else value


print(power(3), power(3, 3), power(exponent=4, base=2), power(2, negate=True))


def collect(first, *rest, **named):
    return first, rest, sorted(named.items())


print(collect(1))
print(collect(1, 2, 3, x=4, a=5))
print(collect(*[1, 2], **{"k": 3}))


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print([fib(i) for i in range(15)])


def no_return():
    pass


print(no_return())


def several():
    return 1, "two", 3.0


a, b, c = several()
print(a, b, c, several()[1])

compose = lambda f, g: lambda x: f(g(x))
inc = lambda x: x + 1
double = lambda x, k=2: x * k
print(compose(inc, double)(5), compose(double, inc)(5))
print(list(map(lambda x: x * x, range(5))), list(filter(lambda x: x % 2, range(8))))
print(sorted(["pear", "fig", "banana"], key=len), sorted([3, 1, 2], reverse=True))
print(max([1, 5, 3], key=lambda v: -v), min("hello"))


def append_to(item, target=None):
    if target is None:
        target = []
    target.append(item)
    return target


print(append_to(1), append_to(2), append_to(3, [0]))


def hanoi(n, a, b, c):
    if n == 0:
        return 0
    return hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)


print(hanoi(6, "a", "b", "c"))


def typed(x: int, y: float = 1.5) -> float:
    z: float = x * y
    return z


print(typed(4))
