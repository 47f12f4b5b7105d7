# default_rng: standard normal, normal and exponential draws, bit for bit.
import numpy as np

for seed in [0, 5, 99]:
    rng = np.random.default_rng(seed)
    print(rng.standard_normal(), rng.standard_normal(4).tolist(), rng.normal(), rng.normal(10, 2, 3).tolist())
rng = np.random.default_rng(11)
print(rng.standard_normal((2, 3)), rng.standard_normal(3, dtype=np.float32), rng.normal(size=2), rng.normal(5.0), rng.normal(loc=1, scale=0.5, size=(2, 2)))
print(rng.exponential(), rng.exponential(2.0, 3).tolist(), rng.exponential(size=2), rng.random())
x = rng.standard_normal(200000)
print(f"{x.mean():.10f} {x.std():.10f} {x.min():.15g} {x.max():.15g}", (np.abs(x) > 3).sum(), x[[0, 1234, 199999]].tolist())
e = rng.exponential(1.5, 100000)
print(f"{e.mean():.10f} {e.max():.15g}", (e > 5).sum())
print(rng.random(), rng.integers(100), rng.standard_normal(), rng.random(2), rng.standard_normal(2))
walk = np.cumsum(rng.standard_normal(1000))
print(f"{walk[-1]:.10f} {walk.min():.10f} {walk.max():.10f}", np.argmax(walk))
y = np.random.default_rng(11).standard_normal(6).reshape(2, 3)
print(y, np.array_equal(y.ravel(), np.random.default_rng(11).standard_normal(6)))
points = rng.normal(0, 1, (500, 2))
print(f"{np.hypot(points[:, 0], points[:, 1]).mean():.10f}", points.shape, (points > 0).all(axis=1).sum())
