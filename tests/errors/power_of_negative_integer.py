# python: same
import numpy as np

print(np.arange(1, 4) ** -1)
