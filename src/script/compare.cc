// Comparison, truth, membership, hash and length.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign_object.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

bool IsPlainNumber(const Value& x) { return x.IsIntegral() || x.IsFloat(); }

template <class T>
bool Ordered(Bytecode op, const T& x, const T& y) {
  switch (op) {
    case Bytecode::kLess:
      return x < y;
    case Bytecode::kLessEqual:
      return x <= y;
    case Bytecode::kEqual:
      return x == y;
    case Bytecode::kNotEqual:
      return x != y;
    case Bytecode::kGreater:
      return x > y;
    default:
      return x >= y;
  }
}

// An integer against a float, exactly: not every integer is a double.
bool CompareMixed(Bytecode op, int64_t x, double y) {
  if (std::isnan(y)) return op == Bytecode::kNotEqual;
  if (std::isinf(y) || std::fabs(y) >= 9.3e18) return Ordered(op, 0.0, y);
  return Ordered<long double>(op, static_cast<long double>(x), static_cast<long double>(y));
}

Bytecode Mirror(Bytecode op) {
  switch (op) {
    case Bytecode::kLess:
      return Bytecode::kGreater;
    case Bytecode::kLessEqual:
      return Bytecode::kGreaterEqual;
    case Bytecode::kGreater:
      return Bytecode::kLess;
    case Bytecode::kGreaterEqual:
      return Bytecode::kLessEqual;
    default:
      return op;
  }
}

bool CompareNumbers(Bytecode op, const Value& x, const Value& y) {
  if (x.IsIntegral() && y.IsIntegral()) return Ordered(op, x.integer(), y.integer());
  if (x.IsFloat() && y.IsFloat()) return Ordered(op, x.number(), y.number());
  return x.IsFloat() ? CompareMixed(Mirror(op), y.integer(), x.number())
                     : CompareMixed(op, x.integer(), y.number());
}

const Ref<StringObject>& MethodOf(Vm& vm, Bytecode op) {
  const WellKnownNames& names = vm.names();
  switch (op) {
    case Bytecode::kLess:
      return names.lt;
    case Bytecode::kLessEqual:
      return names.le;
    case Bytecode::kEqual:
      return names.eq;
    case Bytecode::kNotEqual:
      return names.ne;
    case Bytecode::kGreater:
      return names.gt;
    default:
      return names.ge;
  }
}

Value CompareInstances(Vm& vm, Bytecode op, const Value& x, const Value& y, int stage) {
  for (;;) {
    const SpecialMethod method = FindComparisonMethod(vm, op, x, y, stage);
    if (!method.function) break;
    const Value function = *method.function;
    Value result = method.reflected ? vm.Call(function, {y, x}) : vm.Call(function, {x, y});
    if (result.tag() != Tag::kNotImplemented) return result;
    stage = method.stage + 1;
  }
  if (op != Bytecode::kNotEqual) return Value();
  // != is the opposite of == unless the class says otherwise.
  const Value result = CallSpecial(vm, x, vm.names().eq, std::span(&y, 1));
  if (result.IsUndefined() || result.tag() == Tag::kNotImplemented) return Value();
  const int truth = result.IsError() ? -1 : Truth(vm, result);
  return truth < 0 ? Value::Error() : Value::Bool(truth == 0);
}

// Lists with lists, tuples with tuples; -1: failed.
int CompareSequences(Vm& vm, Bytecode op, const std::vector<Value>& x, const std::vector<Value>& y) {
  Vm::Nesting nesting(vm);
  if (!nesting) return -1;
  const bool equality = op == Bytecode::kEqual || op == Bytecode::kNotEqual;
  if (equality && x.size() != y.size()) return op == Bytecode::kNotEqual;
  for (size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
    const Value a = x[k], b = y[k];
    const int equal = a.Is(b) && !a.IsFloat() ? 1 : Equal(vm, a, b);
    if (equal < 0) return -1;
    if (equal == 1) continue;
    if (equality) return op == Bytecode::kNotEqual;
    const Value result = Compare(vm, op, a, b);
    return result.IsError() ? -1 : Truth(vm, result);
  }
  return Ordered(op, x.size(), y.size());
}

