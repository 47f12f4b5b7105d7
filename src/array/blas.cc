// Loading of BLAS by dlopen: nothing of it is linked, so a program without matrices does not pay for it.
#include "src/array/blas.h"

#include <dlfcn.h>

#include <initializer_list>

namespace lathe {
namespace {

// CBLAS's enumerators, part of its published interface.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

using Dgemm = void (*)(int, int, int, int, int, int, double, const double*, int, const double*, int, double,
                       double*, int);
using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float,
                       float*, int);

struct Blas {
  Dgemm dgemm = nullptr;
  Sgemm sgemm = nullptr;
  void (*set_threads)(int) = nullptr;

  Blas() {
    for (const char* name : {"libopenblas.so.0", "libblas.so.3"}) {
      void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (!library) continue;
      dgemm = reinterpret_cast<Dgemm>(dlsym(library, "cblas_dgemm"));
      sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
      set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
      if (dgemm && sgemm) return;
    }
  }
};

const Blas& Loaded() {
  static const Blas blas;
  return blas;
}

}  // namespace

bool BlasAvailable() { return Loaded().dgemm && Loaded().sgemm; }

bool BlasProduct(const MatrixProduct& product, bool is_double, int threads) {
  const Blas& blas = Loaded();
  if (!BlasAvailable()) return false;
  if (blas.set_threads && threads > 0) blas.set_threads(threads);
  const int m = static_cast<int>(product.rows);
  const int n = static_cast<int>(product.columns);
  const int k = static_cast<int>(product.inner);
  const int a_form = product.a_transposed ? kTranspose : kNoTranspose;
  const int b_form = product.b_transposed ? kTranspose : kNoTranspose;
  const auto call = [&](auto gemm, auto zero) {
    using T = decltype(zero);
    gemm(kRowMajor, a_form, b_form, m, n, k, T{1}, static_cast<const T*>(product.a),
         static_cast<int>(product.a_stride), static_cast<const T*>(product.b),
         static_cast<int>(product.b_stride), zero, static_cast<T*>(product.c),
         static_cast<int>(product.c_stride));
  };
  if (is_double) {
    call(blas.dgemm, 0.0);
  } else {
    call(blas.sgemm, 0.0f);
  }
  return true;
}

}  // namespace lathe
