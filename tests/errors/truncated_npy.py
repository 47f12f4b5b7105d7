import numpy as np

a = np.load("truncated.npy")
print(a)
