# Variables that inner functions capture lie in cells, which are new ones in every call.


def read_only(n, k):
    later = lambda: k
    t = 0
    for i in range(n):
        t += i * k
    return t, later()


def written(n):
    t = 0

    def total():
        return t

    for i in range(n):
        t += i
        if i == n // 2:
            half = total()
    return total(), half


def by_inner_function(n):
    t = 0

    def add(x):
        nonlocal t
        t += x

    for i in range(n):
        add(i)
        t += 1
    return t


def two_names_for_one(n):
    t = 0

    def outer():
        def inner(x):
            nonlocal t
            t += x
        return inner

    add = outer()
    for i in range(n):
        t += 1
        add(t)
        t %= 1009
    return t


KEPT = []


def kept_functions(n):
    v = 0

    def bump():
        nonlocal v
        v += 1
        return v

    KEPT.append(bump)
    total = 0
    for i in range(n):
        total += v
        v += 2
    return total, v


def recursive(depth, n):
    v = depth

    def peek():
        return v

    below = recursive(depth - 1, n) if depth else (0, 0)
    total = below[0]
    for i in range(n):
        v += 1
        total += peek() if i % 50 == 0 else v
    return total, v + below[1]


def in_the_callee(n):
    def work(m):
        step = 2
        later = lambda: step
        t = 0
        for j in range(m):
            t += step
            step = step % 7 + 1
        return t + later()

    total = 0
    for i in range(n):
        total += work(i % 60)
    return total


def unbound(n):
    def show():
        return late

    seen = 0
    for i in range(n):
        if i == 90:
            late = 1
        try:
            seen += late
        except NameError:
            seen += 100
    return seen, show()


def type_change(n):
    x = 1
    f = lambda: x
    for i in range(n):
        x = x + 1 if i < n // 2 else x + 0.5
    return f()


for repeat in range(8):
    print(read_only(200, repeat), written(100 + repeat), by_inner_function(150), two_names_for_one(120 + repeat))
    print(kept_functions(100 + repeat), [f() for f in KEPT], recursive(3, 120), in_the_callee(100), unbound(200), type_change(150))
    for f in KEPT[-2:]:
        t = 0
        for i in range(100):
            t += f()
        print(t)