int EqualTables(Vm& vm, HashTable& x, HashTable& y, bool values) {
  if (x.size() != y.size()) return 0;
  Vm::Nesting nesting(vm);
  if (!nesting) return -1;
  int equal = 1;
  x.VisitEntries([&](const HashTable::Entry& entry) {
    const Value* found = y.Find(vm, entry.key, entry.hash);
    const Value other = found ? *found : Value();
    equal = vm.failed() ? -1 : !found ? 0 : values ? Equal(vm, entry.value, other) : 1;
    return equal == 1;
  });
  return equal;
}

// -1: failed.
int IsSubset(Vm& vm, HashTable& x, HashTable& y) {
  const bool all = x.VisitEntries(
      [&](const HashTable::Entry& entry) { return y.Find(vm, entry.key, entry.hash) != nullptr; });
  return vm.failed() ? -1 : all ? 1 : 0;
}

// Values of the same built-in type; Undefined if they have no such comparison.
Value CompareObjects(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  const bool equality = op == Bytecode::kEqual || op == Bytecode::kNotEqual;
  const auto answer = [](int truth) { return truth < 0 ? Value::Error() : Value::Bool(truth == 1); };
  const auto negated = [&](int equal) { return equal < 0 ? -1 : (equal == 1) == (op == Bytecode::kEqual); };
  if (!x.IsObject() || !y.IsObject() || x.object()->kind() != y.object()->kind()) return Value();
  switch (x.object()->kind()) {
    case ObjectKind::kString:
      if (x.Get<StringObject>()->bytes() != y.Get<StringObject>()->bytes()) return Value();
      return Value::Bool(Ordered(op, x.Get<StringObject>()->text(), y.Get<StringObject>()->text()));
    case ObjectKind::kList:
    case ObjectKind::kTuple:
      return answer(CompareSequences(vm, op, *SequenceItems(x), *SequenceItems(y)));
    case ObjectKind::kDict:
      if (!equality) return Value();
      return answer(negated(EqualTables(vm, x.Get<DictObject>()->table, y.Get<DictObject>()->table, true)));
    case ObjectKind::kSet: {
      HashTable& a = x.Get<SetObject>()->table;
      HashTable& b = y.Get<SetObject>()->table;
      if (equality) return answer(negated(EqualTables(vm, a, b, false)));
      const bool less = op == Bytecode::kLess || op == Bytecode::kLessEqual;
      const bool strict = op == Bytecode::kLess || op == Bytecode::kGreater;
      const int subset = less ? IsSubset(vm, a, b) : IsSubset(vm, b, a);
      return answer(subset == 1 && strict && a.size() == b.size() ? 0 : subset);
    }
    case ObjectKind::kRange: {
      if (!equality) return Value();
      const auto *a = x.Get<RangeObject>(), *b = y.Get<RangeObject>();
      const bool same =
          a->Count() == b->Count() &&
          (a->Count() == 0 || (a->start == b->start && (a->Count() == 1 || a->step == b->step)));
      return Value::Bool(same == (op == Bytecode::kEqual));
    }
    case ObjectKind::kDType:
      if (!equality) return Value();
      return Value::Bool((x.Get<DTypeObject>()->dtype == y.Get<DTypeObject>()->dtype) ==
                         (op == Bytecode::kEqual));
    case ObjectKind::kForeign: {
      const uint64_t a = x.Get<ForeignObject>()->Identity(), b = y.Get<ForeignObject>()->Identity();
      if (!equality || a == 0 || b == 0) return Value();
      return Value::Bool((a == b) == (op == Bytecode::kEqual));
    }
    case ObjectKind::kBoundMethod: {
      if (!equality) return Value();
      const auto *a = x.Get<BoundMethodObject>(), *b = y.Get<BoundMethodObject>();
      return Value::Bool((a->self.Is(b->self) && a->function.Is(b->function)) == (op == Bytecode::kEqual));
    }
    default:
      return Value();
  }
}

// dtype == np.float64, "float64" or float.
Value CompareDType(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  const bool equality = op == Bytecode::kEqual || op == Bytecode::kNotEqual;
  auto* dtype = x.As<DTypeObject>();
  const Value& other = dtype ? y : x;
  if (!dtype) dtype = y.As<DTypeObject>();
  if (!dtype || !equality || (!other.As<ClassObject>() && !other.As<StringObject>())) return Value();
  bool same = false;
  try {
    same = ToDType(vm, other) == dtype->dtype;
  } catch (const Error&) {
    same = false;
  }
  return Value::Bool(same == (op == Bytecode::kEqual));
}

}  // namespace

