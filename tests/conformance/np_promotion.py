# dtype promotion: arrays with arrays, arrays with Python numbers, NumPy scalars (NEP 50).
import numpy as np

names = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
for left in names:
    a = np.ones(2, dtype=left)
    row = []
    for right in names:
        b = np.ones(2, dtype=right)
        row.append(str((a + b).dtype))
    print(left, row)
for name in names:
    a = np.ones(2, dtype=name)
    print(name, (a * 2).dtype, (a * 2.0).dtype, (a + True).dtype, (a / 2).dtype, (a / a).dtype, (a > 1).dtype, end=" ")
    if name != "bool":
        print((a - 1).dtype, (a // 2).dtype, (a % 2).dtype, (-a).dtype, (a**2).dtype, (a * a).dtype, end=" ")
    print(a.sum().dtype, a.mean().dtype, np.abs(a).dtype, np.maximum(a, a).dtype, a.prod().dtype)
f = np.float32(3)
print((f * 2).dtype, (f * 2.5).dtype, (f * np.float64(2)).dtype, (np.float32(1) + np.int32(1)).dtype, (np.int8(5) + 1).dtype)
print((np.arange(3, dtype=np.float32) * np.float64(2)).dtype, (np.arange(3, dtype=np.int8) + np.int64(1)).dtype)
print((np.uint8(100) + np.uint8(100)), np.array([200], dtype=np.uint8) + np.uint8(100), (np.int64(1) / 2).dtype)
print(np.where(True, np.float32(1), np.float64(2)).dtype, np.where([True], 1, 2.5).dtype, np.where([True], np.int8(1), 2).dtype)
print(np.concatenate([np.zeros(1, np.int8), np.zeros(1, np.float32)]).dtype, np.stack([np.ones(1, int), np.ones(1)]).dtype)
print(np.array([1, 2], dtype=np.int32) @ np.array([1, 2], dtype=np.int64), (np.ones(2, np.float32) @ np.ones(2, np.float32)).dtype)
print(np.exp(np.ones(1, np.float32)).dtype, np.exp(np.ones(1, np.int64)).dtype)
for make in [lambda: np.ones(1, np.uint8) + 256, lambda: np.ones(1, np.int8) * -200, lambda: np.uint8(1) - 300]:
    try:
        print(make())
    except OverflowError as error:
        print("OverflowError", error)
print(type(np.arange(3)[0]).__name__, type(np.ones(1)[0]).__name__, type(np.ones(1).sum()).__name__, np.array([1])[0] + 1)
print(np.float64(1.5) + 1, 1 + np.float64(1.5), np.int64(7) // 2, np.int64(7) % 4, np.int64(2) ** 3, -np.int64(3), abs(np.float64(-2)))
