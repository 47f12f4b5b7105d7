import numpy as np

print(np.loadtxt("malformed.csv", delimiter=","))
