// Operators of the language's own types. Arrays and NumPy scalars are handed on to arrays.h and scalars.cc,
// and instances to their special methods.
#include "src/script/operators.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign_object.h"
#include "src/script/iteration.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

struct OperatorNames {
  const char* text;
  const char* method;
  const char* reflected;
  const char* in_place;
};

const OperatorNames& NamesOf(Bytecode op) {
  static constexpr OperatorNames kNames[] = {{"+", "__add__", "__radd__", "__iadd__"},
                                             {"-", "__sub__", "__rsub__", "__isub__"},
                                             {"*", "__mul__", "__rmul__", "__imul__"},
                                             {"/", "__truediv__", "__rtruediv__", "__itruediv__"},
                                             {"//", "__floordiv__", "__rfloordiv__", "__ifloordiv__"},
                                             {"%", "__mod__", "__rmod__", "__imod__"},
                                             {"** or pow()", "__pow__", "__rpow__", "__ipow__"},
                                             {"@", "__matmul__", "__rmatmul__", "__imatmul__"},
                                             {"<<", "__lshift__", "__rlshift__", "__ilshift__"},
                                             {">>", "__rshift__", "__rrshift__", "__irshift__"},
                                             {"&", "__and__", "__rand__", "__iand__"},
                                             {"|", "__or__", "__ror__", "__ior__"},
                                             {"^", "__xor__", "__rxor__", "__ixor__"}};
  return kNames[static_cast<size_t>(op) - static_cast<size_t>(Bytecode::kAdd)];
}

Value ThrowZeroDivision(Vm& vm, const char* message) { return vm.Throw(ErrorKind::kZeroDivision, message); }

Value IntegerPower(Vm& vm, int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) return ThrowZeroDivision(vm, "0.0 cannot be raised to a negative power");
    return Value::Float(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return IntegerOverflow(vm);
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return IntegerOverflow(vm);
  }
  return Value::Int(result);
}

Value Shift(Vm& vm, int64_t x, int64_t y, bool left) {
  if (y < 0) return vm.ThrowValue("negative shift count");
  if (!left) return Value::Int(y > 63 ? (x < 0 ? -1 : 0) : x >> y);
  if (x == 0) return Value::Int(0);
  if (y > 62) return IntegerOverflow(vm);
  int64_t result;
  if (__builtin_mul_overflow(x, int64_t{1} << y, &result)) return IntegerOverflow(vm);
  return Value::Int(result);
}

}  // namespace

const char* OperatorText(Bytecode op) {
  switch (op) {
    case Bytecode::kLess:
      return "<";
    case Bytecode::kLessEqual:
      return "<=";
    case Bytecode::kGreater:
      return ">";
    case Bytecode::kGreaterEqual:
      return ">=";
    case Bytecode::kEqual:
      return "==";
    case Bytecode::kNotEqual:
      return "!=";
    default:
      return NamesOf(op).text;
  }
}

Value IntegerOverflow(Vm& vm) {
  return vm.Throw(ErrorKind::kOverflow, "integer too large: Lathe's integers have 64 bits");
}

Value IntegerOperation(Vm& vm, Bytecode op, int64_t x, int64_t y) {
  int64_t result = 0;
  switch (op) {
    case Bytecode::kAdd:
      return __builtin_add_overflow(x, y, &result) ? IntegerOverflow(vm) : Value::Int(result);
    case Bytecode::kSubtract:
      return __builtin_sub_overflow(x, y, &result) ? IntegerOverflow(vm) : Value::Int(result);
    case Bytecode::kMultiply:
      return __builtin_mul_overflow(x, y, &result) ? IntegerOverflow(vm) : Value::Int(result);
    case Bytecode::kDivide:
      if (y == 0) return ThrowZeroDivision(vm, "division by zero");
      return Value::Float(static_cast<double>(static_cast<long double>(x) / static_cast<long double>(y)));
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo: {
      if (y == 0) {
        return ThrowZeroDivision(
            vm, op == Bytecode::kModulo ? "integer modulo by zero" : "integer division or modulo by zero");
      }
      if (y == -1) {
        if (op == Bytecode::kModulo) return Value::Int(0);
        return x == INT64_MIN ? IntegerOverflow(vm) : Value::Int(-x);
      }
      const int64_t remainder = x % y;
      const bool adjust = remainder != 0 && (remainder < 0) != (y < 0);
      if (op == Bytecode::kModulo) return Value::Int(adjust ? remainder + y : remainder);
      return Value::Int(x / y - adjust);
    }
    case Bytecode::kPower:
      return IntegerPower(vm, x, y);
    case Bytecode::kLeftShift:
      return Shift(vm, x, y, true);
    case Bytecode::kRightShift:
      return Shift(vm, x, y, false);
    case Bytecode::kBitAnd:
      return Value::Int(x & y);
    case Bytecode::kBitOr:
      return Value::Int(x | y);
    case Bytecode::kBitXor:
      return Value::Int(x ^ y);
    default:
      return Value();
  }
}

