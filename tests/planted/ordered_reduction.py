# The loop adds to one float; the order of additions is part of the result.
import numpy as np

x = np.ones(1_000_000)
total = 0.0
for turn in range(10):
    for k in range(1_000_000):
        total += x[k] * 0.5
print(total)
