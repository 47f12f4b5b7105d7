# Programs whose meaning depends on when things are computed: writes between reads, aliases, errors in the
# middle, values kept from before a change. A lazy engine must print what an eager one prints.
import numpy as np

a = np.arange(5.0)
b = a + 1
a[0] = 100
print(b, a)
c = a * 2
a *= 0
print(c, a)
x = np.zeros(4)
history = []
for k in range(4):
    x[k] = k + 1
    history.append(x.sum())
print(history, x)
snapshots = []
for k in range(3):
    x = x + k
    snapshots.append(x)
print(snapshots)
v = np.arange(6)
w = v[1:4]
t = w * 10
v[2] = -1
print(t, w, v)
w += t
print(v, t)
p = np.ones(3)
q = p
r = p + q
p += r
print(q, r, p is q)
m = np.zeros((3, 3))
row = m[1]
col = m[:, 1]
row += 1
col += 10
total = m.sum()
m[1, 1] = -5
print(m, total, row, col)
try:
    y = np.arange(3) + 1
    z = y * np.arange(4)
except ValueError as error:
    print(error)
print(y)
y[:] = y[::-1] + y
print(y)
e = np.arange(4)
f = e.reshape(2, 2)
g = f.T + 0
e += 10
print(f, g)
if (e > 11).any():
    e[e > 11] = 0
print(e, f)
h = np.arange(3.0)
for _ in range(50):
    h = h * 0.5 + 1
print(h)
n = np.arange(4)
d = {"n": n}
l = [n, n + 1]
n[0] = 9
print(d, l)
u = np.arange(8)
s1, s2 = u[:4], u[4:]
s1[:], s2[:] = s2.copy(), s1.copy()
print(u)
o = np.arange(5)
print([o[o > k].sum() for k in range(4)], o)
i = np.arange(3)
j = i
i = i + 1
j[0] = 50
print(i, j)
