# Pairwise forces by broadcasting, a leapfrog integrator, conserved quantities.
import numpy as np

rng = np.random.default_rng(20)
n = 12
mass = rng.uniform(0.5, 1.5, n)
x = rng.standard_normal((n, 3))
v = 0.1 * rng.standard_normal((n, 3))
v -= np.sum(mass[:, None] * v, axis=0) / mass.sum()


def acceleration(x):
    d = x[None, :, :] - x[:, None, :]
    r2 = (d * d).sum(axis=2) + 0.05
    return (mass[None, :, None] * d / (r2 * np.sqrt(r2))[:, :, None]).sum(axis=1)


def energy(x, v):
    d = x[None, :, :] - x[:, None, :]
    r = np.sqrt((d * d).sum(axis=2) + 0.05)
    pairs = mass[:, None] * mass[None, :] / r
    potential = -0.5 * (pairs.sum() - np.trace(pairs))
    return 0.5 * (mass * (v * v).sum(axis=1)).sum() + potential


start = energy(x, v)
dt = 0.01
a = acceleration(x)
for step in range(100):
    v += 0.5 * dt * a
    x += dt * v
    a = acceleration(x)
    v += 0.5 * dt * a
    if step % 25 == 0:
        print(step, f"{energy(x, v):.8f}", " ".join(f"{c:.8f}" for c in x[0].tolist()))
print(f"{start:.8f}", abs(energy(x, v) - start) < 0.01 * abs(start))
print(np.abs((mass[:, None] * v).sum(axis=0)).max() < 1e-12, x.shape, a.dtype)
print(" ".join(f"{c:.7f}" for c in np.sort(np.sqrt((x * x).sum(axis=1))).tolist()))
