// Values to arrays and back, and the operators of arrays.
#include "src/script/arrays.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "src/array/promote.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

std::string NameText(DType dtype) { return std::string(Name(dtype)); }

Error TypeError(std::string message) { return Error(ErrorKind::kType, message); }

bool IsNumber(const Value& x) { return x.IsIntegral() || x.IsFloat() || x.IsScalar(); }

}  // namespace

Value WrapArray(Array array) { return Make<ArrayObject>(std::move(array), false); }

Value WrapResult(Array array) {
  const bool scalar = array.rank() == 0;
  return Make<ArrayObject>(std::move(array), scalar);
}

// ---- Scalars ----------------------------------------------------------------------------------------
Scalar ConvertScalar(Scalar scalar, DType dtype) {
  return scalar.dtype == dtype ? scalar : ThreadRecorder::Convert(scalar, dtype);
}

Scalar ToScalar(Vm& vm, const Value& value) {
  const Value x = Force(value);
  if (x.IsBool()) return Scalar::Of(x.boolean());
  if (x.IsInt()) return Scalar::Of(x.integer());
  if (x.IsFloat()) return Scalar::Of(x.number());
  if (x.IsScalar()) return x.scalar();
  if (auto* array = AsArray(x); array && array->array.size() == 1) return array->array.item();
  throw TypeError(absl::StrCat("must be a number, not ", TypeName(vm, x)));
}

Value PythonNumber(Scalar scalar) {
  if (IsBool(scalar.dtype)) return Value::Bool(scalar.As<bool>());
  if (IsFloat(scalar.dtype)) return Value::Float(scalar.To<double>());
  // A uint64 that 64 signed bits do not hold stays what it is.
  if (scalar.dtype == DType::kUInt64 && scalar.bits > INT64_MAX) return Value::Of(scalar);
  return Value::Int(scalar.To<int64_t>());
}

// ---- To arrays --------------------------------------------------------------------------------------
namespace {

// The numbers and the shape of nested sequences.
class Collector {
 public:
  explicit Collector(Vm& vm) : vm_(vm) {}

  void Add(const Value& x, int depth) {
    if (depth > Shape::kMaxRank)
      throw ValueError("setting an array element with a sequence: too many dimensions");
    std::vector<Value> storage;
    const std::vector<Value>* items = Items(x, &storage);
    if (!items) {
      AddLeaf(x, depth);
      return;
    }
    const auto length = static_cast<int64_t>(items->size());
    if (depth == static_cast<int>(extents_.size())) {
      if (closed_) ThrowRagged(depth);
      extents_.push_back(length);
    } else if (extents_[static_cast<size_t>(depth)] != length) {
      ThrowRagged(depth);
    }
    for (const Value& item : *items) Add(item, depth + 1);
  }

  Shape shape() const { return Shape(extents_); }
  const std::vector<Value>& leaves() const { return leaves_; }

 private:
  // The items of a sequence, or null for a leaf. Arrays give their elements.
  const std::vector<Value>* Items(const Value& x, std::vector<Value>* storage) {
    if (const std::vector<Value>* items = SequenceItems(x)) return items;
    auto* array = AsProperArray(x);
    if (array && array->array.rank() > 0) {
      CollectItems(vm_, x, storage);
      return storage;
    }
    if (x.IsObject(ObjectKind::kRange)) {
      CollectItems(vm_, x, storage);
      return storage;
    }
    return nullptr;
  }

  void AddLeaf(const Value& x, int depth) {
    if (depth < static_cast<int>(extents_.size())) ThrowRagged(depth);
    closed_ = true;
    leaves_.push_back(Force(x));
  }

  [[noreturn]] void ThrowRagged(int depth) {
    std::vector<int64_t> known(extents_.begin(),
                               extents_.begin() + std::min<std::ptrdiff_t>(depth, std::ssize(extents_)));
    if (known.empty()) known = extents_;
    throw ValueError(absl::StrCat(
        "setting an array element with a sequence. The requested array has an inhomogeneous shape after ",
        known.size(), " dimensions. The detected shape was ", Shape(known).ToString(),
        " + inhomogeneous part."));
  }

