# python: same
import numpy as np

a = np.arange(5)
print(a[np.array([0, 4, 5])])
