import numpy as np

print(np.ones((2, 3)).sum(axis=2))
