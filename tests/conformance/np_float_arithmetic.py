# Float arithmetic: exactly rounded operations, signed zeros, infinities, NaN, floor division, remainder.
import numpy as np

for dtype in [np.float32, np.float64]:
    a = np.array([0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 1e30, 1e-30], dtype=dtype)
    b = np.array([1.0, 2.0, -0.5, 3.0, 2.0, np.inf, 1.0, 1e30, 1e-30], dtype=dtype)
    print(dtype.__name__)
    print(a + b, a - b, a * b)
    print(a / b, b / a)
    print(a // b, a % b, np.fmod(a, b))
    print(-a, np.abs(a), np.sign(a), np.square(b), np.sqrt(np.abs(a)), np.reciprocal(b))
    print(np.maximum(a, b), np.minimum(a, b), np.fmax(a, b), np.fmin(a, b), np.copysign(b, a))
    print(np.floor(a), np.ceil(a), np.trunc(a), np.rint(a))
    print(np.isnan(a), np.isinf(a), np.isfinite(a), np.signbit(a))
    print(a == b, a != a, a < b, a >= b, a > 0)
x = np.array([-7.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 7.5])
print(np.rint(x), np.round(x), np.floor(x), np.ceil(x), np.trunc(x), x // 2, x % 2, x // -2, x % -2)
print(np.round(np.array([1.2345, 2.5555, -1.005]), 2), np.round(1234.567, -2), np.around(2.675, 2))
print(x + 1, 1 - x, x * 2, 3 / x, x**2, +x)
y = np.array([0.1, 0.2, 0.3])
print(y + y + y, y * 3, (y * 10).tolist(), (y / 3).tolist(), (y - 0.3).tolist(), ((y * y) * y + y).tolist())
y += 1
y *= 2
y /= 3
y -= 0.5
y **= 2
y //= 0.1
y %= 3
print(y)
print(np.array([1.0, 2.0]) == np.array([1, 3]), np.array([np.nan]) == np.array([np.nan]), 0.1 + np.float64(0.2))
print(np.float32(0.1) + np.float32(0.2), np.float32(1) / np.float32(3), np.float32(16777216) + np.float32(1))
print(np.clip(x, -1, 1), np.clip(np.arange(5), 1, 3), x.clip(0, None), np.clip(x, None, 2.0))
print(np.hypot(3.0, 4.0), np.hypot([3, 5, 8], [4, 12, 15]))
