// x[i], x[i] = v and del x[i] of every type.
#pragma once

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

// The value of a dict's key, or Undefined; Error if the key cannot be hashed.
Value DictGet(Vm& vm, DictObject& dict, const Value& key);
bool DictSet(Vm& vm, DictObject& dict, const Value& key, const Value& value);

}  // namespace lathe::script
