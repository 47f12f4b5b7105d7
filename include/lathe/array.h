// File: lathe/array.h
//
// Array: an n-dimensional array with NumPy's semantics, evaluated lazily and run as fused machine code.
//
//   lathe::Array x = lathe::Linspace(0, 1, 1'000'000);
//   lathe::Array y = lathe::Exp(-x * x) + 2.0;      // recorded, nothing computed yet
//   std::cout << lathe::Sum(y) << '\n';             // one loop: exp, add and sum together
//
// An Array is an ordinary value: copying it copies a reference to the same elements, as in Python. There
// are no expression types, so `auto z = x * y;` is an Array and never refers to a temporary. Errors
// (shapes, dtypes, indices) are thrown by the call that makes them. Laziness is not observable but for
// speed and memory. A pending Array belongs to the thread that made it: call Eval() before another thread
// uses it.
//
// Unless said otherwise: operands broadcast as in NumPy, dtypes promote by NEP 50 (C++ numbers are
// "weak": they take the array's dtype where their kind allows), functions throw ShapeError for shapes
// that do not fit, DTypeError for unsupported dtypes, IndexError for a bad axis or index, and MemoryError
// when there is no memory for a result. Everything is O(number of elements) when evaluated and O(1) to
// record.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/dtype.h"
#include "lathe/error.h"
#include "lathe/shape.h"

namespace lathe {

class ArrayBody;  // private

// A slice of one dimension, as Python's start:stop:step. Missing ends are those of the direction.
struct Slice {
  std::optional<int64_t> start;
  std::optional<int64_t> stop;
  int64_t step = 1;
};

// One item of an index expression: an integer, a slice, NewAxis() or Ellipsis().
class IndexItem {
 public:
  enum class Kind { kInteger, kSlice, kNewAxis, kEllipsis };
  IndexItem(int64_t value) : kind_(Kind::kInteger), integer_(value) {}  // NOLINT: implicit on purpose
  IndexItem(int value) : IndexItem(static_cast<int64_t>(value)) {}      // NOLINT: implicit on purpose
  IndexItem(Slice slice) : kind_(Kind::kSlice), slice_(slice) {}        // NOLINT: implicit on purpose
  static IndexItem NewAxis() { return IndexItem(Kind::kNewAxis); }
  static IndexItem Ellipsis() { return IndexItem(Kind::kEllipsis); }
  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  const Slice& slice() const { return slice_; }

 private:
  explicit IndexItem(Kind kind) : kind_(kind) {}
  Kind kind_;
  int64_t integer_ = 0;
  Slice slice_;
};

class Input;

class Array {
 public:
  // A float64 zero of rank 0.
  Array();
  Array(const Array& other);
  Array(Array&& other) noexcept;
  Array& operator=(const Array& other);
  Array& operator=(Array&& other) noexcept;
  ~Array();

  // A rank-0 array holding `value`.
  explicit Array(Scalar value);
  // A vector of the given values (float64).
  Array(std::initializer_list<double> values);

  // Copies `values` (C order) into a new array of `shape`; throws ShapeError if their number differs.
  template <class T>
  static Array FromValues(std::span<const T> values, Shape shape) {
    return FromBytes(values.data(), static_cast<int64_t>(values.size()), DTypeOf<T>::kValue, shape);
  }
  static Array FromBytes(const void* data, int64_t elements, DType dtype, Shape shape);
  // Wraps memory without copying; strides in bytes. The memory must outlive the array and its views; `owner`,
  // if there is one, is held until then, and let go on whichever thread lets go last.
  static Array Wrap(void* data, DType dtype, Shape shape, Shape strides, bool writable = true,
                    std::shared_ptr<void> owner = nullptr);

  DType dtype() const;
  const Shape& shape() const;
  // Distance in bytes from one element to the next along each dimension.
  const Shape& strides() const;
  int rank() const { return shape().rank(); }
  int64_t size() const { return shape().Elements(); }
  int64_t extent(int dim) const { return shape()[dim]; }
  bool writable() const;
  bool is_contiguous() const;  // C order
  // True until the elements have been computed.
  bool pending() const;
  // What computing the elements now would run, in words: operations, loop nests, temporaries, bytes, a
  // predicted time, and what is known of the trace already. Computes nothing.
  std::string Explain() const;

