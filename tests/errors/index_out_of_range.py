# python: same
import numpy as np

a = np.zeros((3, 4))
for i in range(5):
    a[i, 0] = i
    print("row", i)
