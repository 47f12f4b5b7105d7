# The arrays have another number of dimensions in every call.
import numpy as np


def scale(x):
    return np.tanh(x * 2.0 + 1.0)


rng = np.random.default_rng(1)
total = 0.0
for rank in range(1, 9):
    y = scale(rng.random((30,) + (2,) * (rank - 1)))
    total += float(y.ravel()[0])
print(total)
