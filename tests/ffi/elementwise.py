# C functions as operations on arrays.
import ffi
import numpy as np
from common import lib, fails

ffi.cdef("double j0(double) __attribute__((const, threadsafe)); double drand48(void); float sinf(float) __attribute__((const));")
m = ffi.load("m")
j0 = ffi.elementwise(m.j0)
x = np.linspace(0.0, 10.0, 1001)
y = j0(2 * x) ** 2 + 1
expected = np.array([m.j0(2 * v) ** 2 + 1 for v in x])
assert (y == expected).all()
assert j0(1) == m.j0(1.0) and j0(np.float32(1)) == m.j0(1.0)
assert (j0(np.arange(5)) == [m.j0(k) for k in range(5)]).all()
assert j0(np.zeros((2, 0))).shape == (2, 0)
add3 = ffi.elementwise(lib.add3)
grid = add3(np.arange(3.0), np.arange(4.0).reshape(4, 1), 100)
assert grid.shape == (4, 3) and grid[3, 2] == 105.0 and grid.sum() == 100 * 12 + 12 + 18
clamp_add = ffi.elementwise(lib.clamp_add)
assert (clamp_add(np.arange(3, dtype=np.int32), np.int8(-2)) == [-2, -1, 0]).all()
sinf = ffi.elementwise(m.sinf)
assert sinf(np.ones(3, dtype=np.float32)).dtype == np.float32
negate = ffi.elementwise(lib.negate)
assert (negate(np.array([1, -2, 127], dtype=np.int8)) == [-1, 2, -127]).all()
total = 0.0
for k in range(200):
    total += float(j0(np.full(3, k * 0.01)).sum())
assert abs(total - 3 * sum(m.j0(k * 0.01) for k in range(200))) < 1e-9
fails("TypeError", "add3() takes 3 arguments, 1 were given", lambda: add3(x))
fails("TypeError", "clamp_add() argument 1 takes int32, not float64", lambda: clamp_add(x, 1))
fails("TypeError", "sinf() argument 1 takes float32, not float64", lambda: sinf(x))
fails("ValueError", "could not be broadcast", lambda: add3(np.zeros(3), np.zeros(4), 1))
fails("TypeError", "an elementwise function takes one to 3 numbers", lambda: ffi.elementwise(lib.sum_list))
fails("TypeError", "needs a C function", lambda: ffi.elementwise(abs))
print("ok")
