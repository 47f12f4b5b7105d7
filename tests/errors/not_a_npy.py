import numpy as np

a = np.load("garbage.npy")
print(a)
