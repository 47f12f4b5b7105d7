# A column of a large C-ordered matrix is used, line by line of the cache.
import numpy as np

m = np.ones((200_000, 64))
v = np.zeros(200_000)
for k in range(30):
    v = m[:, 3] * 2.0 + m[:, 40]
    v[0] = k
print(v.sum())
