# python: same
import numpy as np

print(np.concatenate([np.ones((2, 3)), np.ones((2, 4))]))
