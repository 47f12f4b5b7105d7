// Loads and stores of elements at a stride, one by one.
#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

}  // namespace

A64Vector A64Emitter::LoadStrided(DType dtype, const A64Strided& from) {
  if (lanes_ == 1) return Load(dtype, a64::ptr(from.pointer));
  const int width = Width(dtype);
  const bool narrow = ItemSize(dtype) < 4;
  const Gp next = cc_.newInt64();
  cc_.mov(next, from.pointer);
  Vec value = New();
  for (int lane = 0; lane < lanes_; ++lane) {
    if (narrow) {
      const Gp element = LoadInteger(dtype, a64::ptr(next));
      if (lane == 0) {
        value = SplatGp(element, width);
      } else {
        cc_.ins(Lane(value, width, lane), width == 8 ? static_cast<const Gp&>(element.x()) : element.w());
      }
    } else {
      const Vec element = lane == 0 ? value : New();
      cc_.ldr(Scalar(element, width), a64::ptr(next));
      if (lane > 0) cc_.ins(Lane(value, width, lane), Lane(element, width, 0));
    }
    if (lane + 1 < lanes_) cc_.add(next, next, from.stride);
  }
  return {IsBool(dtype) ? Unary(Inst::kIdNeg_v, value, width) : value, dtype};
}

void A64Emitter::StoreStrided(const A64Strided& to, const A64Vector& value) {
  if (lanes_ == 1) return Store(a64::ptr(to.pointer), value);
  const int item = ItemSize(value.dtype);
  const Vec packed = Packed(value);
  const Gp next = cc_.newInt64();
  cc_.mov(next, to.pointer);
  for (int lane = 0; lane < lanes_; ++lane) {
    const Gp element = cc_.newInt64();
    cc_.umov(item == 8 ? static_cast<const Gp&>(element.x()) : element.w(), Lane(packed, item, lane));
    StoreInteger(element, item, a64::ptr(next));
    if (lane + 1 < lanes_) cc_.add(next, next, to.stride);
  }
}

void A64Emitter::AdvanceStrided(const A64Strided& pointer) {
  const int shift = lanes_ == 4 ? 2 : lanes_ == 2 ? 1 : 0;
  cc_.add(pointer.pointer, pointer.pointer, pointer.stride, a64::lsl(shift));
}

}  // namespace lathe
