# python: same
import numpy as np


def smooth(source, target, count):
    for i in range(1, count):
        target[i] = source[i - 1] + source[i]
    return target


print(smooth(np.arange(500), np.zeros(600), 300).sum())
print(smooth(np.arange(500), np.zeros(600), 600).sum())
