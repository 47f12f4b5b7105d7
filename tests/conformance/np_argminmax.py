# argmin and argmax with ties, NaN, axes and dtypes.
import numpy as np

print(np.argmax([1, 3, 2]), np.argmin([1, 3, 2]), np.argmax([2, 2, 2]), np.argmin([5, 1, 1]), np.argmax([-1, -5]))
a = np.array([[3, 1, 2], [3, 9, 0], [7, 1, 0]])
print(a.argmax(), a.argmin(), a.argmax(axis=0), a.argmax(axis=1), a.argmin(axis=0), a.argmin(axis=1), a.argmin(axis=-1))
print(np.argmax(a, axis=0, keepdims=True), np.argmin(a, axis=1, keepdims=True).shape)
f = np.array([1.0, np.nan, 5.0, np.nan])
print(f.argmax(), f.argmin(), np.array([np.inf, 1]).argmax(), np.array([-np.inf, np.inf]).argmin(), np.array([0.0, -0.0]).argmin())
print(np.array([False, True, True]).argmax(), np.array([True, True]).argmin(), np.array([5], dtype=np.uint8).argmax())
for dtype in [np.int8, np.uint8, np.int32, np.int64, np.float32, np.float64]:
    x = np.array([3, 7, 7, 1, 1, 5], dtype=dtype)
    print(dtype.__name__, x.argmax(), x.argmin(), x[::-1].argmax(), x[::2].argmin(), x.reshape(2, 3).argmax(axis=1))
big = (np.arange(10000) * 7919) % 10007
print(big.argmax(), big.argmin(), big[big.argmax()], (-big).argmin(), (big % 10).argmax(), np.argmax(big > 10000))
b = np.arange(24).reshape(2, 3, 4) % 7
print(b.argmax(axis=0), b.argmax(axis=1), b.argmax(axis=2), b.argmin(axis=2), b.T.argmax(axis=0), b.argmax())
print(divmod(int(b.argmax()), 12), type(b.argmax()).__name__)
m = np.array([[np.nan, 1.0], [2.0, np.nan]])
print(m.argmax(axis=0), m.argmin(axis=1), m.argmax())
for make in [lambda: np.array([]).argmin(), lambda: a.argmax(axis=2), lambda: np.zeros((0, 3)).argmax(axis=0)]:
    try:
        print(make())
    except ValueError as error:
        print(error)
print((a * 2 - 5).argmax(axis=1), np.abs(a - 4).argmin(), a[a.argmax(axis=0), np.arange(3)])
