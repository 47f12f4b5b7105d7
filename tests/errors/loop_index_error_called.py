# python: same
import numpy as np


def weight(table, i):
    return table[i] * 2


def run(table):
    total = 0
    for i in range(600):
        if i % 3:
            continue
        total += weight(table, i)
    return total


print(run(np.ones(600)))
print(run(np.ones(500)))
