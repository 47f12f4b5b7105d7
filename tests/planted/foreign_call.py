# Nearly all of the time goes to the matrix product of BLAS.
import numpy as np

m = np.ones((700, 700))
v = np.ones((700, 700))
for turn in range(8):
    v = m @ v
    v = v / 700.0
print(v[0, 0])
