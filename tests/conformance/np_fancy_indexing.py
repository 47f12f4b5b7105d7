# Indexing by integer arrays and lists: gather, scatter, several dimensions, mixed with slices.
import numpy as np

a = np.arange(10) * 10
print(a[[1, 3, 5]], a[np.array([9, 0, -1])], a[[2, 2, 2]], a[np.array([[0, 1], [2, 3]])], a[[]], np.take(a, [4, 5]))
idx = np.array([3, 1, 2])
print(a[idx], a[idx][::-1], a[idx - 1], a[idx].sum(), a[idx] + a[idx[::-1]])
b = a.copy()
b[[0, 2]] = [-1, -2]
b[idx] += 1000
b[[4, 4]] = 7
print(b)
m = np.arange(12).reshape(3, 4)
print(m[[0, 2]], m[[2, 0, 2], [1, 1, 3]], m[:, [3, 0]], m[[1]], m[[0, 1]][:, [1, 2]], m[np.arange(3), np.arange(3)])
print(m[[0, 1], 1], m[1, [0, 2]], m[[-1, -2]], m[np.array([[0], [2]]), np.array([1, 3])])
m[[0, 2], [0, 3]] = 99
m[[1], :] = -1
m[:, [1, 2]] = 5
print(m)
order = np.argsort(np.array([3, 1, 2]))
print(order, np.array([3, 1, 2])[order], a[order])
print(np.take(m, [0, 1], axis=1), np.take(m, 2), m.take([0, -1]), np.take(a, [[1], [2]]))
x = np.array([0.5, 1.5, 2.5])
lut = np.array([2, 0, 1, 1, 0])
print(x[lut], x[lut].reshape(1, 5), x[lut % 2], np.array([True, False])[lut % 2])
perm = np.array([2, 0, 1])
inv = np.empty(3, dtype=int)
inv[perm] = np.arange(3)
print(inv, perm[inv])
counts = np.zeros(4, dtype=int)
for v in [1, 3, 1, 0]:
    counts[v] += 1
print(counts, np.bincount(np.array([1, 3, 1, 0])), np.unique([3, 1, 3, 2]))
for make in [lambda: a[[10]], lambda: a[[-11]], lambda: m[[0, 3]], lambda: m[[0, 1], [0, 1, 2]], lambda: np.take(a, 10)]:
    try:
        print(make())
    except IndexError as error:
        print(error)
c = np.arange(5)
d = c[[0, 1]]
d[0] = 100
print(c, d)
print(np.arange(20)[np.arange(0, 20, 6)], np.arange(6).reshape(2, 3)[np.array([1, 0])].tolist())
