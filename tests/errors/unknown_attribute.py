import numpy as np

print(np.no_such_function(3))
