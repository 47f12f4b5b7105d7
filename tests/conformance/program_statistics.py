# Regression, k-means, histogram, covariance, bootstrap: everyday array programs, printed to a few digits.
import numpy as np

rng = np.random.default_rng(123)
x = rng.uniform(0, 10, 200)
y = 3.5 * x - 2 + rng.normal(0, 1, 200)
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
intercept = y.mean() - slope * x.mean()
residual = y - (slope * x + intercept)
print(f"{slope:.8f} {intercept:.8f} {residual.std(ddof=2):.8f} {1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum():.8f}")

centres = np.array([[0.0, 0.0], [5.0, 5.0], [0.0, 6.0]])
points = np.concatenate([c + rng.standard_normal((40, 2)) for c in centres])
means = points[[0, 50, 100]]
for _ in range(10):
    distance = ((points[:, None, :] - means[None, :, :]) ** 2).sum(axis=2)
    label = distance.argmin(axis=1)
    means = np.array([points[label == k].mean(axis=0) for k in range(3)])
print(np.bincount(label), " ".join(f"{v:.7f}" for v in means.ravel().tolist()))

z = np.stack([x, y, x * y])
centred = z - z.mean(axis=1, keepdims=True)
cov = centred @ centred.T / (z.shape[1] - 1)
corr = cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
print(" ".join(f"{v:.7f}" for v in corr.ravel().tolist()), np.allclose(corr, corr.T))

edges = np.arange(0, 11)
counts = np.array([((x >= a) & (x < b)).sum() for a, b in zip(edges[:-1], edges[1:])])
for a, c in zip(edges, counts):
    print(f"{a:3d} {c:4d} " + "#" * (c // 2))

medians = []
for _ in range(30):
    medians.append(np.median(x[rng.integers(0, 200, 200)]))
print(f"{np.mean(medians):.8f} {np.std(medians):.8f} {min(medians):.8f} {max(medians):.8f}")

t = np.linspace(0, 1, 100)
weights = np.zeros(4)
basis = np.stack([t**k for k in range(4)])
target = np.sin(2 * np.pi * t)
for _ in range(500):
    weights -= 0.005 * (basis @ (weights @ basis - target))
print(" ".join(f"{v:.6f}" for v in weights.tolist()), f"{np.abs(weights @ basis - target).max():.6f}")
soft = np.exp(z - z.max(axis=0))
soft = soft / soft.sum(axis=0)
print(f"{soft.sum():.8f} {soft[2].min():.8g}", np.isclose(soft.sum(axis=0), 1).all())