SpecialMethod FindComparisonMethod(Vm& vm, Bytecode op, const Value& x, const Value& y, int stage) {
  for (; stage < 2; ++stage) {
    const bool reflected = stage == 1;
    const Value* function = FindSpecial(reflected ? y : x, MethodOf(vm, reflected ? Mirror(op) : op));
    if (function) return {function, reflected, stage};
  }
  return {};
}

Value Compare(Vm& vm, Bytecode op, const Value& x, const Value& y, int stage) {
  if (IsPlainNumber(x) && IsPlainNumber(y)) return Value::Bool(CompareNumbers(op, x, y));
  const bool array = AsProperArray(x) || AsProperArray(y);
  if (array && !AsInstance(x) && !AsInstance(y)) {
    return vm.Guard([&] { return ArrayComparison(vm, op, x, y); });
  }
  if (x.IsScalar() || y.IsScalar() || AsArray(x) || AsArray(y)) {
    Value result = vm.Guard([&] { return ScalarComparison(vm, op, Force(x), Force(y)); });
    if (!result.IsUndefined()) return result;
  }
  Value result = CompareObjects(vm, op, x, y);
  if (result.IsUndefined() && (AsInstance(x) || AsInstance(y)))
    result = CompareInstances(vm, op, x, y, stage);
  if (result.IsUndefined()) result = CompareDType(vm, op, x, y);
  if (!result.IsUndefined()) return result;
  if (op == Bytecode::kEqual) return Value::Bool(x.Is(y));
  if (op == Bytecode::kNotEqual) return Value::Bool(!x.Is(y));
  return vm.ThrowType(absl::StrCat("'", OperatorText(op), "' not supported between instances of '",
                                   TypeName(vm, x), "' and '", TypeName(vm, y), "'"));
}

int Equal(Vm& vm, const Value& x, const Value& y) {
  const Value result = Compare(vm, Bytecode::kEqual, x, y);
  return result.IsError() ? -1 : Truth(vm, result);
}

int Less(Vm& vm, const Value& x, const Value& y) {
  const Value result = Compare(vm, Bytecode::kLess, x, y);
  return result.IsError() ? -1 : Truth(vm, result);
}

bool Vm::KeysEqual(const Value& a, const Value& b) {
  if (a.IsInt() && b.IsInt()) return a.integer() == b.integer();
  if (a.IsObject(ObjectKind::kString) && b.IsObject(ObjectKind::kString)) {
    const auto *x = a.Get<StringObject>(), *y = b.Get<StringObject>();
    return x->text() == y->text() && x->bytes() == y->bytes();
  }
  return Equal(*this, a, b) == 1;
}

int Truth(Vm& vm, const Value& x) {
  switch (x.tag()) {
    case Tag::kUndefined:
    case Tag::kError:
    case Tag::kNone:
      return 0;
    case Tag::kEllipsis:
    case Tag::kNotImplemented:
      return 1;
    case Tag::kBool:
    case Tag::kInt:
      return x.integer() != 0;
    case Tag::kFloat:
      return x.number() != 0;
    case Tag::kScalar:
      return VisitDType(x.scalar().dtype, [&](auto type) {
        using T = typename decltype(type)::type;
        return x.scalar().As<T>() != T{};
      });
    case Tag::kObject:
      break;
  }
  switch (x.object()->kind()) {
    case ObjectKind::kString:
      return !x.Get<StringObject>()->text().empty();
    case ObjectKind::kArray: {
      const Value truth = vm.Guard([&] { return Value::Bool(ArrayTruth(x.Get<ArrayObject>()->array)); });
      return truth.IsError() ? -1 : truth.boolean();
    }
    case ObjectKind::kList:
    case ObjectKind::kTuple:
    case ObjectKind::kDict:
    case ObjectKind::kSet:
    case ObjectKind::kRange:
    case ObjectKind::kDictView: {
      const int64_t length = Length(vm, x);
      return length < 0 ? -1 : length > 0;
    }
    case ObjectKind::kForeign:
      return x.Get<ForeignObject>()->Truth();
    default:
      break;
  }
  Value special = CallSpecial(vm, x, vm.names().boolean);
  if (special.IsError()) return -1;
  if (special.IsBool()) return special.boolean();
  if (!FindSpecial(x, vm.names().len)) return 1;
  const int64_t length = Length(vm, x);
  return length < 0 ? -1 : length > 0;
}