  // Computes the elements if they are pending. Throws what computing can throw (MemoryError).
  const Array& Eval() const;
  // Address of the first element, computing it first. Other elements by strides(). Valid until the array is
  // assigned to as a whole, or updated in place, unless a view of it lives.
  const void* data() const;
  void* mutable_data();  // throws ValueError if the array is read-only
  template <class T>
  const T* data_as() const {
    CheckDType(DTypeOf<T>::kValue);
    return static_cast<const T*>(data());
  }

  // The only element, whatever its dtype. Throws ShapeError unless size() == 1.
  Scalar item() const;
  // The element at a full set of indices (negative ones count from the end).
  Scalar item(std::span<const int64_t> indices) const;
  double ToDouble() const { return item().To<double>(); }
  // All elements in C order.
  template <class T>
  std::vector<T> ToVector() const {
    CheckDType(DTypeOf<T>::kValue);
    std::vector<T> values(static_cast<size_t>(size()));
    CopyTo(values.data());
    return values;
  }
  // Writes all elements in C order to `out`.
  void CopyTo(void* out) const;

  // A view by basic indexing: integers drop a dimension, slices keep it. Never a copy.
  Array operator[](std::initializer_list<IndexItem> items) const {
    return At(std::span(items.begin(), items.size()));
  }
  Array At(std::span<const IndexItem> items) const;
  // Writes `value`, broadcast, into this array's elements; cast to its dtype. `value` may overlap.
  void Assign(const Input& value);
  // Writes into a part: a.Set({Slice{1, 3}}, x) is Python's a[1:3] = x.
  void Set(std::initializer_list<IndexItem> items, const Input& value);
  void Set(std::span<const IndexItem> items, const Input& value);
  // Replaces the elements where `mask` (bool, of this shape) holds: a[mask] = scalar or array broadcast to
  // a's shape.
  void SetWhere(const Array& mask, const Input& value);

  // In place, keeping this array's dtype (throws DTypeError where NumPy forbids the cast).
  Array& operator+=(const Input& other);
  Array& operator-=(const Input& other);
  Array& operator*=(const Input& other);
  Array& operator/=(const Input& other);

  // NumPy's repr ("array([1., 2.])") and str ("[1. 2.]").
  std::string Repr() const;
  std::string ToString() const;

  // For Lathe's own rooms.
  ArrayBody* body() const { return body_; }
  explicit Array(ArrayBody* adopted) : body_(adopted) {}

 private:
  void CheckDType(DType dtype) const;
  ArrayBody* body_;
};

std::ostream& operator<<(std::ostream& stream, const Array& array);

// What functions take: an Array, a typed Scalar, or a C++ number ("weak" in NumPy's promotion: it does
// not widen an array of its kind). Refers to the array it was made from; use it as a parameter only. A
// temporary array is let go as soon as its value is recorded, so that the parts of an expression need not be
// stored: Sum((a - b) * c).item() writes no array, however long the expression.
class Input {
 public:
  enum class Kind { kArray, kScalar, kWeakBool, kWeakInt, kWeakFloat };
  Input(const Array& array) : kind_(Kind::kArray), array_(&array) {}                 // NOLINT: implicit
  Input(Array&& array) : kind_(Kind::kArray), array_(&array), temporary_(&array) {}  // NOLINT: implicit
  Input(Scalar scalar) : kind_(Kind::kScalar), scalar_(scalar) {}                    // NOLINT: implicit
  Input(double value) : kind_(Kind::kWeakFloat), scalar_(Scalar::Of(value)) {}       // NOLINT: implicit
  Input(int64_t value) : kind_(Kind::kWeakInt), scalar_(Scalar::Of(value)) {}        // NOLINT: implicit
  Input(int value) : Input(static_cast<int64_t>(value)) {}                           // NOLINT: implicit
  Input(bool value) : kind_(Kind::kWeakBool), scalar_(Scalar::Of(value)) {}          // NOLINT: implicit
  Kind kind() const { return kind_; }
  const Array& array() const { return *array_; }
  Scalar scalar() const { return scalar_; }
  bool is_array() const { return kind_ == Kind::kArray; }
  // The value as an array: moved out of a temporary, else shared; of rank 0 for a number.
  Array TakeArray() const;
  // Lets a temporary go; its value must have been recorded. Anything else stays as it is.
  void Consume() const;

