# Every method of Generator, in one stream each and mixed: draws must be NumPy's to the last bit.
import numpy as np

for seed in [0, 1, 42, 12345, 2**40 + 7]:
    rng = np.random.default_rng(seed)
    print(rng.exponential(), rng.exponential(2.0, 4), rng.standard_normal(3), rng.normal(1, 2, (2, 2)))
    print(rng.integers(0, 10, 8), rng.integers(5), rng.integers(-3, 3, (2, 3), endpoint=True), rng.integers(0, 2**40, 3))
    for dtype in [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, bool]:
        print(rng.integers(0, 2, 7, dtype=dtype), rng.integers(0, 1, 2, dtype=dtype, endpoint=True))
    print(rng.integers(-128, 128, 9, dtype=np.int8), rng.integers(0, 255, 9, dtype=np.uint8, endpoint=True))
    print(rng.permutation(7), rng.permutation(np.arange(12).reshape(4, 3)), rng.permutation([1.5, 2.5, 3.5]))
    print(rng.choice(10), rng.choice(10, 4), rng.choice(10, 4, replace=False), rng.choice(1000, 5, replace=False))
    print(rng.choice([1.5, 2.5, 3.5], 5), rng.choice(3, 8, p=[0.1, 0.2, 0.7]), rng.choice(4, 3, replace=False, p=[0.25, 0.25, 0.4, 0.1]))
    print(rng.choice(20000, 6, replace=False), rng.choice(np.array([10, 20, 30]), (2, 2)))
    print(rng.random(3, dtype=np.float32), rng.standard_normal(3, dtype=np.float32), rng.random())
    x = np.arange(9)
    rng.shuffle(x)
    y = list(range(6))
    rng.shuffle(y)
    m = np.arange(8).reshape(4, 2)
    rng.shuffle(m)
    print(x, y, m, rng.uniform(-1, 1, 3), rng.uniform(2, 3))

rng = np.random.default_rng([1, 2, 3])
print(rng.random(2), np.random.default_rng((2**40, 0, 7)).random(2), np.random.default_rng(np.arange(9)).random())
for bad in [lambda: rng.integers(0), lambda: rng.integers(3, 3), lambda: rng.integers(0, 300, dtype=np.uint8), lambda: rng.normal(0, -1), lambda: rng.choice(0), lambda: rng.choice(3, 4, replace=False), lambda: rng.choice(3, p=[0.5, 0.5]), lambda: rng.choice(2, p=[0.5, 0.6]), lambda: rng.choice(2, p=[-0.5, 1.5]), lambda: rng.exponential(-1.0)]:
    try:
        bad()
    except ValueError as error:
        print(error)