  Vm& vm_;
  std::vector<int64_t> extents_;
  std::vector<Value> leaves_;
  bool closed_ = false;  // a leaf has been seen: no dimension can follow
};

DType LeafDType(Vm& vm, const Value& x) {
  if (x.IsBool()) return DType::kBool;
  if (x.IsInt()) return DType::kInt64;
  if (x.IsFloat()) return DType::kFloat64;
  if (x.IsScalar()) return x.scalar().dtype;
  if (auto* array = AsArray(x); array && array->array.rank() == 0) return array->array.dtype();
  if (x.As<StringObject>()) throw TypeError("arrays of strings are not available in Lathe");
  throw TypeError(absl::StrCat("arrays of objects are not available in Lathe (an element is of type '",
                               TypeName(vm, x), "')"));
}

// A Python integer that the dtype does not hold is an error; everything else converts as a cast does.
void StoreLeaf(Vm& vm, const Value& x, DType dtype, char* out) {
  Scalar scalar;
  if (auto* text = x.As<StringObject>()) {
    const Value number = vm.Call(IsFloat(dtype) ? vm.classes().number : vm.classes().integer,
                                 {Value(static_cast<Object*>(text))});
    if (number.IsError()) throw PendingError();
    scalar = ToScalar(vm, number);
  } else if (x.IsNone() && IsFloat(dtype)) {
    scalar = Scalar::Of(std::numeric_limits<double>::quiet_NaN());
  } else {
    LeafDType(vm, x);
    scalar = ToScalar(vm, x);
  }
  if (x.IsInt() && !IsFloat(dtype) && !IsBool(dtype)) {
    const Scalar back = ConvertScalar(ConvertScalar(scalar, dtype), DType::kInt64);
    const bool fits = back.bits == scalar.bits && !(IsUnsigned(dtype) && x.integer() < 0);
    if (!fits)
      throw Error(ErrorKind::kOverflow,
                  absl::StrCat("Python integer ", x.integer(), " out of bounds for ", NameText(dtype)));
  }
  const Scalar converted = ConvertScalar(scalar, dtype);
  std::memcpy(out, &converted.bits, static_cast<size_t>(ItemSize(dtype)));
}

}  // namespace

Array ToArray(Vm& vm, const Value& x, std::optional<DType> dtype) {
  if (auto* array = AsArray(x)) {
    return dtype && *dtype != array->array.dtype() ? Cast(array->array, *dtype) : array->array;
  }
  Value source = x;
  if (x.IsObject(ObjectKind::kIterator) || x.IsObject(ObjectKind::kSet) ||
      x.IsObject(ObjectKind::kDictView)) {
    throw TypeError(
        absl::StrCat("cannot make an array of a '", TypeName(vm, x), "' object: make a list of it first"));
  }
  Collector collector(vm);
  collector.Add(source, 0);
  if (!dtype) {
    for (const Value& leaf : collector.leaves()) {
      const DType one = LeafDType(vm, leaf);
      dtype = dtype ? Promote(*dtype, one) : one;
    }
    if (!dtype) dtype = DType::kFloat64;
  }
  const Shape shape = collector.shape();
  const auto size = static_cast<size_t>(ItemSize(*dtype));
  std::vector<char> bytes(collector.leaves().size() * size);
  for (size_t k = 0; k < collector.leaves().size(); ++k)
    StoreLeaf(vm, collector.leaves()[k], *dtype, bytes.data() + k * size);
  return Array::FromBytes(bytes.data(), shape.Elements(), *dtype, shape);
}

Input ToInput(Vm& vm, const Value& x, Array* storage) {
  switch (x.tag()) {
    case Tag::kBool:
      return x.boolean();
    case Tag::kInt:
      return x.integer();
    case Tag::kFloat:
      return x.number();
    case Tag::kScalar:
      return x.scalar();
    default:
      break;
  }
  if (auto* array = AsArray(x)) return array->array;
  *storage = ToArray(vm, x);
  return *storage;
}
Input ToLastInput(Vm& vm, const Value& x, Array* storage) {
  if (auto* array = AsArray(x); array && array->references() == 1) return std::move(array->array);
  return ToInput(vm, x, storage);
}

