# python: same
import numpy as np

values = np.arange(500.0)
total = 0.0
for i in range(1000):
    total += values[i] * 0.5
print(total)
