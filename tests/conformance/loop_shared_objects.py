"""Objects that a hot loop makes or goes on with, held in several places: swapped, replaced, kept, in tuples, lists and cells."""
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
# swapped generators
def swap(n):
    a, b = count(10 * n), count(20 * n)
    t = 0
    for k in range(n):
        for x in a:
            t += x
            if x % 3 == 2: break
        a, b = b, a
    return t, next(a), next(b)
print(swap(5), swap(300))
def replaced(n):
    g = count(1000)
    first = g
    t = 0
    for k in range(n):
        for x in g:
            t += x
            if x % 5 == 4: break
        if k % 50 == 49:
            g = count(1000)
    return t, next(g), next(first)
print(replaced(10), replaced(300), replaced(301))
def tuples(n):
    pair = (count(10 * n), count(10 * n))
    t = 0
    for k in range(n):
        for x in pair[k % 2]:
            t += x
            if x % 4 == 3: break
    return t, next(pair[0]), next(pair[1])
print(tuples(5), tuples(300))
def lists(n):
    gens = [count(10 * n), count(10 * n)]
    t = 0
    for k in range(n):
        g = gens[k % 2]
        t += next(g)
        for x in g:
            t += x
            if x % 4 == 3: break
    return t, next(gens[0]), next(gens[1])
print(lists(5), lists(300))
def nonlocals(n):
    g = count(n)
    def take():
        return next(g, -1)
    t = 0
    for k in range(n):
        t += take() * k
        if k % 7 == 0: t += next(g, -2)
    return t, next(g, "over")
print(nonlocals(10), nonlocals(400))
def recursive(n):
    def walk(k):
        if k > 0:
            yield k
            for x in walk(k - 1): yield x
    t = 0
    for r in range(n):
        for x in walk(r % 6): t += x
    return t
print(recursive(10), recursive(300))
def late(n):
    fs = None
    t = 0
    for i in range(n):
        x = i
        f = lambda: x
        x += 1
        t += f()
        fs = f
    x = 100
    return t, fs(), f()
print(late(5), late(300))
def outer(n):
    def bump():
        nonlocal c
        c += 1
        return c
    c = 0
    for i in range(n):
        bump()
        g = lambda: bump() + c
        c += g() % 3
    return c
print(outer(5), outer(300))
class Box: pass
def attribute(n):
    b = Box()
    for i in range(n):
        b.f = lambda x, i=i: x + i
        b.g = count(i)
        next(b.g, None)
    return b.f(1), next(b.g, None)
print(attribute(5), attribute(300))
def self_zip(n):
    t = 0
    for i in range(n):
        g = count(i % 9)
        for a, b, c in zip(g, g, g): t += a * b + c
        t += next(g, 100)
    return t
print(self_zip(10), self_zip(300))
def exc_kept(n):
    last = None
    for i in range(n):
        try:
            if i % 3: raise ValueError(i)
        except ValueError as e:
            last = e
    return last.args, last is last
print(exc_kept(5), exc_kept(300))
def exc_value(n):
    e0 = ValueError("made before")
    c = 0
    for i in range(n):
        try: raise e0
        except ValueError as e: c += e is e0
    return c
print(exc_value(5), exc_value(300))
def handler_loop(n):
    t = 0
    for i in range(n):
        try:
            raise KeyError(i)
        except KeyError:
            for k in range(i % 5): t += k
            try: raise ValueError(i)
            except ValueError: t += 1
    return t
print(handler_loop(5), handler_loop(300))
def deep(k):
    if k == 0: raise ValueError("deep")
    return deep(k - 1) + 1
def deep_loop(n):
    t = 0
    for i in range(n):
        try: t += deep(i % 3)
        except ValueError: t += 1
    return t
print(deep_loop(5), deep_loop(300))
def in_gen_exc(n):
    t = 0
    g = count(10**6)
    for i in range(n):
        try:
            for x in g:
                if x % 5 == 3: raise ValueError(x)
                t += x
        except ValueError: t -= 1
    return t, next(g)
print(in_gen_exc(5), in_gen_exc(300))
