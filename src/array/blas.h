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

// The sum of products of two vectors; strides in elements, positive.
struct DotProduct {
  int64_t length;
  const void* a;
  int64_t a_stride;
  const void* b;
  int64_t b_stride;
  void* result;
};

// y = A x, with y dense; `transposed` says that A is stored as its transpose.
struct MatrixVectorProduct {
  int64_t rows, columns;  // of A
  const void* a;
  int64_t a_stride;  // elements between rows of what is stored
  bool transposed;
  const void* x;
  int64_t x_stride;
  void* y;
};

// Whether a BLAS is installed.
bool BlasAvailable();
// float64 and float32 products; false if there is no BLAS.
bool BlasProduct(const MatrixProduct& product, bool is_double, int threads);
bool BlasProduct(const MatrixVectorProduct& product, bool is_double, int threads);
bool BlasProduct(const DotProduct& product, bool is_double);

}  // namespace lathe
