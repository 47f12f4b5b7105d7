# Arrays without elements whose other extents are huge: nothing may go over their lanes.
import numpy as np
x = np.zeros((0, 1 << 40)); y = np.zeros((1 << 40, 0))
for a in (x, y):
    for axis in (0, 1):
        print(np.cumsum(a, axis).shape, np.sort(a, axis).shape, np.argsort(a, axis).shape)
    print(a[a > 0].shape, np.nonzero(a)[0].shape, a.sum(), a.T.shape)
    print(np.flip(a).shape, a.copy().shape, np.concatenate([a, a]).shape)
    a[a > 0] = 1
    print((a + 1).shape)