double FloorMod(double x, double y) {
  double remainder = std::fmod(x, y);
  if (remainder != 0) {
    if ((y < 0) != (remainder < 0)) remainder += y;
  } else {
    remainder = std::copysign(0.0, y);
  }
  return remainder;
}

Value FloatOperation(Vm& vm, Bytecode op, double x, double y) {
  switch (op) {
    case Bytecode::kAdd:
      return Value::Float(x + y);
    case Bytecode::kSubtract:
      return Value::Float(x - y);
    case Bytecode::kMultiply:
      return Value::Float(x * y);
    case Bytecode::kDivide:
      if (y == 0) return ThrowZeroDivision(vm, "float division by zero");
      return Value::Float(x / y);
    case Bytecode::kFloorDivide: {
      if (y == 0) return ThrowZeroDivision(vm, "float floor division by zero");
      // As CPython: the quotient that goes with the remainder, rounded to an integer.
      const double remainder = std::fmod(x, y);
      double quotient = (x - remainder) / y;
      if (remainder != 0 && (y < 0) != (remainder < 0)) quotient -= 1.0;
      if (quotient == 0) return Value::Float(std::copysign(0.0, x / y));
      double floor = std::floor(quotient);
      if (quotient - floor > 0.5) floor += 1.0;
      return Value::Float(floor);
    }
    case Bytecode::kModulo:
      if (y == 0) return ThrowZeroDivision(vm, "float modulo");
      return Value::Float(FloorMod(x, y));
    case Bytecode::kPower: {
      if (x == 0 && y < 0) return ThrowZeroDivision(vm, "0.0 cannot be raised to a negative power");
      if (x < 0 && std::isfinite(y) && y != std::floor(y)) {
        return vm.ThrowValue("a negative number to a fractional power is complex: not available in Lathe");
      }
      const double result = std::pow(x, y);
      if (std::isinf(result) && std::isfinite(x) && std::isfinite(y)) {
        return vm.Throw(ErrorKind::kOverflow, "(34, 'Numerical result out of range')");
      }
      return Value::Float(result);
    }
    default:
      return Value();
  }
}

// ---- Conversions ------------------------------------------------------------------------------------
Value Force(const Value& x) {
  auto* array = x.As<ArrayObject>();
  return array && array->scalar ? Value::Of(array->array.item()) : x;
}

bool AsDouble(const Value& x, double* result) {
  switch (x.tag()) {
    case Tag::kBool:
    case Tag::kInt:
      *result = static_cast<double>(x.integer());
      return true;
    case Tag::kFloat:
      *result = x.number();
      return true;
    case Tag::kScalar:
      *result = x.scalar().To<double>();
      return true;
    case Tag::kObject:
      if (auto* array = x.As<ArrayObject>(); array && array->array.size() == 1) {
        *result = array->array.ToDouble();
        return true;
      }
      return false;
    default:
      return false;
  }
}

bool AsInteger(const Value& x, int64_t* result) {
  if (x.IsIntegral()) {
    *result = x.integer();
    return true;
  }
  const Value forced = Force(x);
  if (forced.IsScalar() && !IsFloat(forced.scalar().dtype)) {
    *result = forced.scalar().To<int64_t>();
    return true;
  }
  auto* array = forced.As<ArrayObject>();
  if (array && array->array.rank() == 0 && IsInteger(array->array.dtype())) {
    *result = array->array.item().To<int64_t>();
    return true;
  }
  return false;
}

