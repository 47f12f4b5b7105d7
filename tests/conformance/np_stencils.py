# Slice arithmetic of one, two and three dimensions, shifted views, convolution by hand.
import numpy as np

u = np.arange(10.0) ** 2
print(u[2:] - 2 * u[1:-1] + u[:-2], (u[2:] - u[:-2]) / 2, u[1:] - u[:-1], np.diff(u))
k = np.array([1.0, -2.0, 0.5])
conv = np.zeros(u.size - 2)
for j in range(3):
    conv += k[j] * u[j : j + conv.size]
print(conv, conv[::-1])
g = np.arange(30.0).reshape(5, 6)
lap = g[1:-1, :-2] + g[1:-1, 2:] + g[:-2, 1:-1] + g[2:, 1:-1] - 4 * g[1:-1, 1:-1]
print(lap, g[1:, 1:] - g[:-1, :-1], (g[::2, ::3] * g[1::2, 1::3][:2, :2].sum()))
v = np.zeros((4, 4, 4))
v[1:3, 1:3, 1:3] = 8
avg = (v[:-1, :-1, :-1] + v[1:, :-1, :-1] + v[:-1, 1:, :-1] + v[:-1, :-1, 1:] + v[1:, 1:, :-1] + v[1:, :-1, 1:]
       + v[:-1, 1:, 1:] + v[1:, 1:, 1:]) / 8
print(avg, avg.sum())
h = np.zeros((6, 6))
h[0, :] = 1
h[:, 0] = 1
for _ in range(8):
    new = h.copy()
    new[1:-1, 1:-1] = (h[:-2, 1:-1] + h[2:, 1:-1] + h[1:-1, :-2] + h[1:-1, 2:]) / 4
    change = np.abs(new - h).max()
    h = new
print(h, change)
e = np.arange(16).reshape(4, 4)
e[1:-1, 1:-1] = 0
e[:, 0], e[0, :] = -1, -2
e[-1, ::-1] = [1, 2, 3, 4]
print(e, e[1:3, 1:3].sum(), e[::3, ::3])
w = np.arange(8)
w[2:-2] += w[:-4] + w[4:]
w[::2], w[1::2] = w[1::2].copy(), w[::2].copy()
print(w)
s = np.zeros(12)
s[0] = 1
for _ in range(11):
    s[1:] = s[1:] + s[:-1]
print(s)
field = np.sin(np.linspace(0, 3, 7))[:, None] * np.cos(np.linspace(0, 2, 5))
dx = (field[:, 2:] - field[:, :-2]) / 2
dy = (field[2:] - field[:-2]) / 2
print(np.round(dx, 8), np.round(dy[:, 1:-1] + dx[1:-1], 8), f"{(dx[1:-1] ** 2 + dy[:, 1:-1] ** 2).sum():.10f}")
upwind = np.zeros(20)
upwind[4:8] = 4
for _ in range(6):
    upwind[1:] -= 0.5 * (upwind[1:] - upwind[:-1])
print(upwind, upwind.sum())
