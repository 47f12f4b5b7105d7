// Iteration over any value.
#pragma once

#include <vector>

#include "src/script/vm.h"

namespace lathe::script {

// An iterator of x; Error with "'int' object is not iterable".
Value GetIterator(Vm& vm, const Value& x);
// The iterator that the __iter__ of an instance has given.
Value IteratorGiven(Vm& vm, const Value& given);
// The next value of an iterator, Undefined at the end.
Value NextOf(Vm& vm, const Value& iterator);
// All items of x, appended to `items`.
bool CollectItems(Vm& vm, const Value& x, std::vector<Value>* items);
// An iterator over values collected already.
Value IterateOver(std::vector<Value> items, const char* name);

Value MakeEnumerate(Vm& vm, const Value& iterable, int64_t start);
Value MakeZip(Vm& vm, std::vector<Value> iterators, bool strict);
Value MakeMap(Vm& vm, Value function, std::vector<Value> iterators);
Value MakeFilter(Vm& vm, Value function, Value iterator);
Value MakeReversed(Vm& vm, const Value& sequence);

}  // namespace lathe::script