DType ToDType(Vm& vm, const Value& x) {
  if (auto* dtype = x.As<DTypeObject>()) return dtype->dtype;
  if (auto* type = x.As<ClassObject>()) {
    const BuiltinClasses& c = vm.classes();
    if (type->dtype) return *type->dtype;
    if (type == c.number.get()) return DType::kFloat64;
    if (type == c.integer.get()) return DType::kInt64;
    if (type == c.boolean.get()) return DType::kBool;
    throw TypeError(absl::StrCat("Cannot interpret '<class '", type->name, "'>' as a data type"));
  }
  if (x.IsNone()) return DType::kFloat64;
  if (auto* text = x.As<StringObject>()) {
    DType dtype;
    std::string_view name = text->text();
    if (FindDType(name, &dtype)) return dtype;
    if (!name.empty() && (name[0] == '<' || name[0] == '=' || name[0] == '|')) name.remove_prefix(1);
    static constexpr std::pair<std::string_view, DType> kShort[] = {
        {"float", DType::kFloat64},  {"double", DType::kFloat64}, {"int", DType::kInt64},
        {"?", DType::kBool},         {"b1", DType::kBool},        {"i1", DType::kInt8},
        {"u1", DType::kUInt8},       {"i2", DType::kInt16},       {"u2", DType::kUInt16},
        {"i4", DType::kInt32},       {"u4", DType::kUInt32},      {"i8", DType::kInt64},
        {"u8", DType::kUInt64},      {"f4", DType::kFloat32},     {"f8", DType::kFloat64},
        {"i", DType::kInt32},        {"f", DType::kFloat32},      {"d", DType::kFloat64},
        {"l", DType::kInt64},        {"uint", DType::kUInt64},    {"b", DType::kInt8},
        {"B", DType::kUInt8},        {"h", DType::kInt16},        {"q", DType::kInt64},
        {"single", DType::kFloat32}, {"bool_", DType::kBool}};
    for (const auto& [short_name, short_dtype] : kShort) {
      if (name == short_name) return short_dtype;
    }
    throw TypeError(absl::StrCat("data type '", text->text(), "' not understood"));
  }
  std::string text;
  if (!Repr(vm, x, &text)) throw PendingError();
  throw TypeError(absl::StrCat("Cannot interpret '", text, "' as a data type"));
}

Shape ToShape(Vm& vm, const Value& x) {
  int64_t extent;
  if (AsInteger(x, &extent)) return {extent};
  std::vector<Value> items;
  if (x.IsObject() && !x.As<StringObject>()) {
    if (!CollectItems(vm, x, &items)) throw PendingError();
  } else {
    throw TypeError(absl::StrCat("'", TypeName(vm, x), "' object cannot be interpreted as an integer"));
  }
  Shape shape;
  for (const Value& item : items) {
    if (!ToIndex(vm, item, &extent)) throw PendingError();
    shape.push_back(extent);
  }
  return shape;
}

Over ToOver(Vm& vm, const Value& axis, const Value& keepdims) {
  Over over;
  if (!axis.IsUndefined() && !axis.IsNone()) {
    over.axes = ToShape(vm, axis);
    over.no_axes = over.axes.empty();
  }
  over.keep_dims = !keepdims.IsUndefined() && Truth(vm, keepdims) == 1;
  return over;
}

// ---- From arrays ------------------------------------------------------------------------------------
namespace {

Value ListOf(const char* data, const Shape& shape, const Shape& strides, DType dtype, int dim) {
  if (dim == shape.rank()) {
    Scalar scalar{dtype, 0};
    std::memcpy(&scalar.bits, data, static_cast<size_t>(ItemSize(dtype)));
    return PythonNumber(scalar);
  }
  std::vector<Value> items;
  items.reserve(static_cast<size_t>(shape[dim]));
  for (int64_t k = 0; k < shape[dim]; ++k)
    items.push_back(ListOf(data + k * strides[dim], shape, strides, dtype, dim + 1));
  return MakeList(std::move(items));
}

}  // namespace

Value ArrayRowIterator::Next(Vm&) {
  const Array& rows = AsArray(array)->array;
  if (next >= rows.extent(0)) return Value();
  const int64_t index = next++;
  if (rows.rank() == 1) return Value::Of(rows.item(std::span(&index, 1)));
  return WrapArray(rows[{IndexItem(index)}]);
}

Value ToList(const Array& array) {
  EvalFor(array, EndReason::kWhole);
  return ListOf(static_cast<const char*>(array.data()), array.shape(), array.strides(), array.dtype(), 0);
}

