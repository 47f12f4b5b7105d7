# NumPy scalars: arithmetic, printing, conversion, what reductions and elements return.
import numpy as np

a = np.array([1.5, 2.5])
s = a[0]
print(s, repr(s), type(s).__name__, s + 1, repr(s + 1), s * a, [s], (s,), {"k": s}, f"{s}", f"{s:.3f}", str(s))
i = np.arange(3)[2]
print(i, repr(i), i + 1, repr(i + 1), i / 2, i // 2, i % 2, i**2, -i, i == 2, repr(i == 2), i > 1, repr(i * 1.5), repr(i * 2))
print(repr(a.sum()), repr(a.max()), repr(np.arange(3).sum()), repr(np.mean([1, 2])), repr((a > 2).any()), repr(a.argmax()))
print(repr(np.float32(1.5)), repr(np.float32(1.5) + 1), repr(np.float32(1.5) * np.float64(1)), repr(np.int8(5) * 2), repr(np.uint8(3) + np.int8(1)))
print(int(s), float(i), round(s), round(np.float64(2.675), 2), abs(np.int64(-3)), bool(i), s.item(), type(i.item()).__name__, i.tolist())
print(range(5)[np.int64(2)], [10, 20, 30][np.int64(1)], "abc"[np.int64(0)], list(range(np.int64(3))), "x" * np.int64(2))
print(s == 1.5, s != 2, s < 2, 1 < s < 2, s in [1.5], max(a), min(a), sum(a), sorted(np.array([3, 1, 2])), len(a))
print(np.float64(1) / 3, np.float64(7) // 2, np.float64(7) % 3, np.float64(2) ** 10, np.float64(3).dtype, np.int64(3).shape, i.ndim)
print(np.isnan(np.nan), np.isinf(1.0), np.sqrt(16), repr(np.sqrt(2)), repr(np.abs(-5)), repr(np.maximum(1, 2)), repr(np.add(1, 2.5)))
print(np.int64(2) + np.float32(1.5), repr(np.int64(2) + np.float32(1.5)), repr(np.bool_(True) + 1), repr(True + np.int64(1)))
print(isinstance(s, float), isinstance(i, int), isinstance(s, np.floating), isinstance(i, np.integer), isinstance(a, np.ndarray))
d = {1: "a", 2.5: "b"}
print(d[np.int64(1)], d[np.float64(2.5)], hash(np.int64(5)) == hash(5), repr(np.bool_(0)))
t = 0
for v in np.arange(5):
    t += v
print(t, repr(t))
u = 0.0
for v in np.linspace(0, 1, 5):
    u += v * v
print(u, repr(u))
print(np.float64("1e5"), np.float64(True), repr(np.float64(1e300) * 10), np.finfo(np.float64).eps, np.iinfo(np.int32).max)
print(np.finfo(np.float32).max, np.finfo(float).tiny, np.finfo(np.float64).max, np.iinfo(np.uint8).max, np.iinfo(np.int64).min)
