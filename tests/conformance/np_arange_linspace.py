# arange and linspace in all their forms.
import numpy as np

print(np.arange(5), np.arange(2, 8), np.arange(0, 10, 3), np.arange(10, 0, -2), np.arange(0), np.arange(5, 2))
print(np.arange(3.0), np.arange(0, 1, 0.25), np.arange(0.5, 3), np.arange(1, 0, -0.5), np.arange(0, 1, 0.3))
print(np.arange(5).dtype, np.arange(5.0).dtype, np.arange(3, dtype=np.float32), np.arange(4, dtype=np.int8).dtype)
print(repr(np.arange(3, dtype=np.int32)), repr(np.arange(2, dtype=np.uint8)), repr(np.arange(0, 2, 0.5)))
print(np.linspace(0, 1, 5), np.linspace(0, 10, 4), np.linspace(1, 0, 3), np.linspace(0, 1, 5, endpoint=False))
print(np.linspace(2, 3, 1), np.linspace(0, 1, 0), np.linspace(-1, 1, 2), np.linspace(0, 9, 10, dtype=int))
print(np.linspace(0, 1).size, np.linspace(0, 1)[[0, 1, -1]], np.linspace(0, 1, 3, dtype=np.float32))
print(np.linspace(0, 1, 11))
print(np.linspace(0.1, 0.7, 7))
print(np.linspace(-3, 5, 9) ** 2, np.linspace(1e-5, 1e5, 3))
print(np.linspace(0, 1, 7).tolist())
print((np.arange(1, 4) / 7).tolist(), np.arange(10) // 3, np.arange(10) % 3)
a = np.arange(24).reshape(2, 3, 4)
print(a, a.sum(), a[1, 2, 3])
print(np.arange(-3, 4) * np.arange(7), np.arange(6).reshape(-1, 2), np.arange(6).reshape(3, -1).T)
print(np.logspace(0, 3, 4), np.geomspace(1, 8, 4).round(10))
try:
    np.arange(0, 1, 0)
except (ValueError, ZeroDivisionError) as error:
    print(type(error).__name__, error)
try:
    np.linspace(0, 1, -1)
except ValueError as error:
    print(error)
