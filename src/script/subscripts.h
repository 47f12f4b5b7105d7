// x[i], x[i] = v and del x[i] of every type.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/script/vm.h"

namespace lathe::script {

Value GetItem(Vm& vm, const Value& x, const Value& index);
bool SetItem(Vm& vm, const Value& x, const Value& index, const Value& value);
bool DeleteItem(Vm& vm, const Value& x, const Value& index);

// A slice applied to a sequence of `length`: first index, step and number of items.
struct SliceRange {
  int64_t start, step, count;
};
bool ResolveSlice(Vm& vm, const SliceObject& slice, int64_t length, SliceRange* range);
// The same of integers, the step not 0. An end that is not given is INT64_MIN or INT64_MAX, by its side.
SliceRange RangeOfSlice(int64_t start, int64_t stop, int64_t step, int64_t length);
std::vector<Value> TakeSlice(const std::vector<Value>& items, const SliceRange& range);
// Replaces a slice of `items`; false if the items of a slice with a step are not as many. `by` lies
// elsewhere.
bool ReplaceSlice(std::vector<Value>& items, const SliceRange& range, std::span<const Value> by);
// Characters of an ASCII string.
Value TextPart(Vm& vm, const StringObject& text, int64_t start, int64_t count);

// The value of a dict's key, or Undefined; Error if the key cannot be hashed.
Value DictGet(Vm& vm, DictObject& dict, const Value& key);
bool DictSet(Vm& vm, DictObject& dict, const Value& key, const Value& value);

}  // namespace lathe::script
