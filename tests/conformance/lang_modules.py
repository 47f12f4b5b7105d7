# import in its forms; math, time and sys.
import math
import sys
import time
from math import cos, pi
from math import sqrt as root

import numpy as np
from numpy import arange, zeros as nothing

print(cos(0), root(16), f"{pi:.10f}", math.floor(2.7), arange(3), nothing(2), np.pi == math.pi)
start = time.time()
clock = time.perf_counter()
total = sum(range(1000))
print(total, time.time() >= start, time.perf_counter() >= clock, time.perf_counter() - clock < 60)
print(len(sys.argv) > 1, type(sys.argv).__name__, sys.maxsize)
print("to stdout", file=sys.stdout)
sys.stdout.write("written\n")
print("not seen", file=sys.stderr)
print(1, 2, 3, sep="-", end="!\n")
print("a", "b", sep="")
print()
print("no newline", end="")
print(" then one")
print(*[1, 2, 3], sep=", ")
print(__name__)
if __name__ == "__main__":
    print("main")


def local_import():
    import math as m

    return m.sqrt(25)


print(local_import())
try:
    import no_such_module
except ImportError as error:
    print(error)
try:
    print(math.no_such_name)
except AttributeError as error:
    print(error)
try:
    math.sqrt(-1)
except ValueError as error:
    print(error)
try:
    math.log(0)
except ValueError as error:
    print(error)
print(callable(print), id(total) == id(total), isinstance(math.pi, float), type(math).__name__)
sys.exit(0)