 private:
  Kind kind_;
  const Array* array_ = nullptr;
  Array* temporary_ = nullptr;
  Scalar scalar_;
};

// ---- Arithmetic and logic; the result has the operands' broadcast shape and promoted dtype ----------
Array operator+(const Input& x, const Input& y);
Array operator-(const Input& x, const Input& y);
Array operator*(const Input& x, const Input& y);
Array operator/(const Input& x, const Input& y);  // true division: integers give float64
Array operator%(const Input& x, const Input& y);  // Python's sign convention
Array operator-(const Input& x);
Array operator<(const Input& x, const Input& y);
Array operator<=(const Input& x, const Input& y);
Array operator>(const Input& x, const Input& y);
Array operator>=(const Input& x, const Input& y);
Array operator==(const Input& x, const Input& y);
Array operator!=(const Input& x, const Input& y);
Array operator&(const Input& x, const Input& y);
Array operator|(const Input& x, const Input& y);
Array operator^(const Input& x, const Input& y);
Array operator~(const Input& x);

// Any NumPy ufunc by its name: Ufunc("arctan2", {y, x}), "power", "floor_divide", "logical_or", ...
// Throws Error(kAttribute) for an unknown name and TypeError-kind errors for a wrong number of inputs.
Array Ufunc(std::string_view name, std::span<const Input> inputs);
Array Ufunc(std::string_view name, std::initializer_list<Input> inputs);
// Number of inputs of a ufunc, 0 if there is none of that name.
int UfuncArity(std::string_view name);
// The names of all ufuncs, sorted.
std::vector<std::string> UfuncNames();

// Elementwise functions of floats (integers are converted to float64), within 1 ulp, with C99 Annex F's
// special cases; Sqrt is correctly rounded.
Array Exp(const Input& x);
Array Log(const Input& x);
Array Sin(const Input& x);
Array Cos(const Input& x);
Array Tanh(const Input& x);
Array Sqrt(const Input& x);
Array Erf(const Input& x);
Array Power(const Input& x, const Input& y);  // integers to a negative integer power: ValueError
Array Abs(const Input& x);
Array Maximum(const Input& x, const Input& y);  // propagates NaN
Array Minimum(const Input& x, const Input& y);
// Elements of `x` where `condition` holds, of `y` elsewhere; all three broadcast.
Array Where(const Input& condition, const Input& x, const Input& y);
// Converted elements, as ndarray.astype: floats truncate towards zero, integers wrap.
Array Cast(const Input& x, DType dtype);

// ---- Reductions over `axes` (all if empty); negative axes count from the end ------------------------
// `keep_dims` leaves the reduced axes with extent 1. The order of float additions is fixed: see
// docs/semantics.md.
struct Over {
  Shape axes;  // empty: all
  bool keep_dims = false;
  bool no_axes = false;  // axis=(): reduce nothing
};
Array Sum(const Input& x, Over over = {});  // bool and narrow integers sum as int64 / uint64
Array Prod(const Input& x, Over over = {});
Array Min(const Input& x, Over over = {});  // an empty reduction throws ValueError
Array Max(const Input& x, Over over = {});
Array Mean(const Input& x, Over over = {});
Array Var(const Input& x, Over over = {}, double ddof = 0);
Array Std(const Input& x, Over over = {}, double ddof = 0);
Array Any(const Input& x, Over over = {});
Array All(const Input& x, Over over = {});
// Index (int64) of the first largest or smallest element; NaN counts as largest and smallest. Without
// `axis`: into the flattened array.
Array ArgMax(const Input& x, std::optional<int64_t> axis = {}, bool keep_dims = false);
Array ArgMin(const Input& x, std::optional<int64_t> axis = {}, bool keep_dims = false);
// Reduction by any ufunc that has one (np.add.reduce, np.logical_xor.reduce, ...).
Array ReduceBy(std::string_view ufunc, const Array& x, Over over = {});
Array Cumsum(const Array& x, std::optional<int64_t> axis = {});
Array Cumprod(const Array& x, std::optional<int64_t> axis = {});

// ---- Creation ---------------------------------------------------------------------------------------
// Extents must not be negative (ValueError).
Array Zeros(Shape shape, DType dtype = DType::kFloat64);
Array Ones(Shape shape, DType dtype = DType::kFloat64);
Array Full(Shape shape, Scalar value);
Array Empty(Shape shape, DType dtype = DType::kFloat64);
Array Arange(double start, double stop, double step, DType dtype);
Array Arange(int64_t start, int64_t stop, int64_t step = 1, DType dtype = DType::kInt64);
Array Linspace(double start, double stop, int64_t count = 50, bool endpoint = true,
               DType dtype = DType::kFloat64);
Array Eye(int64_t rows, int64_t columns, int64_t diagonal = 0, DType dtype = DType::kFloat64);

// ---- Shape ------------------------------------------------------------------------------------------
Array Reshape(const Array& x, Shape shape);  // one extent may be -1; a view where NumPy gives one
Array Transpose(const Array& x, Shape permutation = {});  // reversed axes if empty; a view
Array BroadcastTo(const Array& x, Shape shape);           // a read-only view
Array Copy(const Array& x);                               // a new C-contiguous array
Array Ravel(const Array& x);
Array ExpandDims(const Array& x, int64_t axis);
Array Squeeze(const Array& x, std::optional<int64_t> axis = {});
Array Flip(const Array& x, std::optional<int64_t> axis = {});
Array Concatenate(std::span<const Array> parts, int64_t axis = 0);
Array Stack(std::span<const Array> parts, int64_t axis = 0);
// The shape that `a` and `b` broadcast to; throws ShapeError in NumPy's words.
Shape BroadcastShapes(const Shape& a, const Shape& b);
// The dtype NumPy gives `a` op `b`.
DType Promote(DType a, DType b);

// ---- Indexing by arrays -----------------------------------------------------------------------------
Array Take(const Array& x, const Array& indices, int64_t axis = 0);  // IndexError if out of range
Array SelectWhere(const Array& x, const Array& mask);                // x[mask], mask's dimensions lead x's
void Put(Array& x, const Array& indices, const Input& value);        // x[indices] = value along axis 0
std::vector<Array> Nonzero(const Array& x);
Array Sort(const Array& x, int64_t axis = -1);
Array Argsort(const Array& x, int64_t axis = -1);  // stable

// ---- Linear algebra ---------------------------------------------------------------------------------
// Rank 1 and 2 operands and stacks of matrices, as np.matmul; float matrices go to BLAS.
Array Matmul(const Array& x, const Array& y);
Array Dot(const Array& x, const Array& y);
Array Outer(const Array& x, const Array& y);

// ---- Files ------------------------------------------------------------------------------------------
// .npy and .npz as NumPy writes them; FileError for what is missing or malformed, ValueError for pickles.
Array LoadNpy(const std::string& path);
void SaveNpy(const std::string& path, const Array& array);
std::vector<std::pair<std::string, Array>> LoadNpz(const std::string& path);
void SaveNpz(const std::string& path, std::span<const std::pair<std::string, Array>> arrays,
             bool compressed = false);
struct CsvOptions {
  char delimiter = ',';  // '\0': any white space
  char comment = '#';
  int64_t skip_rows = 0;
  std::vector<int64_t> columns;  // all if empty
  int64_t max_rows = -1;
};
// A table of float64 numbers as np.loadtxt reads it: rank 2, or 1 for one row or column.
Array LoadCsv(const std::string& path, const CsvOptions& options = {});

}  // namespace lathe