Value ArrayIterator(const Value& array) {
  if (AsArray(array)->array.rank() == 0) throw TypeError("iteration over a 0-d array");
  EvalFor(AsArray(array)->array, EndReason::kWhole);
  return Make<ArrayRowIterator>(array);
}

bool ArrayTruth(const Array& array) {
  if (array.size() > 1) {
    throw ValueError(
        "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()");
  }
  if (array.size() == 0) {
    throw ValueError(
        "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not "
        "empty.");
  }
  const Scalar scalar = EvalFor(array, EndReason::kBranch).item();
  return VisitDType(scalar.dtype, [&](auto type) { return scalar.As<typename decltype(type)::type>() != 0; });
}

// ---- Operators --------------------------------------------------------------------------------------
namespace {

const char* UfuncName(Bytecode op) {
  switch (op) {
    case Bytecode::kAdd:
      return "add";
    case Bytecode::kSubtract:
      return "subtract";
    case Bytecode::kMultiply:
      return "multiply";
    case Bytecode::kDivide:
      return "divide";
    case Bytecode::kFloorDivide:
      return "floor_divide";
    case Bytecode::kModulo:
      return "remainder";
    case Bytecode::kPower:
      return "power";
    case Bytecode::kLeftShift:
      return "left_shift";
    case Bytecode::kRightShift:
      return "right_shift";
    case Bytecode::kBitAnd:
      return "bitwise_and";
    case Bytecode::kBitOr:
      return "bitwise_or";
    case Bytecode::kBitXor:
      return "bitwise_xor";
    case Bytecode::kLess:
      return "less";
    case Bytecode::kLessEqual:
      return "less_equal";
    case Bytecode::kEqual:
      return "equal";
    case Bytecode::kNotEqual:
      return "not_equal";
    case Bytecode::kGreater:
      return "greater";
    case Bytecode::kGreaterEqual:
      return "greater_equal";
    default:
      return "matmul";
  }
}

bool IsArrayOperand(const Value& x) {
  return IsNumber(x) || AsArray(x) || SequenceItems(x) || x.IsObject(ObjectKind::kRange);
}

[[noreturn]] void ThrowOperands(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  throw TypeError(absl::StrCat("unsupported operand type(s) for ", OperatorText(op), ": '", TypeName(vm, x),
                               "' and '", TypeName(vm, y), "'"));
}

// Writes a ufunc's result into an existing array, as out= and the in-place operators do.
void StoreResult(const char* ufunc, Array& target, const Array& value) {
  if (!target.writable()) throw ValueError("output array is read-only");
  if (!CanCastSameKind(value.dtype(), target.dtype())) {
    throw DTypeError(absl::StrCat("Cannot cast ufunc '", ufunc, "' output from dtype('",
                                  NameText(value.dtype()), "') to dtype('", NameText(target.dtype()),
                                  "') with casting rule 'same_kind'"));
  }
  if (value.shape() != target.shape()) {
    throw ShapeError(absl::StrCat("non-broadcastable output operand with shape ",
                                  CompactShape(target.shape()), " doesn't match the broadcast shape ",
                                  CompactShape(value.shape())));
  }
  target.Assign(value);
}

// The in-place operators of an array; false if `op` has none of its own in the library.
bool ApplyInPlace(Bytecode op, Array& target, const Input& other) {
  switch (op) {
    case Bytecode::kAdd:
      target += other;
      return true;
    case Bytecode::kSubtract:
      target -= other;
      return true;
    case Bytecode::kMultiply:
      target *= other;
      return true;
    case Bytecode::kDivide:
      target /= other;
      return true;
    default:
      return false;
  }
}

}  // namespace

Value ArrayOperation(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place) {
  if (!IsArrayOperand(x) || !IsArrayOperand(y)) ThrowOperands(vm, op, x, y);
  Array left_storage, right_storage;
  if (op == Bytecode::kMatmul) {
    Array result = Matmul(ToArray(vm, x), ToArray(vm, y));
    if (!in_place || !AsProperArray(x)) return WrapResult(std::move(result));
    StoreResult("matmul", AsArray(x)->array, result);
    return x;
  }
  if (in_place && AsProperArray(x)) {
    const Input right = ToLastInput(vm, y, &right_storage);
    Array& target = AsArray(x)->array;
    if (!ApplyInPlace(op, target, right))
      StoreResult(UfuncName(op), target, Ufunc(UfuncName(op), {Input(target), right}));
    return x;
  }
  const Input left = ToInput(vm, x, &left_storage);
  return WrapResult(Ufunc(UfuncName(op), {left, ToInput(vm, y, &right_storage)}));
}

