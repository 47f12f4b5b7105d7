# A variable is of another type in every turn, so the compiled loop keeps being left.
import numpy as np

values = [1, 2.5, True, np.float32(0.5), np.int64(3), None, "x", (1,)]
items = [values[(k * k + k // 7) % 8] for k in range(3000)]
total = 0
for turn in range(60):
    for x in items:
        if x is not None:
            total += 1
print(total)
