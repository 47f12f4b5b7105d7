# astype between all dtypes, truncation, wrap-around, to and from bool.
import numpy as np

values = np.array([-1.9, -0.5, 0.0, 0.5, 1.9, 100.7])
names = ["bool", "int8", "int16", "int32", "int64", "float32", "float64"]
for name in names:
    print(name, values.astype(name), values.astype(name).dtype)
ints = np.array([-129, -1, 0, 1, 127, 128, 255, 256, 65536, 2**31, 2**40])
for name in ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]:
    print(name, ints.astype(name))
small = np.array([0, 1, 200], dtype=np.uint8)
for name in ["bool", "int8", "int64", "float32"]:
    print(name, small.astype(name), np.array([True, False]).astype(name))
print(np.array([0.1, 0.2]).astype(np.float32), np.array([0.1], dtype=np.float32).astype(np.float64))
print(np.array([16777217, 2**53 + 1]).astype(np.float32), np.array([2**53 + 1]).astype(np.float64))
print(np.array([3.99, -3.99]).astype(int), np.array([1e18, -1e18]).astype(np.int64), np.array([np.nan, 1]).astype(bool))
a = np.arange(3)
b = a.astype(np.int64)
b[0] = 9
print(a, b, a.astype(float) / 2, a.astype(bool))
print(np.float32(1.1), np.int32(7.9), np.bool_(2), np.float64(np.float32(0.1)), np.int8(-5), np.uint8(255), int(np.float64(3.7)))
print(float(np.int64(3)), int(np.array([5])[0]), float(np.array(2.5)), np.float64("1.5"), np.int64(True))
x = np.zeros(3, dtype=np.int32)
x[:] = [1.9, -1.9, 3]
x[0] = 7.7
print(x)
y = np.zeros(2, dtype=np.float32)
y[:] = np.array([0.1, 1 / 3])
print(y, y.tolist())
z = np.zeros(2, dtype=bool)
z[0] = 5
print(z)
for target in [np.arange(3), np.arange(3, dtype=np.float32), np.array([True, False, True])]:
    for value in [1, 0.5, True, np.float64(0.5), np.arange(3.0)]:
        try:
            c = target.copy()
            c += value
            print(c, c.dtype)
        except TypeError as error:
            print(error)
