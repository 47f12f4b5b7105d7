# Long expressions of mixed dtypes and layouts, as a fusing engine sees them.
import numpy as np

i = np.arange(12, dtype=np.int32).reshape(3, 4)
f = np.linspace(0, 1, 4, dtype=np.float32)
d = np.arange(3.0)[:, None]
u = np.array([250, 3, 7, 200], dtype=np.uint8)
m = i % 2 == 0
r = (i * f + d) * np.where(m, 2, -1) - (u > 5) + i.T.reshape(3, 4) // 3
print(r, r.dtype)
print((i + u).dtype, (f * i).dtype, (f + d).dtype, (m + u).dtype, (m * f).dtype, (u * 2).dtype, (i[:, ::2] + u[::2]).sum())
x = np.arange(20) / 4
p = ((((((x + 1) * x - 2) * x + 3) * x - 4) * x + 5) * x - 6) * x + 7
print(p, p.sum())
y = (x[::2] * x[1::2] - x[::-2] * x[-2::-2]) + x[:10] - x[10:]
print(y, y.sum(), y.max())
z = np.abs(np.floor(x) - np.ceil(x)) + np.sign(x - 2) * np.square(x) - np.maximum(x, 3) + np.minimum(-x, -2)
print(z)
b = (x > 1) & (x < 4) | (x == 0) ^ ~(x > 2)
print(b, b.sum(), np.where(b, x, -x).sum(), (b * 1.5).sum(), (b.astype(int) - 1).sum())
w = x.copy()
for k in range(12):
    w = w + k * 0.25
    if k % 3 == 0:
        w[k] = 0
    w = np.where(w > 10, w - 10, w)
print(w)
outer = np.arange(4)[:, None, None] * np.arange(3)[None, :, None] + np.arange(2)
print(outer, outer.sum(axis=(0, 2)), (outer.astype(np.float32) / 2).sum(axis=1), (outer - outer.mean()).shape)
mean, spread = x.mean(), x.max() - x.min()
n = (x - mean) / spread
print(f"{abs(n.sum()):.6f} {n.min():.10f} {n.max():.10f}", ((n * n).sum() * 16).round(6))
a, c = np.arange(6), np.arange(6)[::-1]
e = a * c
g = e + a
h = e - c
print(e, g, h, (g * h).sum(), (e + e + e).max())
s = np.float32(0.1) * np.arange(4, dtype=np.float32) + np.float32(0.3)
print(s, s.dtype, s.astype(np.float64).tolist(), (s * 3).sum() > 1)
q = 1.0
for k in range(1, 30):
    q = q * (1 + x[k % 20]) / (1 + x[(k * 7) % 20])
print(f"{q:.12g}")
