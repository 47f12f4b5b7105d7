// The BLAS library, found as the loader finds it (OpenBLAS, else the system's alternative) on first use.
#pragma once

#include <cstdint>

namespace lathe {

// Operands of C = A B on row-major matrices; `a_transposed` says that A is stored as its transpose.
struct MatrixProduct {
  int64_t rows, columns, inner;
  const void* a;
  int64_t a_stride;  // elements between rows of what is stored
  bool a_transposed;
  const void* b;
  int64_t b_stride;
  bool b_transposed;
  void* c;
  int64_t c_stride;
};

// Whether a BLAS is installed.
bool BlasAvailable();
// float64 and float32 products; false if there is no BLAS.
bool BlasProduct(const MatrixProduct& product, bool is_double, int threads);

}  // namespace lathe
