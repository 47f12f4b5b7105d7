# Comparison and logic on arrays and scalars, any, all, masks.
import numpy as np

a = np.arange(6)
b = np.array([5, 4, 3, 2, 1, 0])
print(a == b, a != b, a < b, a <= b, a > b, a >= b, a == 3, 3 < a, (a > 1) & (a < 4), (a < 2) | (a > 4), ~(a > 2))
print((a > 2) ^ (b > 2), np.logical_and(a, b), np.logical_or(a, 0), np.logical_not(a), np.logical_xor(a, b))
print(np.any(a > 4), np.all(a >= 0), (a > 2).any(), (a > 2).all(), np.any([]), np.all([]), (a > 2).sum(), np.sum(a > 2))
m = np.array([[True, False], [True, True]])
print(m.any(axis=0), m.all(axis=0), m.any(axis=1), m.all(axis=1, keepdims=True), m.sum(axis=0), m.mean(), m & m.T, ~m)
print(np.array([1, 2]) == np.array([1.0, 2.5]), np.array([True]) == 1, np.array([0, 1], dtype=bool) | np.array([1, 0], dtype=bool))
print(np.equal(a, b), np.not_equal(a, b), np.less(a, b), np.less_equal(a, 2), np.greater(a, b), np.greater_equal(a, 3))
print(np.array_equal(a, b), np.array_equal(a, a.copy()), np.allclose([1.0, 2.0], [1.0, 2.0 + 1e-10]), np.isclose(1.0, 1.1))
print(np.allclose(np.array([np.nan]), np.array([np.nan])), np.isclose([1, np.inf, np.nan], [1, np.inf, np.nan], equal_nan=True))
print(bool(np.array([5])[0] > 3), bool(np.array(0)), not np.array([0])[0], 1 if np.float64(0.5) else 0)
try:
    if a > 2:
        print("no")
except ValueError as error:
    print(error)
try:
    bool(np.array([1, 2]))
except ValueError as error:
    print(error)
print(np.count_nonzero(a), np.count_nonzero(a > 3), np.nonzero(a > 3), np.where(a > 3), np.flatnonzero(a % 2))
print(np.argwhere(m), np.nonzero(m), (a == b).nonzero()[0])
print(np.maximum(a, 3), np.where(a % 2 == 0, a, -a), np.array([np.True_, np.False_]), np.True_ and False, np.bool_(1))
print(-5 < np.int64(3) < 10, np.float64(2) == 2, np.int64(3) != 4, np.int64(1) in [1, 2], max(np.array([3, 9, 2])))
