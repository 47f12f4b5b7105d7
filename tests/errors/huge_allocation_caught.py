import numpy as np

try:
    a = np.zeros((10**6, 10**6)) + 1.0
    print(a[0, 0])
except MemoryError:
    print("caught")
print(np.arange(3) + 1)
raise SystemExit(3)
