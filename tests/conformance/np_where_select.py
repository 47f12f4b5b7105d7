# where with all mixes of arrays and scalars, clip, nested conditions, assignment through where.
import numpy as np

a = np.arange(-3, 4)
print(np.where(a > 0, a, 0), np.where(a > 0, 1.5, a), np.where(a % 2 == 0, "never" == "x", True))
print(np.where(a > 0, a, -a) - np.abs(a), np.where(np.array([True, False]), [1, 2], [3, 4]), np.where(True, 1, 2))
m = np.arange(6).reshape(2, 3)
print(np.where(m > 2, m, m[:, :1]), np.where([[True], [False]], np.arange(3), 9), np.where(m % 2 == 1))
print(np.where(a < -1, -1, np.where(a > 1, 1, a)), np.clip(a, -1, 1), np.minimum(np.maximum(a, -1), 1))
x = np.array([4.0, -1.0, 9.0, np.nan, 0.0])
print(np.where(x > 0, np.sqrt(np.abs(x)), -1.0), np.where(np.isnan(x), 0, x), np.where(x != 0, 1 / x, 0))
print(np.where(x > 0, x, np.float32(0)).dtype, np.where(a > 0, np.int8(1), np.int8(0)).dtype, np.where(a > 0, 1, 0).dtype)
b = a.astype(float)
b[b < 0] = np.where(b < 0, b * b, b)[b < 0]
print(b, np.where(b >= 4)[0], np.where(b > 100)[0].size)
i, j = np.where(m > 2)
print(i, j, m[i, j], list(zip(i.tolist(), j.tolist())))
print(np.sum(np.where(a > 0, a, 0)), np.where(a > 0, a, 0).max(), np.where(np.ones((0,), bool), 1, 2).shape)
try:
    np.where(np.ones(3, bool), np.ones(2), np.ones(3))
except ValueError as error:
    print(error)
print(np.nan_to_num(np.array([np.nan, np.inf, -np.inf, 1.5])), np.abs(np.where(a < 0, a, 0)))
c = np.where(np.arange(20) % 3 == 0, np.arange(20) * 0.5, -np.arange(20.0))
print(c, c[c > 0], c[::-2])
