# BLAS by its declarations gives the bits that the engine's own calls of it give.
import sys

import ffi
import numpy as np

ffi.cdef("""
    enum { ROW_MAJOR = 101, PLAIN = 111 };
    double cblas_ddot(int n, const double x[n], int x_step, const double y[n], int y_step);
    void cblas_dgemm(int order, int of_a, int of_b, int m, int n, int k, double alpha, const double a[m * k], int a_step,
                     const double b[k * n], int b_step, double beta, double c[m * n], int c_step);
""")
blas = ffi.load("openblas")
rng = np.random.default_rng(1)
for m, n, k in [(1, 1, 1), (3, 4, 5), (17, 33, 9), (64, 64, 64)]:
    a, b, c = rng.standard_normal((m, k)), rng.standard_normal((k, n)), np.zeros((m, n))
    blas.cblas_dgemm(blas.ROW_MAJOR, blas.PLAIN, blas.PLAIN, m, n, k, 1.0, a, k, b, n, 0.0, c, n)
    assert np.all(c == a @ b) or np.allclose(c, a @ b, rtol=1e-14), (m, n, k)
x, y = rng.standard_normal(100), rng.standard_normal(100)
assert blas.cblas_ddot(100, x, 1, y, 1) == x @ y
try:
    blas.cblas_ddot(101, x, 1, y, 1)
    assert False
except ValueError as error:
    assert "asks for 101" in str(error)
print("ok")
