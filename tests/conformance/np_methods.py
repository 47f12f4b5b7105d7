# Methods and attributes of arrays, functions of the same names, errors of unknown ones.
import numpy as np

a = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]])
print(a.sum(), a.min(), a.max(), a.mean(), a.argmax(), a.argmin(), a.any(), a.all(), a.prod(), a.std() > 0)
print(a.T, a.shape, a.ndim, a.size, a.dtype, a.dtype.name, a.itemsize, a.nbytes, str(a.dtype), repr(a.dtype), a.dtype == np.float64)
print(a.copy() is a, a.astype(int), a.tolist(), a.ravel(), a.flatten(), a.reshape(3, 2), a.reshape((6,)), a.transpose(), a.dot(a.T))
print(a.clip(-1, 3), a.round(), a.cumsum(), a.cumsum(axis=1), a.item(1), a.item(0, 2), a[1, 0], a.squeeze().shape)
b = np.zeros(3)
b.fill(7)
print(b, a.sum(axis=1), a.min(axis=0), a.max(axis=1, keepdims=True), a.repeat(2).size, a.swapaxes(0, 1).shape, a.nonzero()[0])
c = a.copy()
c.sort()
print(c, a.argsort(), np.sort(a, axis=0), a.take([0, 5]), a.trace(), np.diag(a))
print(np.sum(a), np.min(a), np.max(a), np.mean(a), np.prod(a), np.round(a), np.abs(a).sum(), np.shape(a), np.copy(a)[0], np.ravel(a))
x = np.array([1, 2, 3])
x.shape = (3, 1)
print(x, x.shape, x.T, x.size)
for name in ["no_such", "append", "length"]:
    try:
        getattr(x, name)
    except AttributeError as error:
        print(error)
try:
    np.no_such_function
except AttributeError as error:
    print(error)
try:
    x.shape = (2, 2)
except ValueError as error:
    print(error)
for make in [lambda: np.sum(), lambda: np.zeros(), lambda: np.add(1), lambda: np.sqrt("x"), lambda: np.arange(3).reshape(2), lambda: np.ones(3).astype("nonsense")]:
    try:
        make()
    except (TypeError, ValueError) as error:
        print(type(error).__name__)
print(np.int32 == np.dtype("int32"), np.dtype(float), np.dtype("float32").itemsize, np.float64.__name__, x.dtype.kind, np.dtype(np.int8).name)
print(a.ravel()[2], [row.sum() for row in a], [v for v in a[0]], len(a), a.size == len(a.ravel()), 4.0 in a, 9 in a)
for index, row in enumerate(a):
    for j, value in enumerate(row):
        print(index, j, value, end="; ")
print(abs(a).max(), -a[0], +a[0], a[0] @ a[1], round(a[0, 0] / 3, 3), sum(a), max(a[0]), sorted(a[1]))
