// Matrix products: float matrices go to BLAS, all other dtypes to a plain triple loop. Operands are
// evaluated first; a transposed view is handed to BLAS as such, other strides are copied.
#include "src/array/linalg.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "src/array/array_body.h"
#include "src/array/blas.h"
#include "src/array/engine.h"
#include "src/array/thread_recorder.h"

namespace lathe {
namespace {

// One matrix of a stack: an address and its two strides in bytes.
struct Matrix {
  const char* data;
  int64_t rows, columns;
  int64_t row_stride, column_stride;
};

template <class T>
void PlainProduct(const Matrix& a, const Matrix& b, T* c) {
  for (int64_t i = 0; i < a.rows; ++i) {
    std::fill(c + i * b.columns, c + (i + 1) * b.columns, T{});
    for (int64_t k = 0; k < a.columns; ++k) {
      const T left = *reinterpret_cast<const T*>(a.data + i * a.row_stride + k * a.column_stride);
      const char* right = b.data + k * b.row_stride;
      for (int64_t j = 0; j < b.columns; ++j) {
        const T value = *reinterpret_cast<const T*>(right + j * b.column_stride);
        T& sum = c[i * b.columns + j];
        if constexpr (std::is_same_v<T, bool>) {
          sum = sum || (left && value);
        } else if constexpr (std::is_integral_v<T>) {
          // Wraps as NumPy does: computed without a sign.
          using U = std::make_unsigned_t<T>;
          sum = static_cast<T>(static_cast<uint64_t>(static_cast<U>(sum)) +
                               static_cast<uint64_t>(static_cast<U>(left)) *
                                   static_cast<uint64_t>(static_cast<U>(value)));
        } else {
          sum += left * value;
        }
      }
    }
  }
}

// How BLAS may see a matrix: as it is or as a transpose, with a leading stride in elements; false if neither.
bool BlasForm(const Matrix& m, int64_t item, bool* transposed, int64_t* stride) {
  constexpr int64_t kLimit = std::numeric_limits<int>::max();
  const auto usable = [&](int64_t inner, int64_t outer, int64_t length, int64_t outer_extent) {
    const int64_t elements = outer_extent == 1 ? std::max<int64_t>(length, 1) : outer / item;
    *stride = elements;
    return (inner == item || length == 1) && (outer_extent == 1 || outer % item == 0) &&
           elements >= std::max<int64_t>(length, 1) && elements <= kLimit;
  };
  *transposed = false;
  if (usable(m.column_stride, m.row_stride, m.columns, m.rows)) return true;
  *transposed = true;
  return usable(m.row_stride, m.column_stride, m.rows, m.columns);
}

// A vector's stride in elements; 0 if BLAS cannot take it.
int64_t VectorStride(int64_t length, int64_t stride, int64_t item) {
  if (length == 1) return 1;
  const bool usable = stride > 0 && stride % item == 0 && stride / item <= std::numeric_limits<int>::max();
  return usable ? stride / item : 0;
}

// The routine that NumPy calls for the shapes, so that sums are rounded alike.
bool TryBlas(const Matrix& a, const Matrix& b, char* c, DType dtype) {
  if (!IsFloat(dtype) || a.rows == 0 || b.columns == 0 || a.columns == 0) return false;
  constexpr int64_t kLimit = std::numeric_limits<int>::max();
  if (a.rows > kLimit || a.columns > kLimit || b.columns > kLimit) return false;
  const bool is_double = dtype == DType::kFloat64;
  const int64_t item = ItemSize(dtype);
  const int threads = DefaultEngine().options().threads;
  if (a.rows == 1 && b.columns == 1) {
    const DotProduct product{a.columns,
                             a.data,
                             VectorStride(a.columns, a.column_stride, item),
                             b.data,
                             VectorStride(b.rows, b.row_stride, item),
                             c};
    if (product.a_stride > 0 && product.b_stride > 0) return BlasProduct(product, is_double);
  }
  if (b.columns == 1) {
    MatrixVectorProduct product{a.rows, a.columns, a.data, 0, false, b.data, 0, c};
    product.x_stride = VectorStride(b.rows, b.row_stride, item);
    if (product.x_stride > 0 && BlasForm(a, item, &product.transposed, &product.a_stride)) {
      return BlasProduct(product, is_double, threads);
    }
  }
  if (a.rows == 1) {
    // x B is the transpose of B times x.
    const Matrix turned{b.data, b.columns, b.rows, b.column_stride, b.row_stride};
    MatrixVectorProduct product{b.columns, b.rows, b.data, 0, false, a.data, 0, c};
    product.x_stride = VectorStride(a.columns, a.column_stride, item);
    if (product.x_stride > 0 && BlasForm(turned, item, &product.transposed, &product.a_stride)) {
      return BlasProduct(product, is_double, threads);
    }
  }
  MatrixProduct product{a.rows, b.columns, a.columns, a.data, 0, false, b.data, 0, false, c, b.columns};
  if (!BlasForm(a, item, &product.a_transposed, &product.a_stride)) return false;
  if (!BlasForm(b, item, &product.b_transposed, &product.b_stride)) return false;
  return BlasProduct(product, is_double, threads);
}

void Product(const Matrix& a, const Matrix& b, char* c, DType dtype) {
  if (TryBlas(a, b, c, dtype)) return;
  VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    PlainProduct<T>(a, b, reinterpret_cast<T*>(c));
  });
}

