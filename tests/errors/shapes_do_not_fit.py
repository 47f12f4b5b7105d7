# python: same
import numpy as np


def combine(a, b):
    total = a + b
    return total.sum()


print("before")
x = np.ones((3, 4))
y = np.ones((2, 4))
print(combine(x, y))
print("never printed")
