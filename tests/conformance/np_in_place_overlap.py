# In-place operations, slices that overlap themselves, aliases, views written through.
import numpy as np

a = np.arange(10)
a[1:] = a[:-1]
print(a)
a = np.arange(10)
a[:-1] = a[1:]
print(a)
a = np.arange(10)
a[1:] += a[:-1]
print(a)
a = np.arange(10)
a[:] = a[::-1]
print(a)
a = np.arange(10)
a[::2] = a[1::2]
print(a)
a = np.arange(12).reshape(3, 4)
a[1:, :] = a[:-1, :]
print(a)
a = np.arange(9).reshape(3, 3)
a[:] = a.T
print(a)
a += a.T
print(a)
a = np.arange(9).reshape(3, 3)
a[:, 1:] -= a[:, :-1]
print(a)
b = np.arange(5.0)
c = b
b += 1
b *= 2
print(b, c, c is b)
b = b + 1
print(b, c)
v = c[1:4]
v *= 10
c[0] = v[2]
print(c, v)
v[:] = c[:3]
print(c)
d = np.arange(6)
e = d[::-1]
e += d
print(d, e)
d = np.arange(6)
d[2:] = d[:4] * 2 + d[1:5]
print(d)
u = np.zeros(8)
u[3] = 1.0
for _ in range(4):
    u[1:-1] = u[1:-1] + 0.25 * (u[2:] - 2 * u[1:-1] + u[:-2])
print(u)
g = np.zeros((4, 4))
g[0] = 16.0
for _ in range(5):
    g[1:-1, 1:-1] = 0.25 * (g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:])
print(g)
x = np.arange(5)
y = x * 2
x[:] = 0
print(x, y)
z = y + x
y[0] = 77
print(z, y)
out = np.empty(3)
np.add(np.arange(3), 0.5, out=out)
np.multiply(out, out, out=out)
print(out)
p = np.arange(4)
q = p + 1
p += q
q -= p
print(p, q)
w = np.arange(6).reshape(2, 3)
r = w.reshape(6)
r[0] = 50
w.T[2, 1] = 60
print(w, r, w.ravel()[5], w.flatten().sum())
s = np.ones(3, dtype=np.int32)
s += np.int64(2)
s *= 3
s //= 2
print(s, s.dtype)
