# default_rng: random and uniform draws, bit for bit, in arrays and one by one.
import numpy as np

for seed in [0, 1, 42, 12345, 2**32, 2**63 - 1]:
    rng = np.random.default_rng(seed)
    print(seed, rng.random(), rng.random(3).tolist(), rng.random((2, 2)).tolist(), rng.uniform(-1, 1), rng.uniform(2, 5, 3).tolist())
rng = np.random.default_rng(7)
print(rng.random(5), rng.random(size=2), rng.random((2, 3)), rng.random(0), rng.random((0, 2)).shape)
print(rng.random(4, dtype=np.float32), rng.random(3, dtype=np.float32).dtype, rng.random(), rng.random(dtype=np.float32))
print(rng.uniform(size=3), rng.uniform(0.5, size=2), rng.uniform(0.0, 1e-3, (2, 2)), rng.uniform())
big = rng.random(100000)
print(f"{big.mean():.10f} {big.std():.10f} {big.min():.17g} {big.max():.17g}", big[[0, 500, 99999]].tolist(), (big < 0.5).sum())
again = np.random.default_rng(7)
first = again.random(10)
other = np.random.default_rng(7)
print(np.array_equal(first, np.concatenate([other.random(4), other.random(6)])), type(rng.random()).__name__)
inside = (rng.random(200000) ** 2 + rng.random(200000) ** 2 < 1).sum()
print(f"pi about {4 * inside / 200000}")