Value ArrayUnary(Bytecode op, const Array& x) {
  switch (op) {
    case Bytecode::kNegative:
      return WrapResult(Ufunc("negative", {Input(x)}));
    case Bytecode::kPositive:
      return WrapResult(Copy(x));
    default:
      return WrapResult(Ufunc("invert", {Input(x)}));
  }
}

Value ArrayComparison(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  if (!IsArrayOperand(x) || !IsArrayOperand(y)) {
    if (op != Bytecode::kEqual && op != Bytecode::kNotEqual) {
      throw TypeError(absl::StrCat("'", OperatorText(op), "' not supported between instances of '",
                                   TypeName(vm, x), "' and '", TypeName(vm, y), "'"));
    }
    // Nothing equals what is no number.
    const Array& array = AsProperArray(x) ? AsArray(x)->array : AsArray(y)->array;
    return WrapResult(Full(array.shape(), Scalar::Of(op == Bytecode::kNotEqual)));
  }
  Array left, right;
  return WrapResult(Ufunc(UfuncName(op), {ToInput(vm, x, &left), ToInput(vm, y, &right)}));
}

// ---- Ufuncs -----------------------------------------------------------------------------------------
Value CallUfunc(Vm& vm, const UfuncObject& ufunc, std::span<const Value> arguments,
                std::span<const Value> names) {
  const size_t positional = arguments.size() - names.size();
  const auto arity = static_cast<size_t>(ufunc.arity);
  if (positional < arity || positional > arity + 1) {
    throw TypeError(absl::StrCat(ufunc.name, "() takes from ", arity, " to ", arity + 1,
                                 " positional arguments but ", positional, positional == 1 ? " was" : " were",
                                 " given"));
  }
  Value out = positional > arity ? arguments[arity] : Value::None();
  Value where = Value::Bool(true), dtype = Value::None();
  for (size_t k = 0; k < names.size(); ++k) {
    const std::string& name = names[k].Get<StringObject>()->text();
    const Value& value = arguments[positional + k];
    if (name == "out") {
      out = value.As<TupleObject>() ? value.Get<TupleObject>()->items[0] : value;
    } else if (name == "where") {
      where = value;
    } else if (name == "dtype") {
      dtype = value;
    } else if (name != "casting" && name != "order" && name != "subok") {
      throw TypeError(absl::StrCat(ufunc.name, "() got an unexpected keyword argument '", name, "'"));
    }
  }
  std::vector<Array> storage(arity);
  std::vector<Input> inputs;
  for (size_t k = 0; k < arity; ++k) {
    if (!IsArrayOperand(arguments[k])) {
      throw TypeError(absl::StrCat("ufunc '", ufunc.name,
                                   "' not supported for the input types: an input is of type '",
                                   TypeName(vm, arguments[k]), "'"));
    }
    inputs.push_back(ToInput(vm, arguments[k], &storage[k]));
    if (!dtype.IsNone()) {
      storage[k] = ToArray(vm, arguments[k], ToDType(vm, dtype));
      inputs.back() = Input(storage[k]);
    }
  }
  const bool matmul = ufunc.function == "matmul";
  Array result =
      matmul ? Matmul(ToArray(vm, arguments[0]), ToArray(vm, arguments[1])) : Ufunc(ufunc.function, inputs);
  const bool everywhere = where.IsBool() && where.boolean();
  if (out.IsNone()) {
    if (everywhere) return WrapResult(std::move(result));
    // Where the mask does not hold the result is whatever the memory held; zero is as good.
    return WrapResult(Where(ToArray(vm, where), result, Zeros(result.shape(), result.dtype())));
  }
  auto* target = AsProperArray(out);
  if (!target) throw TypeError("return arrays must be of ArrayType");
  if (!everywhere) result = Where(ToArray(vm, where), result, target->array);
  StoreResult(ufunc.name.c_str(), target->array, result);
  return out;
}

}  // namespace lathe::script
