import numpy as np

print(np.array([]).sum())
print(np.array([]).max())
