// The bridge between values and lathe::Array: conversions both ways, and operators, subscripts and attributes
// of arrays. These throw lathe::Error (or PendingError, if the VM holds an exception already): call them from
// natives or inside Vm::Guard.
#pragma once

#include <optional>
#include <vector>

#include "lathe/array.h"
#include "src/script/vm.h"

namespace lathe::script {

// An array as a value.
Value WrapArray(Array array);
// The result of an operation: a scalar if it has rank 0, as NumPy returns it.
Value WrapResult(Array array);
// True for an array, lazy scalars included.
inline ArrayObject* AsArray(const Value& x) { return x.As<ArrayObject>(); }
// An array that is no scalar.
inline ArrayObject* AsProperArray(const Value& x) {
  auto* array = x.As<ArrayObject>();
  return array && !array->scalar ? array : nullptr;
}

// Anything array-like: arrays, scalars, numbers, nested sequences. `dtype`: converted to it.
Array ToArray(Vm& vm, const Value& x, std::optional<DType> dtype = {});
// An operand of a ufunc: numbers stay weak. `storage` holds the array that the Input refers to.
Input ToInput(Vm& vm, const Value& x, Array* storage);
// The same for a value that is written somewhere and then dropped: an array that nothing else refers to is
// given away with it, and so need not be stored on its own.
Input ToLastInput(Vm& vm, const Value& x, Array* storage);
// The dtype that a value names: a dtype, class, or string. Throws TypeError.
DType ToDType(Vm& vm, const Value& x);
// A shape: an integer or a sequence of them.
Shape ToShape(Vm& vm, const Value& x);
// Axes as a reduction takes them: None, an integer or a tuple.
Over ToOver(Vm& vm, const Value& axis, const Value& keepdims);
// A number as a Scalar of the dtype NumPy gives it.
Scalar ToScalar(Vm& vm, const Value& x);
// A scalar converted as astype does.
Scalar ConvertScalar(Scalar scalar, DType dtype);
// The Python number of a scalar, as item() gives it.
Value PythonNumber(Scalar scalar);
// tolist(): nested lists of Python numbers.
Value ToList(const Array& array);

Value ArrayOperation(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place);
Value ArrayUnary(Bytecode op, const Array& x);
Value ArrayComparison(Vm& vm, Bytecode op, const Value& x, const Value& y);
Value ArrayGetItem(Vm& vm, const ArrayObject& array, const Value& index);
void ArraySetItem(Vm& vm, ArrayObject& array, const Value& index, const Value& value);
bool ArrayTruth(const Array& array);
// An iterator over the first dimension.
Value ArrayIterator(const Value& array);

// Calls a ufunc: arguments are its inputs, perhaps an output, and names (out, where, dtype).
Value CallUfunc(Vm& vm, const UfuncObject& ufunc, std::span<const Value> arguments,
                std::span<const Value> names);

}  // namespace lathe::script
