"""Loops over NumPy's scalars of all types with Python's numbers: what promotes, what wraps, what does not fit."""
import numpy as np

TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool"]


def show(name, value):
    print(name, type(value).__name__, value)


def folded(values, f):
    """Calls f on all pairs of neighbours and adds up what it gives, as floats and by type."""
    total, last = 0.0, None
    for turn in range(8):
        for k in range(1, len(values)):
            last = f(values[k], values[k - 1])
            total = total * 0.5 + float(last)
    return total, last


def operators(dtype):
    a = (np.arange(40) * 7 % 23).astype(dtype)
    with np.errstate(all="ignore"):
        show(dtype + " +1", folded(a, lambda x, y: x + 1)[1])
        show(dtype + " sum", folded(a, lambda x, y: x + y + 2)[1])
        show(dtype + " mix", folded(a, lambda x, y: x * 3 // 2 + y % 5)[1])
        show(dtype + " quotient", folded(a, lambda x, y: x / 3 + (y + 1) / 2)[1])
        show(dtype + " bool", folded(a, lambda x, y: x + True)[1])
        show(dtype + " float", folded(a, lambda x, y: x * 0.5 + y)[1])
        show(dtype + " compared", folded(a, lambda x, y: (x > 3) + (y <= 7.5) + (x == y) + (x != 200) + (x < -1))[1])
        show(dtype + " max", folded(a, lambda x, y: np.maximum(x, y) + np.minimum(x, 1))[1])
    if dtype not in ("float32", "float64"):
        show(dtype + " bits", folded(a, lambda x, y: (x & 5) | (y ^ 1))[1])
        show(dtype + " inverted", folded(a, lambda x, y: ~x)[1])
    if dtype not in ("float32", "float64", "bool"):
        show(dtype + " shifts", folded(a, lambda x, y: (x << 2) + (y >> 1))[1])
        show(dtype + " square", folded(a, lambda x, y: x ** 2 + y ** 0)[1])
        show(dtype + " power", folded(a, lambda x, y: y ** (x % 4))[1])


def wraps():
    a = np.arange(200).astype(np.uint8)
    s = 0
    for turn in range(3):
        for k in range(200):
            a[k] = a[k] * 3 + 7
            s += int(a[k] // 2) + int(a[k] >> 1) + int(a[k] % 11)
    show("uint8 wraps", s)
    x = np.int8(1)
    for k in range(100):
        x = x * 3 + 1
    show("int8 wraps", x)


def grown(values, extra):
    """An integer that one day does not fit the type that it follows."""
    done = 0
    try:
        for k in range(300):
            values[k % 10] = values[k % 10] // 3 + k * extra
            done += 1
    except OverflowError as error:
        return done, str(error)
    return done, "no error"


def hash_of(count):
    h = np.uint64(14695981039346656037)
    smaller = 0
    for k in range(count):
        h = (h ^ np.uint64(k % 256)) * np.uint64(1099511628211)
        smaller += int(h < np.uint64(1 << 63)) + int(h > k) + int(-1 < h) + int(np.int64(-5) == h)
        if k % 3 == 0:
            h = h >> np.uint64(3)
    return h, smaller


def xorshift(count):
    x = np.uint32(2463534242)
    bits = 0
    for _ in range(count):
        x ^= x << np.uint32(13)
        x ^= x >> np.uint32(17)
        x ^= x << np.uint32(5)
        bits += int(x) & 255
    return x, bits


def converted(count):
    total = 0
    for k in range(count):
        total += int(np.uint8(k % 256)) + int(np.int16(k)) + int(np.float32(k * 0.5))
        total += np.uint8(k % 7).item() + int(np.int32(k).astype(np.int64)) + round(np.float32(k) / 3)
    return total


def masks(count):
    m = np.arange(count) % 3 == 0
    n = 0
    for k in range(1, count):
        n += m[k] + (m[k] & m[k - 1]) + (m[k] ^ True) + int(m[k] + m[k - 1]) + int(m[k] * m[k - 1])
        m[k] = ~m[k] | m[k - 1]
        if not m[k] and m[k - 1]:
            n += 1
    return n, m.sum()


def float32_sums(count):
    s, x = np.float32(0), np.float32(1.5)
    for k in range(count):
        s = s * np.float32(0.5) + x * k - 1
        x = np.sqrt(x) + np.abs(-x) * 0.25
    return s, x


for name in TYPES:
    operators(name)
wraps()
for dtype in ("int8", "uint8", "int16", "uint64", "int64"):
    for extra in (1, -1, 300):
        print(dtype, extra, *grown(np.ones(10, dtype=dtype), extra))
print(*hash_of(500))
print(*xorshift(500))
print(converted(200))
print(*masks(400))
print(*float32_sums(300))