bool ToIndex(Vm& vm, const Value& x, int64_t* result) {
  if (AsInteger(x, result)) return true;
  Value special = CallSpecial(vm, x, vm.names().index);
  if (special.IsError()) return false;
  if (special.IsInt()) {
    *result = special.integer();
    return true;
  }
  if (auto* array = AsArray(x); array && !array->scalar) {
    vm.ThrowType("only integer scalar arrays can be converted to a scalar index");
    return false;
  }
  vm.ThrowType(absl::StrCat("'", TypeName(vm, x), "' object cannot be interpreted as an integer"));
  return false;
}

// ---- Binary operators -------------------------------------------------------------------------------
namespace {

bool IsArrayLike(const Value& x) { return x.IsScalar() || x.IsObject(ObjectKind::kArray); }

Value Repeat(Vm& vm, const Value& sequence, int64_t count) {
  count = std::max<int64_t>(count, 0);
  if (auto* text = sequence.As<StringObject>()) {
    std::string out;
    if (count > 0 && text->text().size() > (size_t{1} << 40) / static_cast<size_t>(count)) {
      return vm.Throw(ErrorKind::kMemory, "");
    }
    out.reserve(text->text().size() * static_cast<size_t>(count));
    for (int64_t k = 0; k < count; ++k) out += text->text();
    return Make<StringObject>(std::move(out), text->bytes());
  }
  const std::vector<Value>& items = *SequenceItems(sequence);
  if (count > 0 && items.size() > (size_t{1} << 36) / static_cast<size_t>(count))
    return vm.Throw(ErrorKind::kMemory, "");
  std::vector<Value> out;
  out.reserve(items.size() * static_cast<size_t>(count));
  for (int64_t k = 0; k < count; ++k) out.insert(out.end(), items.begin(), items.end());
  return sequence.As<ListObject>() ? MakeList(std::move(out)) : MakeTuple(std::move(out));
}

Value AddSequences(Vm& vm, const Value& x, const Value& y, bool in_place) {
  if (auto* a = x.As<StringObject>()) {
    auto* b = y.As<StringObject>();
    if (b) return Make<StringObject>(a->text() + b->text(), a->bytes());
    return vm.ThrowType(absl::StrCat("can only concatenate str (not \"", TypeName(vm, y), "\") to str"));
  }
  if (auto* a = x.As<ListObject>()) {
    auto* b = y.As<ListObject>();
    if (in_place) {
      std::vector<Value> items;
      if (!CollectItems(vm, y, &items)) return Value::Error();
      a->items.insert(a->items.end(), items.begin(), items.end());
      return x;
    }
    if (!b)
      return vm.ThrowType(absl::StrCat("can only concatenate list (not \"", TypeName(vm, y), "\") to list"));
    std::vector<Value> items = a->items;
    items.insert(items.end(), b->items.begin(), b->items.end());
    return MakeList(std::move(items));
  }
  if (auto* a = x.As<TupleObject>()) {
    auto* b = y.As<TupleObject>();
    if (!b)
      return vm.ThrowType(
          absl::StrCat("can only concatenate tuple (not \"", TypeName(vm, y), "\") to tuple"));
    std::vector<Value> items = a->items;
    items.insert(items.end(), b->items.begin(), b->items.end());
    return MakeTuple(std::move(items));
  }
  return Value();
}

Value MultiplySequence(Vm& vm, const Value& x, const Value& y, bool in_place) {
  const bool left = SequenceItems(x) || x.As<StringObject>();
  const bool right = SequenceItems(y) || y.As<StringObject>();
  if (!left && !right) return Value();
  const Value& sequence = left ? x : y;
  const Value& count_value = left ? y : x;
  int64_t count;
  if (!AsInteger(count_value, &count)) {
    return vm.ThrowType(
        absl::StrCat("can't multiply sequence by non-int of type '", TypeName(vm, count_value), "'"));
  }
  Value result = Repeat(vm, sequence, count);
  if (in_place && left && x.As<ListObject>() && !result.IsError()) {
    x.Get<ListObject>()->items = std::move(result.Get<ListObject>()->items);
    return x;
  }
  return result;
}

Value SetOperation(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  auto* a = x.As<SetObject>();
  auto* b = y.As<SetObject>();
  if (!a || !b) {
    auto* left = x.As<DictObject>();
    auto* right = y.As<DictObject>();
    if (op != Bytecode::kBitOr || !left || !right) return Value();
    Ref<DictObject> merged = Make<DictObject>();
    const bool done = merged->table.SetAll(vm, left->table) && merged->table.SetAll(vm, right->table);
    return done ? Value(merged) : Value::Error();
  }
  Ref<SetObject> result = Make<SetObject>();
  const auto add = [&](SetObject* from, SetObject* other, bool want) {
    return from->table.VisitEntries([&](const HashTable::Entry& entry) {
      const bool found = other && other->table.Find(vm, entry.key, entry.hash) != nullptr;
      if (vm.failed()) return false;
      return (other && found != want) || result->table.Set(vm, entry.key, entry.hash, Value::None());
    });
  };
  bool done = false;
  switch (op) {
    case Bytecode::kBitOr:
      done = add(a, nullptr, true) && add(b, nullptr, true);
      break;
    case Bytecode::kBitAnd:
      done = add(a, b, true);
      break;
    case Bytecode::kSubtract:
      done = add(a, b, false);
      break;
    case Bytecode::kBitXor:
      done = add(a, b, false) && add(b, a, false);
      break;
    default:
      return Value();
  }
  return done ? Value(result) : Value::Error();
}

Value InstanceOperation(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place, int stage) {
  for (;;) {
    const SpecialMethod method = FindOperatorMethod(vm, op, x, y, in_place, stage);
    if (!method.function) return Value();
    const Value function = *method.function;
    Value result = method.reflected ? vm.Call(function, {y, x}) : vm.Call(function, {x, y});
    if (result.tag() != Tag::kNotImplemented) return result;
    stage = method.stage + 1;
  }
}

Value NumberOperation(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  if (x.IsIntegral() && y.IsIntegral()) {
    const bool logical = op == Bytecode::kBitAnd || op == Bytecode::kBitOr || op == Bytecode::kBitXor;
    Value result = IntegerOperation(vm, op, x.integer(), y.integer());
    return logical && x.IsBool() && y.IsBool() ? Value::Bool(result.integer() != 0) : result;
  }
  double a, b;
  AsDouble(x, &a);
  AsDouble(y, &b);
  return FloatOperation(vm, op, a, b);
}

Value ForeignOperation(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  auto *left = x.As<ForeignObject>(), *right = y.As<ForeignObject>();
  return vm.Guard([&] {
    Value result;
    if (left) result = left->Arithmetic(vm, op, y, false);
    if (result.IsUndefined() && right) result = right->Arithmetic(vm, op, x, true);
    return result;
  });
}

bool IsPlainNumber(const Value& x) { return x.IsIntegral() || x.IsFloat(); }

// A lazy scalar that meets no array is computed now: what follows is arithmetic of two numbers.
bool ComputesScalars(const Value& x, const Value& y) {
  const auto is_scalar = [](const Value& v) {
    return v.IsScalar() || IsPlainNumber(v) || (AsArray(v) && !AsProperArray(v));
  };
  return is_scalar(x) && is_scalar(y);
}

// "text" * np.int64(2) repeats the text, as with a Python integer.
bool IsRepetition(const Value& sequence, const Value& count) {
  if (!SequenceItems(sequence) && !sequence.As<StringObject>()) return false;
  if (AsProperArray(count)) return false;
  int64_t integer;
  return AsInteger(count, &integer);
}

}  // namespace

