// BLAS, loaded when it is needed: nothing of it is linked, so a program without matrices does not pay for it.
// It is a foreign library like any other (shared_library.h, foreign_call.h), but its functions are known when
// Lathe is compiled, so their types are C++'s (docs/decisions/006).
#include "src/array/blas.h"

#include <atomic>
#include <initializer_list>
#include <optional>
#include <string>

#include "src/array/foreign_call.h"
#include "src/base/shared_library.h"

namespace lathe {
namespace {

// CBLAS's enumerators, part of its published interface.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

// The functions for one dtype.
template <class T>
struct Routines {
  void (*gemm)(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int) = nullptr;
  void (*gemv)(int, int, int, int, T, const T*, int, const T*, int, T, T*, int) = nullptr;
  T (*dot)(int, const T*, int, const T*, int) = nullptr;

  bool Load(const SharedLibrary& library, const char* gemm_name, const char* gemv_name,
            const char* dot_name) {
    gemm = reinterpret_cast<decltype(gemm)>(library.Find(gemm_name));
    gemv = reinterpret_cast<decltype(gemv)>(library.Find(gemv_name));
    dot = reinterpret_cast<decltype(dot)>(library.Find(dot_name));
    return gemm && gemv && dot;
  }
};

struct Blas {
  Routines<double> doubles;
  Routines<float> floats;
  void (*set_threads)(int) = nullptr;
  bool available = false;
  std::string name;

  Blas() {
    for (const char* file : {"libopenblas.so.0", "libblas.so.3"}) {
      const std::optional<SharedLibrary> library = SharedLibrary::TryOpen(file);
      if (!library) continue;
      set_threads = reinterpret_cast<void (*)(int)>(library->Find("openblas_set_num_threads"));
      available = doubles.Load(*library, "cblas_dgemm", "cblas_dgemv", "cblas_ddot") &&
                  floats.Load(*library, "cblas_sgemm", "cblas_sgemv", "cblas_sdot");
      name = library->name();
      if (available) return;
    }
  }
};

const Blas& Loaded() {
  static const Blas blas;
  return blas;
}

// Setting it takes the library's lock, so only what changes is set.
void SetThreads(int threads) {
  static std::atomic<int> set = 0;
  if (!Loaded().set_threads || threads <= 0 || set.load(std::memory_order_relaxed) == threads) return;
  set.store(threads, std::memory_order_relaxed);
  Loaded().set_threads(threads);
}

// The names of a product's routine, by dtype.
struct RoutineNames {
  const char* of_doubles;
  const char* of_floats;
};
constexpr RoutineNames NamesOf(const MatrixProduct&) { return {"cblas_dgemm", "cblas_sgemm"}; }
constexpr RoutineNames NamesOf(const MatrixVectorProduct&) { return {"cblas_dgemv", "cblas_sgemv"}; }
constexpr RoutineNames NamesOf(const DotProduct&) { return {"cblas_ddot", "cblas_sdot"}; }

template <class T>
void Multiply(const Routines<T>& blas, const MatrixProduct& p) {
  blas.gemm(kRowMajor, p.a_transposed ? kTranspose : kNoTranspose, p.b_transposed ? kTranspose : kNoTranspose,
            static_cast<int>(p.rows), static_cast<int>(p.columns), static_cast<int>(p.inner), T{1},
            static_cast<const T*>(p.a), static_cast<int>(p.a_stride), static_cast<const T*>(p.b),
            static_cast<int>(p.b_stride), T{0}, static_cast<T*>(p.c), static_cast<int>(p.c_stride));
}

template <class T>
void Multiply(const Routines<T>& blas, const MatrixVectorProduct& p) {
  const int64_t stored_rows = p.transposed ? p.columns : p.rows;
  const int64_t stored_columns = p.transposed ? p.rows : p.columns;
  blas.gemv(kRowMajor, p.transposed ? kTranspose : kNoTranspose, static_cast<int>(stored_rows),
            static_cast<int>(stored_columns), T{1}, static_cast<const T*>(p.a), static_cast<int>(p.a_stride),
            static_cast<const T*>(p.x), static_cast<int>(p.x_stride), T{0}, static_cast<T*>(p.y), 1);
}

template <class T>
void Multiply(const Routines<T>& blas, const DotProduct& p) {
  *static_cast<T*>(p.result) =
      blas.dot(static_cast<int>(p.length), static_cast<const T*>(p.a), static_cast<int>(p.a_stride),
               static_cast<const T*>(p.b), static_cast<int>(p.b_stride));
}

template <class Product>
bool MultiplyAs(const Product& product, bool is_double) {
  if (!BlasAvailable()) return false;
  const char* const name = is_double ? NamesOf(product).of_doubles : NamesOf(product).of_floats;
  const ForeignCall call(name, name, Loaded().name);
  if (is_double) {
    Multiply(Loaded().doubles, product);
  } else {
    Multiply(Loaded().floats, product);
  }
  return true;
}

}  // namespace

bool BlasAvailable() { return Loaded().available; }

bool BlasProduct(const MatrixProduct& product, bool is_double, int threads) {
  SetThreads(threads);
  return MultiplyAs(product, is_double);
}
bool BlasProduct(const MatrixVectorProduct& product, bool is_double, int threads) {
  SetThreads(threads);
  return MultiplyAs(product, is_double);
}
bool BlasProduct(const DotProduct& product, bool is_double) { return MultiplyAs(product, is_double); }

}  // namespace lathe
