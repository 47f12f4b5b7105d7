# python: same
import numpy as np

a = np.broadcast_to(np.arange(3), (2, 3))
a[0, 0] = 7
