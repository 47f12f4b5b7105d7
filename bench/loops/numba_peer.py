"""numba as a peer of the loop benchmark: the plain loops of plain.py through numba.njit.

Reads "NAME N SECONDS" from standard input and answers "NANOSECONDS CHECK FIRST" or "-". Each request compiles anew,
so that its first call includes the compiler, which itself is warm from the start.
"""

import sys

import numba
import plain
import timing
from workloads import check, inputs, look


def main():
    functions = {function.__name__: function for function in plain.PLAIN}
    numba.njit(lambda x: x + 1)(1)
    for line in sys.stdin:
        name, n, seconds = line.split()
        if name in functions:
            fresh = numba.njit(functions[name])
            print(timing.measure(lambda: inputs(name, int(n)), fresh, look, check, float(seconds)), flush=True)
        else:
            print("-", flush=True)


main()