int64_t Length(Vm& vm, const Value& x) {
  if (x.IsObject()) {
    switch (x.object()->kind()) {
      case ObjectKind::kString:
        return x.Get<StringObject>()->length();
      case ObjectKind::kList:
      case ObjectKind::kTuple:
        return static_cast<int64_t>(SequenceItems(x)->size());
      case ObjectKind::kDict:
        return static_cast<int64_t>(x.Get<DictObject>()->table.size());
      case ObjectKind::kDictView:
        return static_cast<int64_t>(x.Get<DictViewObject>()->dict->table.size());
      case ObjectKind::kSet:
        return static_cast<int64_t>(x.Get<SetObject>()->table.size());
      case ObjectKind::kRange:
        return x.Get<RangeObject>()->Count();
      case ObjectKind::kArchive:
        return static_cast<int64_t>(x.Get<ArchiveObject>()->members.size());
      case ObjectKind::kForeign:
        if (const int64_t length = x.Get<ForeignObject>()->Length(); length >= 0) return length;
        break;
      case ObjectKind::kArray:
        if (AsProperArray(x)) {
          if (AsArray(x)->array.rank() > 0) return AsArray(x)->array.extent(0);
          vm.ThrowType("len() of unsized object");
          return -1;
        }
        break;
      default:
        break;
    }
  }
  Value special = CallSpecial(vm, x, vm.names().len);
  if (special.IsError()) return -1;
  if (special.IsInt()) {
    if (special.integer() >= 0) return special.integer();
    vm.ThrowValue("__len__() should return >= 0");
    return -1;
  }
  vm.ThrowType(absl::StrCat("object of type '", TypeName(vm, x), "' has no len()"));
  return -1;
}

// ---- Hash -------------------------------------------------------------------------------------------
namespace {

uint64_t HashFloat(double d) {
  if (d == std::floor(d) && std::fabs(d) < 9.2e18) return static_cast<uint64_t>(static_cast<int64_t>(d));
  uint64_t bits;
  std::memcpy(&bits, &d, sizeof bits);
  return bits ^ (bits >> 29);
}

}  // namespace

bool Hash(Vm& vm, const Value& x, uint64_t* hash) {
  switch (x.tag()) {
    case Tag::kBool:
    case Tag::kInt:
      *hash = static_cast<uint64_t>(x.integer());
      return true;
    case Tag::kFloat:
      *hash = HashFloat(x.number());
      return true;
    case Tag::kScalar:
      *hash = IsFloat(x.scalar().dtype) ? HashFloat(x.scalar().To<double>())
                                        : static_cast<uint64_t>(x.scalar().To<int64_t>());
      return true;
    case Tag::kObject:
      break;
    default:
      *hash = static_cast<uint64_t>(x.tag()) * 0x51ED27;
      return true;
  }
  switch (x.object()->kind()) {
    case ObjectKind::kString:
      *hash = x.Get<StringObject>()->hash();
      return true;
    case ObjectKind::kTuple: {
      Vm::Nesting nesting(vm);
      if (!nesting) return false;
      const std::vector<Value>& items = x.Get<TupleObject>()->items;
      absl::InlinedVector<uint64_t, 8> hashes(items.size());
      for (size_t k = 0; k < items.size(); ++k) {
        if (!Hash(vm, items[k], &hashes[k])) return false;
      }
      *hash = HashOfItems(hashes);
      return true;
    }
    case ObjectKind::kDType:
      *hash = static_cast<uint64_t>(x.Get<DTypeObject>()->dtype) + 77;
      return true;
    case ObjectKind::kArray:
      if (!AsProperArray(x)) return Hash(vm, Force(x), hash);
      break;
    case ObjectKind::kInstance: {
      Value special = CallSpecial(vm, x, vm.names().hash);
      if (special.IsError()) return false;
      if (special.IsInt()) {
        *hash = static_cast<uint64_t>(special.integer());
        return true;
      }
      if (FindSpecial(x, vm.names().eq)) break;
      *hash = reinterpret_cast<uintptr_t>(x.object()) >> 4;
      return true;
    }
    case ObjectKind::kForeign:
      if (const uint64_t identity = x.Get<ForeignObject>()->Identity()) {
        *hash = identity >> 4;
        return true;
      }
      *hash = reinterpret_cast<uintptr_t>(x.object()) >> 4;
      return true;
    case ObjectKind::kList:
    case ObjectKind::kDict:
    case ObjectKind::kSet:
    case ObjectKind::kSlice:
    case ObjectKind::kDictView:
      break;
    default:
      *hash = reinterpret_cast<uintptr_t>(x.object()) >> 4;
      return true;
  }
  vm.ThrowType(absl::StrCat("unhashable type: '", TypeName(vm, x), "'"));
  return false;
}

