# Broadcasting of shapes, explicit and implicit.
import numpy as np

a = np.arange(3)
b = np.arange(4).reshape(4, 1)
print(a + b, (a + b).shape, a * b, b - a, (a == b))
print(np.ones((2, 3)) + np.arange(3), np.ones((2, 3)) * 5, 2 - np.arange(3), np.arange(3) / np.ones((2, 1)))
print((np.ones((3, 1, 4)) + np.ones((2, 1))).shape, (np.ones((1,)) + np.ones((5, 5))).shape, (np.zeros((0, 3)) + 1).shape)
print(np.broadcast_to(np.arange(3), (2, 3)), np.broadcast_to(5, (2, 2)), np.broadcast_to(b, (4, 2)).sum())
print(np.arange(6).reshape(2, 3) + np.array([[10], [20]]), np.arange(6).reshape(2, 3) - np.arange(2)[:, None])
x = np.arange(4.0)
distance = (x[:, None] - x[None, :]) ** 2
print(distance, distance.sum(axis=0))
print(np.maximum(a, b), np.where(a > b, a, b), np.add(a, b), np.minimum(5, a))
print(np.arange(2).reshape(2, 1, 1) + np.arange(3).reshape(3, 1) + np.arange(2))
for s, t in [((2, 3), (2,)), ((3,), (4,)), ((2, 3, 4), (2, 4)), ((2, 1), (3, 2, 2)), ((0,), (2,))]:
    try:
        print((np.ones(s) + np.ones(t)).shape)
    except ValueError as error:
        print(error)
c = np.zeros((3, 3))
c += np.arange(3)
c += np.arange(3)[:, None]
c[1] += 100
c[:, 1] -= np.array([1, 2, 3])
print(c)
try:
    d = np.zeros(3)
    d += np.ones((2, 3))
except ValueError as error:
    print(error)
print(np.outer(a, a), np.multiply.outer(np.arange(1, 4), np.arange(1, 4)), np.add.outer([1, 2], [10, 20]))
print((np.arange(10)[:, np.newaxis] % np.arange(1, 4)).T)
w = np.arange(12).reshape(3, 4)
print(w - w.mean(axis=0), w * w.max(axis=1, keepdims=True), w - w.min(axis=1)[:, None])
