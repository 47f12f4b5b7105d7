import numpy as np

data = np.loadtxt("no_such_file.csv", delimiter=",")
print(data)
