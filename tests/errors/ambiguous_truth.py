# python: same
import numpy as np

a = np.arange(4)
if a > 2:
    print("yes")
