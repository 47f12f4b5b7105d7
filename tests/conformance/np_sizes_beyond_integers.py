# Shapes whose number of elements no integer holds.
import numpy as np

BIG = 2**62
a = np.arange(6)
for make in (lambda: a.reshape(BIG, 6), lambda: np.zeros(0).reshape(BIG, 4), lambda: a.reshape(-1, BIG, 4), lambda: a.reshape(4, BIG),
             lambda: np.broadcast_to(1, (BIG, 8)), lambda: np.tile(a, BIG), lambda: np.zeros(0).reshape(0, BIG), lambda: np.zeros((BIG, 4)), lambda: np.empty((0, BIG, 4)), lambda: np.ones((2**32, 2**32)), lambda: np.broadcast_to(a, (BIG, 6)).sum()):
    try:
        print(make().shape)
    except ValueError as error:
        print("ValueError:", error)
print("7".zfill(-2**63), "a".ljust(-2**63) + "a".rjust(-2**63) + "a".center(-2**63), len("a".zfill(9)))