namespace {

// Makes the set or dict what `result` is; false if a comparison has failed.
bool Become(Vm& vm, HashTable& table, HashTable& result) {
  const bool dropped = table.VisitEntries([&](const HashTable::Entry& entry) {
    if (!result.Find(vm, entry.key, entry.hash)) table.Remove(vm, entry.key, entry.hash);
    return !vm.failed();
  });
  return dropped && table.SetAll(vm, result);
}

Value SetOperationInPlace(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  const Value result = SetOperation(vm, op, x, y);
  if (result.IsUndefined() || result.IsError()) return result;
  auto* set = x.As<SetObject>();
  const bool done = set ? Become(vm, set->table, result.Get<SetObject>()->table)
                        : Become(vm, x.Get<DictObject>()->table, result.Get<DictObject>()->table);
  return done ? x : Value::Error();
}

}  // namespace

SpecialMethod FindOperatorMethod(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place,
                                 int stage) {
  const OperatorNames& names = NamesOf(op);
  for (; stage < 3; ++stage) {
    if (stage == 0 && !in_place) continue;
    const char* name = stage == 0 ? names.in_place : stage == 1 ? names.method : names.reflected;
    const bool reflected = stage == 2;
    if (const Value* function = FindSpecial(reflected ? y : x, vm.Intern(name)))
      return {function, reflected, stage};
  }
  return {};
}