// Whether Product can take an operand as it lies in memory.
bool IsUsable(const Operand& x) {
  if (x.rank < 2 || !IsFloat(x.dtype)) return x.rank != 1 || x.strides[0] >= 0;
  const int last = x.rank - 1;
  const Matrix matrix{nullptr, x.extents[last - 1], x.extents[last], x.strides[last - 1], x.strides[last]};
  bool transposed;
  int64_t stride;
  return BlasForm(matrix, ItemSize(x.dtype), &transposed, &stride);
}

Array Prepared(const Array& x, DType dtype) {
  Array array = x.dtype() == dtype ? x : Cast(x, dtype);
  EvalFor(array, EndReason::kWhole);
  return IsUsable(array.body()->AsOperand()) ? array : EvalFor(Copy(array), EndReason::kWhole);
}

[[noreturn]] void Mismatch(int64_t left, int64_t right) {
  throw ValueError(
      "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
      "(n?,k),(k,m?)->(n?,m?) (size " +
      std::to_string(right) + " is different from " + std::to_string(left) + ")");
}

Matrix LastMatrix(const Operand& x, bool is_left) {
  const int last = x.rank - 1;
  const auto* data = static_cast<const char*>(x.data);
  if (last > 0) return {data, x.extents[last - 1], x.extents[last], x.strides[last - 1], x.strides[last]};
  const int64_t far = x.extents[0] * std::max<int64_t>(x.strides[0], ItemSize(x.dtype));
  return is_left ? Matrix{data, 1, x.extents[0], far, x.strides[0]}
                 : Matrix{data, x.extents[0], 1, x.strides[0], ItemSize(x.dtype)};
}

Array WrapOperand(const Operand& x) {
  Shape shape, strides;
  for (int d = 0; d < x.rank; ++d) {
    shape.push_back(x.extents[d]);
    strides.push_back(x.strides[d]);
  }
  return Array::Wrap(x.data, x.dtype, shape, strides, false);
}

}  // namespace

