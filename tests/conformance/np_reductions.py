# Reductions over all, one or several axes, with keepdims and dtypes. The sums are exact in any order.
import numpy as np

a = np.arange(24).reshape(2, 3, 4)
f = a / 8
print(a.sum(), a[0, 0, 1:].prod(), a.min(), a.max(), a.mean(), a.any(), a.all())
for axis in [0, 1, 2, -1, (0, 1), (0, 2), (1, 2), (0, 1, 2), None]:
    print(axis, a.sum(axis=axis), f.sum(axis=axis), a.min(axis=axis), a.max(axis=axis), f.mean(axis=axis))
    print(np.sum(a, axis=axis, keepdims=True).shape, np.any(a > 20, axis=axis), np.all(a > 2, axis=axis))
print(a.sum(0).sum(0), a.sum(1)[0], np.sum(a[:, ::2], axis=(0, 1)), a[::-1].sum(axis=0), a.T.sum(axis=0))
print(np.prod(np.arange(1, 11)), np.prod([[1, 2], [3, 4]], axis=1), np.prod([0.5, 4.0]), np.prod([True, True, False]))
for dtype in [bool, np.int8, np.uint8, np.int32, np.uint64, np.float32]:
    x = np.ones((3, 2), dtype=dtype)
    print(x.sum(), x.sum().dtype, x.sum(axis=0), x.prod().dtype, x.max(), x.mean(), x.mean().dtype, x.min(axis=1))
print(np.sum([1, 2], dtype=np.float64), np.ones(3, np.int8).sum(dtype=np.int32).dtype, np.sum(np.float32([1.5]), dtype=float))
print(np.array([]).sum(), np.array([]).prod(), np.zeros((0, 3)).sum(axis=0), np.zeros((3, 0)).sum(axis=1), np.zeros((2, 0)).any())
for make in [lambda: np.array([]).max(), lambda: np.zeros((0, 2)).min(axis=0), lambda: np.ones(3).sum(axis=1),
             lambda: np.ones((2, 2)).sum(axis=(0, 0)), lambda: np.array([]).argmax()]:
    try:
        print(make())
    except ValueError as error:
        print(error)
print(np.zeros((0, 2)).max(axis=1), np.array(5).sum(), np.array(2.5).mean(), np.max([3, 1]), np.min([[3, 1], [0, 7]], axis=1))
n = np.array([1.0, np.nan, 3.0])
print(n.sum(), n.max(), n.min(), np.array([np.inf, 1]).sum(), np.array([np.inf, -np.inf]).max(), n.mean())
v = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
print(v.var(), v.std(), v.var(ddof=1) * 7, np.std(v), np.var(v.reshape(2, 4), axis=1), v.max() - v.min())
print(np.median(v), v.mean(), np.sum(v > 4), (v * v).sum(), (v - v.mean()).sum())
big = np.arange(100000)
print(big.sum(), (big % 7).max(), (big * 2 + 1).min(), (big.astype(float) / 4).sum(), (big % 2 == 0).sum(), big.reshape(100, 1000).sum(axis=0)[:3])
print(np.add.reduce([1, 2, 3]), np.multiply.reduce([2, 3, 4]), np.maximum.reduce([3, 9, 2]), np.logical_and.reduce([True, False]))
print(np.add.reduce(a, axis=1), np.minimum.reduce(a, axis=2), np.bitwise_or.reduce([1, 2, 4]))
