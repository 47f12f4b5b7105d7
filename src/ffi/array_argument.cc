// Checks of array arguments.
#include "src/ffi/array_argument.h"

namespace lathe::ffi {

bool Accepts(const CType& target, DType dtype) {
  switch (target.kind) {
    case CKind::kVoid:
      return true;
    case CKind::kScalar:
      if (target.IsCharacter()) return dtype == DType::kInt8 || dtype == DType::kUInt8;
      return DTypeOf(target.scalar) == dtype;
    case CKind::kEnum:
      return target.complete && DTypeOf(target.scalar) == dtype;
    case CKind::kArray:
      return Accepts(*target.target.type, dtype);
    default:
      return false;
  }
}

bool LeastElements(const CParameter& parameter, const uint64_t* slots, std::optional<int64_t>* least) {
  least->reset();
  if (!parameter.length) return true;
  int64_t product = parameter.length->factor;
  for (const size_t other : parameter.length->parameters) {
    if (__builtin_mul_overflow(product, static_cast<int64_t>(slots[other]), &product)) return false;
  }
  *least = product;
  return true;
}

void* ArrayAddress(const CType& pointer, Array& array, std::optional<int64_t> least,
                   const std::string& where) {
  const CType& target = *pointer.target.type;
  if (!Accepts(target, array.dtype())) {
    throw DTypeError(where + ": '" + TypeText(pointer) + "' cannot point to an array of " +
                     std::string(Name(array.dtype())));
  }
  if (!array.is_contiguous()) {
    throw ValueError(
        where + ": the array is not contiguous, C would read its gaps; pass a copy: np.ascontiguousarray(x)");
  }
  if (!pointer.target.constant && !array.writable()) {
    throw ValueError(where + ": the array is read-only, but '" + TypeText(pointer) + "' lets C write to it");
  }
  if (least && array.size() < *least) {
    throw ValueError(where + ": the array has " + std::to_string(array.size()) +
                     " elements, the declaration asks for " + std::to_string(*least));
  }
  return pointer.target.constant ? const_cast<void*>(array.data()) : array.mutable_data();
}

}  // namespace lathe::ffi
