// Subscripts of the language's own types.
#include "src/script/subscripts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign_object.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"
#include "src/script/text.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

// Leaves *out if the part of a slice is not given.
bool SlicePart(Vm& vm, const Value& part, int64_t* out) {
  if (part.IsNone() || AsInteger(part, out)) return true;
  vm.ThrowType("slice indices must be integers or None or have an __index__ method");
  return false;
}

// The index of a sequence, made non-negative; false with an exception.
bool SequenceIndex(Vm& vm, const Value& index, int64_t length, const char* type, const char* range_error,
                   size_t* out) {
  int64_t k;
  if (!AsInteger(index, &k)) {
    // CPython 3.11 words this differently for strings.
    const bool string = std::string_view(type) == "string";
    vm.ThrowType(string
                     ? absl::StrCat("string indices must be integers, not '", TypeName(vm, index), "'")
                     : absl::StrCat(type, " indices must be integers or slices, not ", TypeName(vm, index)));
    return false;
  }
  if (k < 0) k += length;
  if (k < 0 || k >= length) {
    vm.Throw(ErrorKind::kIndex, range_error);
    return false;
  }
  *out = static_cast<size_t>(k);
  return true;
}

Value StringItem(Vm& vm, const StringObject& text, const Value& index) {
  if (auto* slice = index.As<SliceObject>()) {
    SliceRange range;
    if (!ResolveSlice(vm, *slice, text.length(), &range)) return Value::Error();
    std::string out;
    if (text.ascii() && !text.bytes()) {
      if (range.step == 1) return TextPart(vm, text, range.start, range.count);
      if (range.count == 1) return TextPart(vm, text, range.start, 1);
    }
    if (text.ascii() || text.bytes()) {
      for (int64_t k = 0; k < range.count; ++k)
        out += text.text()[static_cast<size_t>(range.start + k * range.step)];
      return Make<StringObject>(std::move(out), text.bytes());
    }
    std::vector<size_t> offsets;
    for (size_t at = 0; at < text.text().size(); at += Utf8Length(text.text(), at)) offsets.push_back(at);
    for (int64_t k = 0; k < range.count; ++k) {
      const size_t at = offsets[static_cast<size_t>(range.start + k * range.step)];
      out += text.text().substr(at, Utf8Length(text.text(), at));
    }
    return Str(std::move(out));
  }
  size_t k;
  if (!SequenceIndex(vm, index, text.length(), "string", "string index out of range", &k))
    return Value::Error();
  if (text.bytes()) return Value::Int(static_cast<unsigned char>(text.text()[k]));
  const size_t at = text.ascii() ? k : Utf8Offset(text.text(), static_cast<int64_t>(k));
  return vm.Character(std::string_view(text.text()).substr(at, Utf8Length(text.text(), at)));
}

Value RangeItem(Vm& vm, const RangeObject& range, const Value& index) {
  const int64_t length = range.Count();
  if (auto* slice = index.As<SliceObject>()) {
    SliceRange part;
    if (!ResolveSlice(vm, *slice, length, &part)) return Value::Error();
    const int64_t start = range.start + part.start * range.step;
    const int64_t step = range.step * part.step;
    return Make<RangeObject>(start, start + part.count * step, step);
  }
  size_t k;
  if (!SequenceIndex(vm, index, length, "range", "range object index out of range", &k))
    return Value::Error();
  return Value::Int(range.start + static_cast<int64_t>(k) * range.step);
}

Value ArchiveItem(Vm& vm, const ArchiveObject& archive, const Value& index) {
  const std::string name = index.As<StringObject>() ? index.Get<StringObject>()->text() : "";
  for (const auto& [key, array] : archive.members) {
    if (key == name) return WrapArray(array);
  }
  return vm.Throw(ErrorKind::kKey, absl::StrCat(name, " is not a file in the archive"));
}

// Replaces the items of a slice by those of `value`.
bool SetSlice(Vm& vm, ListObject& list, const SliceObject& slice, const Value& value) {
  SliceRange range;
  if (!ResolveSlice(vm, slice, static_cast<int64_t>(list.items.size()), &range)) return false;
  if (!SequenceItems(value) && !value.IsObject()) {
    vm.ThrowType("can only assign an iterable");
    return false;
  }
  std::vector<Value> collected;
  const std::vector<Value>* items =
      value.IsObject() && value.object() == &list ? nullptr : SequenceItems(value);
  if (!items) {
    if (!CollectItems(vm, value, &collected)) return false;
    items = &collected;
  }
  if (ReplaceSlice(list.items, range, *items)) return true;
  vm.ThrowValue(absl::StrCat("attempt to assign sequence of size ", items->size(),
                             " to extended slice of size ", range.count));
  return false;
}

}  // namespace

