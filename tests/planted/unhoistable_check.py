# The index is read from another array, so it has to be checked in every turn.
import numpy as np

rng = np.random.default_rng(1)
n = 1_000_000
index = rng.integers(0, n, n)
x = np.ones(n)
y = np.zeros(n)
for turn in range(4):
    for k in range(n):
        y[k] = x[index[k]] * 2.0
print(y.sum())
