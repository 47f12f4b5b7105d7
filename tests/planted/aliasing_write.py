# Each statement writes into a part of the array that it reads with a shift.
import numpy as np

a = np.linspace(0.0, 1.0, 2_000_001)
for k in range(20):
    a[1:] = a[:-1] * 0.5 + a[1:] * 0.5
print(a[-1])