Value BinaryOperation(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place, int stage) {
  if (IsPlainNumber(x) && IsPlainNumber(y)) {
    Value result = NumberOperation(vm, op, x, y);
    if (!result.IsUndefined()) return result;
  } else {
    if (AsInstance(x) || AsInstance(y)) {
      Value result = InstanceOperation(vm, op, x, y, in_place, stage);
      if (!result.IsUndefined()) return result;
    }
    if (op == Bytecode::kModulo && x.As<StringObject>())
      return PercentFormat(vm, x.Get<StringObject>()->text(), y);
    const bool repetition = op == Bytecode::kMultiply && (IsRepetition(x, y) || IsRepetition(y, x));
    if ((IsArrayLike(x) || IsArrayLike(y)) && !repetition) {
      return vm.Guard([&] {
        if (ComputesScalars(x, y)) {
          Value result = ScalarOperation(vm, op, Force(x), Force(y));
          if (!result.IsUndefined()) return result;
        }
        return ArrayOperation(vm, op, x, y, in_place);
      });
    }
    Value result;
    if (op == Bytecode::kAdd) result = AddSequences(vm, x, y, in_place);
    if (op == Bytecode::kMultiply) result = MultiplySequence(vm, x, y, in_place);
    if (result.IsUndefined()) {
      result = in_place ? SetOperationInPlace(vm, op, x, y) : SetOperation(vm, op, x, y);
    }
    if (result.IsUndefined()) result = ForeignOperation(vm, op, x, y);
    if (!result.IsUndefined()) return result;
  }
  std::string text = OperatorText(op);
  if (in_place) text = op == Bytecode::kPower ? "**=" : text + "=";
  return vm.ThrowType(absl::StrCat("unsupported operand type(s) for ", text, ": '", TypeName(vm, x),
                                   "' and '", TypeName(vm, y), "'"));
}

Value UnaryOperation(Vm& vm, Bytecode op, const Value& x) {
  if (op == Bytecode::kNot) {
    const int truth = Truth(vm, x);
    return truth < 0 ? Value::Error() : Value::Bool(truth == 0);
  }
  if (x.IsIntegral()) {
    if (op == Bytecode::kInvert) return Value::Int(~x.integer());
    if (op == Bytecode::kPositive) return Value::Int(x.integer());
    return x.integer() == INT64_MIN ? IntegerOverflow(vm) : Value::Int(-x.integer());
  }
  if (x.IsFloat() && op != Bytecode::kInvert) {
    return op == Bytecode::kNegative ? Value::Float(-x.number()) : x;
  }
  if (IsArrayLike(x)) {
    return vm.Guard([&] { return ArrayUnary(op, AsArray(x) ? AsArray(x)->array : Array(x.scalar())); });
  }
  const WellKnownNames& names = vm.names();
  Value result = CallSpecial(vm, x,
                             op == Bytecode::kNegative   ? names.neg
                             : op == Bytecode::kPositive ? names.pos
                                                         : names.invert);
  if (!result.IsUndefined()) return result;
  const char* text = op == Bytecode::kNegative ? "-" : op == Bytecode::kPositive ? "+" : "~";
  return vm.ThrowType(absl::StrCat("bad operand type for unary ", text, ": '", TypeName(vm, x), "'"));
}

}  // namespace lathe::script
