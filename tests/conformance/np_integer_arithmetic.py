# Integer arithmetic of every width: wrap-around, floor division, remainder, shifts, bits, powers.
import numpy as np

for dtype in [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]:
    info = np.iinfo(dtype)
    a = np.array([info.min, info.max, 0, 1, 7, 100], dtype=dtype)
    b = np.array([1, 2, 3, 5, 2, 7], dtype=dtype)
    print(dtype.__name__, info.min, info.max)
    print(a + b, a - b, a * b, b - a)
    print(a // b, a % b, -a, np.abs(a), a**2)
    print(a & b, a | b, a ^ b, ~a, a << b, a >> b)
    print(a == b, a < b, a >= b, np.maximum(a, b), np.minimum(a, b), np.sign(a))
    print(a // dtype(0), a % dtype(0), np.square(a), a / b)
c = np.array([-7, -6, -1, 0, 1, 6, 7])
for d in [3, -3, 2, -2, 7, -1]:
    print(d, c // d, c % d, np.fmod(c, d), c / d)
print(np.array([-128], dtype=np.int8) // np.int8(-1), np.array([2, 3]) ** np.array([10, 5]), 2 ** np.arange(8))
print(np.floor_divide(7, 2), np.remainder(-7, 3), np.mod(7, -3), np.power(3, 4), np.left_shift(1, 5), np.invert(5))
print(np.arange(10) & 1, (np.arange(10) >> 1) ^ np.arange(10), np.bitwise_and(12, 10), np.bitwise_or(12, 10))
x = np.arange(1, 6)
x *= x
x -= 1
x //= 2
x <<= 1
x |= 1
x %= 8
print(x, x.dtype)
print(np.add(1, 2), np.subtract(5, 7), np.multiply(3, 4), np.negative(3))
h = np.arange(5, dtype=np.uint64)
for _ in range(3):
    h = (h * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)) ^ (h >> np.uint64(7))
print(h)
