# Objects in hot loops: lists that grow and shrink, attributes, methods, new instances, rows, starred parameters.
import numpy as np
class P:
    def __init__(self, x, v):
        self.x = x
        self.v = v
    def step(self, dt):
        self.x += self.v * dt
    def energy(self):
        return 0.5 * self.v * self.v
def append_pop(n):
    s = []
    t = 0
    for i in range(n):
        s.append(i)
        s.append(i * 2)
        t += s.pop()
    return t, len(s)
def append_only(n):
    s = []
    for i in range(n):
        s.append(i * 0.5)
    return sum(s)
def comp(n):
    return sum([i * i % 7 for i in range(n)])
def particles(n):
    ps = [P(i * 1.0, i * 0.5) for i in range(50)]
    for k in range(n):
        for p in ps:
            p.step(0.01)
    return sum(p.x for p in ps), sum(p.energy() for p in ps)
def construct(n):
    t = 0.0
    for i in range(n):
        p = P(i, 2)
        p.step(0.5)
        t += p.x
    return t
def words(n):
    w = ['a', 'b', 'cc', 'a', 'd']
    c = {}
    for i in range(n):
        k = w[i % 5]
        c[k] = c.get(k, 0) + 1
    return sorted(c.items())
def rows(n):
    A = np.arange(12.0).reshape(4, 3)
    t = 0.0
    for k in range(n):
        for row in A:
            t += row[0] * row[2]
    return t
def rest(n):
    def f(a, *r, k=3):
        return a + len(r) + r[0] + k
    t = 0
    for i in range(n):
        t += f(i, 2, 3) + f(1, i, k=i)
    return t
def stack(n):
    st = [(0, 1)]
    t = 0
    for i in range(n):
        st.append((i, i + 1))
        a, b = st.pop()
        t += a * b
    return t
def loop_attr(n):
    p = P(0.0, 1.0)
    for i in range(n):
        p.x = p.x + p.v * 0.001
    return p.x


def changing_class(n):
    p = P(0.0, 1.0)
    t = 0
    for i in range(n):
        if i == n // 2:
            P.step = lambda self, dt: setattr(self, 'x', -1.0)
        p.step(0.5)
        t += p.x
    return t


def changing_attributes(n):
    ps = [P(i, 1) for i in range(n)]
    ps[n // 2].extra = 7
    ps[n // 3] = P('text', 2)
    del ps[n // 4].x
    t = 0
    for p in ps:
        try:
            t += p.x if not isinstance(p.x, str) else 1000
        except AttributeError as error:
            t += len(str(error))
        p.v = 1.5 if p.v == 2 else None
    return t, ps[3].v, ps[n // 3].v


def class_with_init_error(n):
    class Strict:
        def __init__(self, k):
            if k == 77:
                raise ValueError('77 is not wanted')
            self.k = k
    t = 0
    for i in range(n):
        try:
            t += Strict(i).k
        except ValueError as error:
            print(error)
    return t


def plain_instances(n):
    class Plain:
        pass
    t = 0
    for i in range(n):
        a = Plain()
        a.i = i
        t += a.i
    return t


for _ in range(2):
    for f, n in ((append_pop, 500), (append_only, 500), (comp, 500), (particles, 100), (construct, 200),
                 (words, 500), (rows, 50), (rest, 300), (stack, 300), (loop_attr, 1000),
                 (changing_attributes, 200), (class_with_init_error, 200), (plain_instances, 200),
                 (changing_class, 200)):
        print(f.__name__, f(n))