// ---- Membership -------------------------------------------------------------------------------------
namespace {

int ContainsInItems(Vm& vm, const Value& container, const Value& item) {
  const Value iterator = GetIterator(vm, container);
  if (iterator.IsError()) return -1;
  for (;;) {
    const Value candidate = NextOf(vm, iterator);
    if (candidate.IsError()) return -1;
    if (candidate.IsUndefined()) return 0;
    const int equal = candidate.Is(item) ? 1 : Equal(vm, candidate, item);
    if (equal != 0) return equal;
  }
}

int ContainsKey(Vm& vm, HashTable& table, const Value& key) {
  uint64_t hash;
  if (!Hash(vm, key, &hash)) return -1;
  if (table.Find(vm, key, hash)) return 1;
  return vm.failed() ? -1 : 0;
}

}  // namespace

int Contains(Vm& vm, const Value& container, const Value& item) {
  if (auto* text = container.As<StringObject>()) {
    auto* part = item.As<StringObject>();
    if (part) return text->text().find(part->text()) != std::string::npos;
    vm.ThrowType(absl::StrCat("'in <string>' requires string as left operand, not ", TypeName(vm, item)));
    return -1;
  }
  if (auto* dict = container.As<DictObject>()) return ContainsKey(vm, dict->table, item);
  if (auto* set = container.As<SetObject>()) return ContainsKey(vm, set->table, item);
  if (auto* view = container.As<DictViewObject>(); view && view->part == DictViewObject::Part::kKeys) {
    return ContainsKey(vm, view->dict->table, item);
  }
  if (auto* range = container.As<RangeObject>()) {
    int64_t k;
    if (item.IsIntegral() && AsInteger(item, &k)) {
      const bool inside =
          range->step > 0 ? k >= range->start && k < range->stop : k <= range->start && k > range->stop;
      return inside && (k - range->start) % range->step == 0;
    }
  }
  if (auto* archive = container.As<ArchiveObject>()) {
    auto* name = item.As<StringObject>();
    return name && std::any_of(archive->members.begin(), archive->members.end(),
                               [&](const auto& member) { return member.first == name->text(); });
  }
  if (AsProperArray(container)) {
    const Value found = vm.Guard([&] {
      const Value equal = ArrayComparison(vm, Bytecode::kEqual, container, item);
      return AsArray(equal) ? Value::Bool(Any(AsArray(equal)->array).item().To<bool>()) : equal;
    });
    return found.IsError() ? -1 : Truth(vm, found);
  }
  Value special = CallSpecial(vm, container, vm.names().contains, std::span(&item, 1));
  if (special.IsError()) return -1;
  if (!special.IsUndefined()) return Truth(vm, special);
  const bool iterable =
      container.IsObject() &&
      (SequenceItems(container) || AsInstance(container) || container.As<IteratorObject>() ||
       container.As<RangeObject>() || container.As<DictViewObject>() || container.As<FileObject>());
  if (!iterable || (AsInstance(container) && !FindSpecial(container, vm.names().iter) &&
                    !FindSpecial(container, vm.names().getitem))) {
    vm.ThrowType(absl::StrCat("argument of type '", TypeName(vm, container), "' is not iterable"));
    return -1;
  }
  return ContainsInItems(vm, container, item);
}

}  // namespace lathe::script
