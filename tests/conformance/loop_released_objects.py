# lists that only other lists held, and objects that go while the loop has them
def f():
    inner = [0]
    s = 0
    for i in range(1000):
        outer = [[i, 1], [2]]
        s += inner[0]
        inner = outer[0]
        outer = None
    return s, inner
class P:
    def __init__(self, x):
        self.x = x
        self.child = [x]
def g():
    keep = P(0)
    kid = [1]
    s = 0
    for i in range(1000):
        ps = [P(i), P(i + 1)]
        s += keep.x + kid[0]
        keep = ps[1]
        kid = keep.child
        keep.child = [5]
        ps = None
    return s, keep.x, kid
def h():
    st = [[k] for k in range(2000)]
    last = [0]
    s = 0
    for i in range(1500):
        top = st[-1]
        st.pop()
        s += last[0] + top[0]
        last = top
    return s, last, len(st)
def m():
    a = [[1], [2]]
    s = 0
    x = [0]
    for i in range(500):
        x = a[0]
        a *= 0
        a.append([i]); a.append([i + 1])
        s += x[0]
    return s
def d():
    box = {'a': [P(1), P(2)]}
    s = 0
    q = P(3)
    for i in range(500):
        q = box['a'][1]
        box['a'] = [P(i), P(i * 2)]
        s += q.x
    del box['a']
    return s, q.x
for _ in range(3):
    print(f(), g(), h(), m(), d())
