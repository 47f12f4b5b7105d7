"""Loops of arrays without axes, which are numbers in memory: operators, assignments, and what does not fit."""
import numpy as np

def f(n):
    out = []
    c = np.array(0.0); k = np.zeros(()) + 2; i8 = np.array(100, dtype=np.int8); u = np.array(3, dtype=np.uint64); b = np.array(True)
    for i in range(n):
        c = c * k / 2 + i * 0.5
        d = np.array(i % 7)
        e = np.array(i % 5, dtype=np.float32)
        x = d + 1, d * 2.5, d // 3, d % 2, d - e, e / 2, d < 3, d == e, 3 - d, i8 + i8, i8 * 2, u > 1, u + 1, b & (i > 3), b | b, d << 2, d ** 2, e ** 0.5, -d, ~d, d > 1, np.maximum(d, 2)
        if i % 40 == 0:
            out.append([(type(v).__name__, str(getattr(v, "dtype", "")), v.item() if hasattr(v, "item") else v) for v in x])
        c += 1
        d += 2
        c = c * 0.5
    return c, out

print(f(300))
for v in ([1.0, 2], [3]):
    s = 0.0
    for i in range(300):
        s += np.polyval(v, i * 0.01) + np.polyval(v, np.arange(3.0))[1]
    print(s)

def overflow(n):
    a = np.array(5, dtype=np.int8)
    done = 0
    try:
        for i in range(n):
            a = np.array(5, dtype=np.int8) + i
            done += 1
    except OverflowError as e:
        return done, str(e)

print(overflow(300))
