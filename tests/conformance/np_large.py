# Arrays large enough for threads, streaming stores and remainders. Sums are of integers, hence exact.
import numpy as np

for n in [1, 7, 63, 64, 65, 1000, 4097, 100003, 1000001]:
    a = np.arange(n, dtype=np.float64)
    b = a * 2 + 1
    c = np.where(b % 3 == 0, b, -a)
    print(n, b.sum(), c.sum(), c.min(), c.max(), (((b - a) ** 2) % 1009).sum(), (c > 0).sum(), b[n // 2], c[-1], c.argmin(), c.argmax())
    i = np.arange(n)
    j = (i * 7919) ^ (i >> 3)
    print(j.sum(), (j % 11).max(), (j & 255).sum(), j[::3].sum(), j[::-1][:3], np.maximum(i, j)[n // 3], (i * j - j).min())
    f = i.astype(np.float32)
    print((f + 1).max(), (f * 0.5)[-1], (f % 7).sum(), f.dtype, (f == i).all(), np.abs(f - n).min())
m = np.arange(1200 * 900).reshape(1200, 900) % 1009
print(m.sum(axis=0)[:3], m.sum(axis=1)[-3:], m.max(axis=0).sum(), m.T.sum(axis=0)[:2], (m * 2 - m.T.reshape(1200, 900)).sum(), m[::7, ::5].sum())
g = m.astype(float)
s = (g[1:-1, 1:-1] * 4 - g[:-2, 1:-1] - g[2:, 1:-1] - g[1:-1, :-2] - g[1:-1, 2:])
print(s.shape, s.sum(), s.min(), s.max(), (s == 0).sum(), s[5, 7], (g - g.min(axis=1, keepdims=True)).sum(axis=1).max())
t = g.T + g.T
print(t[3, 4], t.sum(), (g.T * np.arange(1200)).max(), (g + np.arange(900)).sum(), (g * np.arange(1200)[:, None]).max(axis=1)[-1])
g += 1
g *= 2
g[:, ::2] = 0
g[100:200] -= g[300:400]
print(g.sum(), g[150, 1], g[150, 2], np.count_nonzero(g), (g > 1000).any(axis=0).sum(), (g >= -3000).all())
k = np.zeros(100000, dtype=np.int32)
for step in range(20):
    k += step
    k ^= 3
print(k.sum(), k[0], k.dtype, (k[1:] == k[:-1]).all())