bool ResolveSlice(Vm& vm, const SliceObject& slice, int64_t length, SliceRange* range) {
  int64_t step = 1;
  if (!SlicePart(vm, slice.step, &step)) return false;
  if (step == 0) {
    vm.ThrowValue("slice step cannot be zero");
    return false;
  }
  int64_t start = step > 0 ? INT64_MIN : INT64_MAX, stop = step > 0 ? INT64_MAX : INT64_MIN;
  if (!SlicePart(vm, slice.start, &start) || !SlicePart(vm, slice.stop, &stop)) return false;
  *range = RangeOfSlice(start, stop, step, length);
  return true;
}

SliceRange RangeOfSlice(int64_t start, int64_t stop, int64_t step, int64_t length) {
  const bool up = step > 0;
  const auto clamped = [&](int64_t bound) {
    return std::clamp(bound < 0 ? bound + length : bound, up ? int64_t{0} : -1, up ? length : length - 1);
  };
  const int64_t first = clamped(start), last = clamped(stop);
  const int64_t distance = up ? last - first : first - last;
  const int64_t stride = up ? step : -std::max(step, -INT64_MAX);
  return {first, step, distance <= 0 ? 0 : (distance - 1) / stride + 1};
}

std::vector<Value> TakeSlice(const std::vector<Value>& items, const SliceRange& range) {
  std::vector<Value> out;
  out.reserve(static_cast<size_t>(range.count));
  for (int64_t k = 0; k < range.count; ++k)
    out.push_back(items[static_cast<size_t>(range.start + k * range.step)]);
  return out;
}

bool ReplaceSlice(std::vector<Value>& items, const SliceRange& range, std::span<const Value> by) {
  const auto count = static_cast<int64_t>(by.size());
  if (range.step != 1 && count != range.count) return false;
  const int64_t in_place = std::min(count, range.count);
  for (int64_t k = 0; k < in_place; ++k)
    items[static_cast<size_t>(range.start + k * range.step)] = by[static_cast<size_t>(k)];
  const auto next = items.begin() + range.start + in_place;
  if (count < range.count) items.erase(next, next + (range.count - count));
  if (count > range.count) items.insert(next, by.begin() + in_place, by.end());
  return true;
}

Value TextPart(Vm& vm, const StringObject& text, int64_t start, int64_t count) {
  const std::string_view part =
      count <= 0
          ? std::string_view()
          : std::string_view(text.text()).substr(static_cast<size_t>(start), static_cast<size_t>(count));
  return part.size() == 1 ? vm.Character(part) : Str(std::string(part));
}

Value DictGet(Vm& vm, DictObject& dict, const Value& key) {
  uint64_t hash;
  if (!Hash(vm, key, &hash)) return Value::Error();
  const Value* value = dict.table.Find(vm, key, hash);
  if (value) return *value;
  return vm.failed() ? Value::Error() : Value();
}

bool DictSet(Vm& vm, DictObject& dict, const Value& key, const Value& value) {
  uint64_t hash;
  if (!Hash(vm, key, &hash)) return false;
  return dict.table.Set(vm, key, hash, value);
}

