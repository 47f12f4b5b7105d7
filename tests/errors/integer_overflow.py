# python: same
import numpy as np

print(np.array([127], dtype=np.int8) + np.int8(1))
print(np.array([1], dtype=np.int8) + 300)
