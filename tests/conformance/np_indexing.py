# Basic indexing: integers, slices, steps, newaxis, Ellipsis; views share memory.
import numpy as np

a = np.arange(24).reshape(2, 3, 4)
print(a[0], a[1, 2], a[1, 2, 3], a[-1, -1, -1], a[0, :, 1], a[:, 1], a[..., 0], a[0, ..., 1], a[:, :, ::2])
print(a[::-1, 0, 0], a[0, ::-1], a[0, 1:, 1:3], a[:, 1:2].shape, a[0][1][2], a[1:].shape, a[5:].shape, a[0, 2:0:-1])
print(a[np.newaxis].shape, a[:, None, :, 0].shape, a[..., None].shape, a[None, ..., None].shape, a[()].shape)
b = np.arange(10)
print(b[2:7], b[:3], b[7:], b[::3], b[::-1], b[8:2:-2], b[-3:], b[:-3], b[100:], b[-100:3], b[3], b[-1])
print(b[2:7][1:3], b[::2][::-1], b[5:5], b[slice(1, 6, 2)], b[...], b[1:2], b[:][0])
view = b[2:5]
view[0] = 100
b[3] = 200
print(b, view)
view[:] = -1
print(b)
c = a[:, 1]
c[0, 0] = 999
print(a[0, 1, 0], c)
a[0, 0] = 7
a[1, :, 1] = [50, 60, 70]
a[1, 2, 2:] = -5
a[..., 3] = 0
print(a)
m = np.zeros((3, 3))
m[1] = 1
m[:, 2] = [7, 8, 9]
m[0, 0] = 5.5
m[-1, -1] = -1
m[::2, ::2] *= 10
print(m)
t = m.T
t[0, 1] = 42
print(m, t)
x = np.arange(5)
y = x
z = x.copy()
y[0] = 10
z[1] = 20
print(x, y, z, x[1] == 1, x[2:4] == np.array([2, 3]))
for row in m:
    print(row, row.sum())
i, j = 1, 2
print(m[i, j], m[i][j], m[(i, j)], m[i, :j], [v for v in x], 3 in x, 99 in x)
print(np.array([[1, 2], [3, 4]])[1, 0])
