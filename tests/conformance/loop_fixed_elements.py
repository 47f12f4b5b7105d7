# An element that every turn of a loop changes, in loops whose first test is a branch and no end.
import numpy as np
def f(a, n, branch):
    i = 0
    while True:
        if branch > 5:
            k = 3
        else:
            k = 1
        a[0] = a[0] + k
        branch += 1
        i += 1
        if i >= n:
            break
    return a
for b in [0, 7, 3, 4, 5]:
    x = np.array([100, 200])
    print(f(x, 300, b), f(x, 10, -20))
