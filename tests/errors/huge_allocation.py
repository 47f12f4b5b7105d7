import numpy as np

print("before")
a = np.ones(10**12)
b = a + 1
print(b[0])
