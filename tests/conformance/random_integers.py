# default_rng: integers of all ranges and dtypes, choice, permutation, shuffle.
import numpy as np

rng = np.random.default_rng(3)
print(rng.integers(10), rng.integers(5, 8), rng.integers(0, 100, 10), rng.integers(-5, 5, (2, 3)), rng.integers(1, 7, size=8))
print(rng.integers(0, 2, 20), rng.integers(0, 1, 3), rng.integers(2**40, size=3), rng.integers(0, 2**63 - 1, 3), rng.integers(-(2**62), 2**62, 2))
print(rng.integers(0, 10, 5, endpoint=True), rng.integers(6, size=(2, 2), endpoint=True), rng.integers(2**32, size=2), rng.integers(2**32 - 1, size=2))
for dtype in [np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint32]:
    print(dtype.__name__, rng.integers(0, 100, 7, dtype=dtype), rng.integers(0, 100, 7, dtype=dtype).dtype)
print(rng.integers(0, 256, 9, dtype=np.uint8), rng.integers(-128, 128, 9, dtype=np.int8), rng.random(), rng.integers(3), rng.random())
print(rng.permutation(10), rng.permutation(5), rng.permutation(np.array([10, 20, 30, 40])))
a = np.arange(12)
rng.shuffle(a)
print(a)
m = np.arange(12).reshape(4, 3)
rng.shuffle(m)
print(m)
print(rng.choice(5), rng.choice(10, 4), rng.choice(10, (2, 2)), rng.choice(8, 8, replace=False), rng.choice(100, 5, replace=False))
print(rng.choice([10, 20, 30], 5), rng.choice(np.array([1.5, 2.5]), 3))
dice = rng.integers(1, 7, 60000)
print(np.bincount(dice), dice.sum(), rng.integers(0, 10**9, 3).tolist(), type(rng.integers(5)).__name__)
for make in [lambda: rng.integers(5, 5), lambda: rng.integers(3, 1), lambda: rng.integers(0, 300, dtype=np.uint8)]:
    try:
        print(make())
    except ValueError as error:
        print(error)
