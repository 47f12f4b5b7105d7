// Operators and the questions asked of any value: truth, equality, order, hash, length, membership. Failures
// leave an exception in the VM; what returns int then returns -1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "src/script/vm.h"

namespace lathe::script {

// The operator of `op` (kAdd ... kBitXor); in place if asked and the left operand can.
// `stage`: the special methods before that one have been tried.
Value BinaryOperation(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place = false,
                      int stage = 0);
Value UnaryOperation(Vm& vm, Bytecode op, const Value& x);
// kLess ... kGreaterEqual; the result may be an array.
Value Compare(Vm& vm, Bytecode op, const Value& x, const Value& y, int stage = 0);

// The special method that an operator of instances asks first, from a stage on: of the left operand, or of
// the right one, whose method gets the operands the other way round. No function: there is none.
struct SpecialMethod {
  const Value* function = nullptr;
  bool reflected = false;
  int stage = 0;
};
SpecialMethod FindOperatorMethod(Vm& vm, Bytecode op, const Value& x, const Value& y, bool in_place,
                                 int stage);
SpecialMethod FindComparisonMethod(Vm& vm, Bytecode op, const Value& x, const Value& y, int stage);

int Truth(Vm& vm, const Value& x);
int Equal(Vm& vm, const Value& x, const Value& y);
// x < y, for sorting.
int Less(Vm& vm, const Value& x, const Value& y);
int Contains(Vm& vm, const Value& container, const Value& item);
bool Hash(Vm& vm, const Value& x, uint64_t* hash);
// The hash of a tuple of what has these hashes.
inline uint64_t HashOfItems(std::span<const uint64_t> hashes) {
  uint64_t combined = 0x345678;
  for (const uint64_t hash : hashes) combined = (combined ^ hash) * 0x9E3779B97F4A7C15u;
  return combined ^ (combined >> 32);
}
int64_t Length(Vm& vm, const Value& x);

// "+", "//", "<" as messages write them.
const char* OperatorText(Bytecode op);

// A lazy scalar made a plain one; any other value as it is.
Value Force(const Value& x);
// The number as a double; false for what is no number.
bool AsDouble(const Value& x, double* result);
// An integer, NumPy's included; false for what is none. Sets no exception.
bool AsInteger(const Value& x, int64_t* result);
// The same, with the exception "'float' object cannot be interpreted as an integer".
bool ToIndex(Vm& vm, const Value& x, int64_t* result);

// Integer arithmetic of the language; Error on overflow or division by zero.
Value IntegerOperation(Vm& vm, Bytecode op, int64_t x, int64_t y);
Value FloatOperation(Vm& vm, Bytecode op, double x, double y);
Value IntegerOverflow(Vm& vm);
double FloorMod(double x, double y);

// An operator between NumPy scalars, or one and a Python number (NEP 50). Undefined if `op` is for arrays
// only.
Value ScalarOperation(Vm& vm, Bytecode op, const Value& x, const Value& y);
Value ScalarComparison(Vm& vm, Bytecode op, const Value& x, const Value& y);

}  // namespace lathe::script