Value GetItem(Vm& vm, const Value& x, const Value& index) {
  if (x.IsObject()) {
    switch (x.object()->kind()) {
      case ObjectKind::kList:
      case ObjectKind::kTuple: {
        const std::vector<Value>& items = *SequenceItems(x);
        const bool list = x.IsObject(ObjectKind::kList);
        const auto length = static_cast<int64_t>(items.size());
        if (auto* slice = index.As<SliceObject>()) {
          SliceRange range;
          if (!ResolveSlice(vm, *slice, length, &range)) return Value::Error();
          return list ? MakeList(TakeSlice(items, range)) : MakeTuple(TakeSlice(items, range));
        }
        size_t k;
        const bool found = SequenceIndex(vm, index, length, list ? "list" : "tuple",
                                         list ? "list index out of range" : "tuple index out of range", &k);
        return found ? items[k] : Value::Error();
      }
      case ObjectKind::kDict: {
        Value value = DictGet(vm, *x.Get<DictObject>(), index);
        if (!value.IsUndefined()) return value;
        Ref<ExceptionObject> missing =
            Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(ErrorKind::kKey)]);
        missing->arguments = {index};
        return vm.ThrowException(missing);
      }
      case ObjectKind::kString:
        return StringItem(vm, *x.Get<StringObject>(), index);
      case ObjectKind::kRange:
        return RangeItem(vm, *x.Get<RangeObject>(), index);
      case ObjectKind::kArchive:
        return ArchiveItem(vm, *x.Get<ArchiveObject>(), index);
      case ObjectKind::kArray:
        if (AsArray(x)->scalar && AsArray(x)->array.rank() == 0) break;
        return vm.Guard([&] { return ArrayGetItem(vm, *AsArray(x), index); });
      case ObjectKind::kForeign: {
        Value item = vm.Guard([&] { return x.Get<ForeignObject>()->GetItem(vm, index); });
        if (!item.IsUndefined()) return item;
        break;
      }
      case ObjectKind::kClass:
        // A subscripted class only occurs in annotations and type aliases: the class stands for itself.
        return x;
      default:
        break;
    }
  }
  if (x.IsScalar() || AsArray(x)) {
    if (index.As<TupleObject>() && index.Get<TupleObject>()->items.empty()) return x;
    return vm.Throw(ErrorKind::kIndex, "invalid index to scalar variable.");
  }
  Value special = CallSpecial(vm, x, vm.names().getitem, std::span(&index, 1));
  if (!special.IsUndefined()) return special;
  return vm.ThrowType(absl::StrCat("'", TypeName(vm, x), "' object is not subscriptable"));
}

bool SetItem(Vm& vm, const Value& x, const Value& index, const Value& value) {
  if (auto* list = x.As<ListObject>()) {
    if (auto* slice = index.As<SliceObject>()) return SetSlice(vm, *list, *slice, value);
    size_t k;
    if (!SequenceIndex(vm, index, static_cast<int64_t>(list->items.size()), "list",
                       "list assignment index out of range", &k)) {
      return false;
    }
    list->items[k] = value;
    return true;
  }
  if (auto* dict = x.As<DictObject>()) return DictSet(vm, *dict, index, value);
  if (AsProperArray(x)) {
    return !vm.Guard([&] {
                ArraySetItem(vm, *AsArray(x), index, value);
                return Value::None();
              }).IsError();
  }
  if (auto* foreign = x.As<ForeignObject>()) {
    const Value set = vm.Guard([&] { return Value::Bool(foreign->SetItem(vm, index, value)); });
    if (set.IsError()) return false;
    if (set.boolean()) return true;
  }
  const Value arguments[] = {index, value};
  Value special = CallSpecial(vm, x, vm.names().setitem, arguments);
  if (!special.IsUndefined()) return !special.IsError();
  vm.ThrowType(absl::StrCat("'", TypeName(vm, x), "' object does not support item assignment"));
  return false;
}

bool DeleteItem(Vm& vm, const Value& x, const Value& index) {
  if (auto* list = x.As<ListObject>()) {
    const auto length = static_cast<int64_t>(list->items.size());
    if (auto* slice = index.As<SliceObject>()) {
      SliceRange range;
      if (!ResolveSlice(vm, *slice, length, &range)) return false;
      std::vector<bool> dropped(list->items.size());
      for (int64_t k = 0; k < range.count; ++k)
        dropped[static_cast<size_t>(range.start + k * range.step)] = true;
      std::vector<Value> kept;
      for (size_t k = 0; k < dropped.size(); ++k) {
        if (!dropped[k]) kept.push_back(list->items[k]);
      }
      list->items.swap(kept);
      return true;
    }
    size_t k;
    if (!SequenceIndex(vm, index, length, "list", "list assignment index out of range", &k)) return false;
    const Value dropped = list->items[k];
    list->items.erase(list->items.begin() + static_cast<std::ptrdiff_t>(k));
    return true;
  }
  if (auto* dict = x.As<DictObject>()) {
    uint64_t hash;
    if (!Hash(vm, index, &hash)) return false;
    if (!dict->table.Remove(vm, index, hash).IsUndefined()) return true;
    if (vm.failed()) return false;
    Ref<ExceptionObject> missing =
        Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(ErrorKind::kKey)]);
    missing->arguments = {index};
    vm.ThrowException(missing);
    return false;
  }
  Value special = CallSpecial(vm, x, vm.names().delitem, std::span(&index, 1));
  if (!special.IsUndefined()) return !special.IsError();
  vm.ThrowType(absl::StrCat("'", TypeName(vm, x), "' object does not support item deletion"));
  return false;
}

}  // namespace lathe::script