Array Matmul(const Array& x, const Array& y) {
  for (int k = 0; k < 2; ++k) {
    if ((k == 0 ? x : y).rank() == 0) {
      throw ValueError("matmul: Input operand " + std::to_string(k) +
                       " does not have enough dimensions (has 0, gufunc core with signature "
                       "(n?,k),(k,m?)->(n?,m?) requires 1)");
    }
  }
  const DType dtype = Promote(x.dtype(), y.dtype());
  const Array a = Prepared(x, dtype);
  const Array b = Prepared(y, dtype);
  const Matrix left = LastMatrix(a.body()->AsOperand(), true);
  const Matrix right = LastMatrix(b.body()->AsOperand(), false);
  if (left.columns != right.rows) Mismatch(left.columns, right.rows);

  Shape a_stack, b_stack;
  for (int d = 0; d < a.rank() - 2; ++d) a_stack.push_back(a.shape()[d]);
  for (int d = 0; d < b.rank() - 2; ++d) b_stack.push_back(b.shape()[d]);
  const Shape stack = BroadcastShapes(a_stack, b_stack);
  Shape shape = stack;
  if (a.rank() > 1) shape.push_back(left.rows);
  if (b.rank() > 1) shape.push_back(right.columns);
  Array result = MakeDense(shape, dtype);
  char* out = result.body()->data;
  const int64_t step = left.rows * right.columns * ItemSize(dtype);
  for (int64_t index = 0; index < stack.Elements(); ++index, out += step) {
    Matrix one = left;
    Matrix two = right;
    int64_t rest = index;
    for (int d = stack.rank() - 1; d >= 0; --d) {
      const int64_t position = rest % stack[d];
      rest /= stack[d];
      const int in_a = d - (stack.rank() - a_stack.rank());
      const int in_b = d - (stack.rank() - b_stack.rank());
      if (in_a >= 0 && a_stack[in_a] != 1) one.data += position * a.strides()[in_a];
      if (in_b >= 0 && b_stack[in_b] != 1) two.data += position * b.strides()[in_b];
    }
    Product(one, two, out, dtype);
  }
  return result;
}

bool MatmulInto(const Operand& x, const Operand& y, char* out) {
  if (IsUsable(x) && IsUsable(y)) {
    Product(LastMatrix(x, true), LastMatrix(y, false), out, x.dtype);
    return true;
  }
  try {
    const Array result = Matmul(WrapOperand(x), WrapOperand(y));
    std::memcpy(out, result.body()->data, static_cast<size_t>(result.size() * ItemSize(x.dtype)));
  } catch (const Error&) {
    return false;
  }
  return true;
}

Array Dot(const Array& x, const Array& y) {
  if (x.rank() == 0 || y.rank() == 0) return x * y;
  const int last = x.rank() - 1;
  const int inner = std::max(y.rank() - 2, 0);
  if (x.shape()[last] != y.shape()[inner]) {
    const auto text = [](const Shape& shape) {
      std::string compact = shape.ToString();
      std::erase(compact, ' ');
      return compact;
    };
    throw ValueError("shapes " + text(x.shape()) + " and " + text(y.shape()) +
                     " not aligned: " + std::to_string(x.shape()[last]) + " (dim " + std::to_string(last) +
                     ") != " + std::to_string(y.shape()[inner]) + " (dim " + std::to_string(inner) + ")");
  }
  if (y.rank() <= 2 && x.rank() <= 2) return Matmul(x, y);
  // The sum over x's last and y's second-last axis for all pairs of the others: one product of matrices.
  int64_t rows = 1;
  for (int d = 0; d < last; ++d) rows *= x.shape()[d];
  Shape order;
  for (int d = 0; d < y.rank(); ++d) {
    if (d != inner) order.push_back(d);
  }
  Shape shape;
  for (int d = 0; d < last; ++d) shape.push_back(x.shape()[d]);
  for (const int64_t d : order) shape.push_back(y.shape()[static_cast<int>(d)]);
  order.insert(0, inner);
  const Array left = Reshape(x, {rows, x.shape()[last]});
  const Array right = Reshape(Transpose(y, order), {y.shape()[inner], -1});
  return Reshape(Matmul(left, right), shape);
}

Array Outer(const Array& x, const Array& y) { return Reshape(x, {x.size(), 1}) * Reshape(y, {1, y.size()}); }

}  // namespace lathe
