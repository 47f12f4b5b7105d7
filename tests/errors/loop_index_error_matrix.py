# python: same
import numpy as np

grid = np.zeros((20, 30))
for i in range(40):
    for j in range(30):
        if j > 2:
            grid[i, j - 3] = i * j + grid[i, j]
