// Loads and stores of elements at a stride.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

x86::Mem At(const x86::Gp& base, int bytes) { return x86::ptr(base, 0, static_cast<uint32_t>(bytes)); }

}  // namespace

// Up to four elements of 4 bytes, or two of 8, from the first on.
X64Emitter::Vec X64Emitter::GatherPart(DType dtype, const StridedPointer& from) {
  const auto item = static_cast<uint32_t>(ItemSize(dtype));
  const x86::Mem second = x86::ptr(from.pointer, from.stride, 0, 0, item);
  if (item == 8) {
    const Vec low = Unary(Inst::kIdVmovsd, Inst::kIdMovsd, At(from.pointer, 8), 16);
    return Binary(Inst::kIdVmovhpd, Inst::kIdMovhpd, low, second);
  }
  Vec dst = Unary(Inst::kIdVmovss, Inst::kIdMovss, At(from.pointer, 4), 16);
  dst = Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, second, 0x10);
  if (lanes_ == 2) return dst;
  const x86::Mem third = x86::ptr(from.pointer, from.stride, 1, 0, item);
  const x86::Mem fourth = x86::ptr(from.pointer, from.three_strides, 0, 0, item);
  dst = Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, third, 0x20);
  return Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, fourth, 0x30);
}

// Narrow elements, through the stack.
Vector X64Emitter::LoadThroughStack(DType dtype, const StridedPointer& from) {
  const int item = ItemSize(dtype);
  const x86::Mem stack = cc_.newStack(kStackSlot, 32);
  const x86::Gp next = cc_.newIntPtr();
  const x86::Gp value = cc_.newInt32();
  cc_.mov(next, from.pointer);
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem to = stack.cloneAdjusted(lane * item);
    to.setSize(static_cast<uint32_t>(item));
    cc_.movzx(value, At(next, item));
    cc_.mov(to, item == 2 ? static_cast<const x86::Gp&>(value.r16()) : value.r8());
    if (lane + 1 < lanes_) cc_.add(next, from.stride);
  }
  return Load(dtype, stack);
}

Vector X64Emitter::LoadStrided(DType dtype, const StridedPointer& from) {
  const int item = ItemSize(dtype);
  if (lanes_ == 1) return Load(dtype, x86::ptr(from.pointer));
  if (item < 4) return LoadThroughStack(dtype, from);
  if (lanes_ * item <= 16) return {GatherPart(dtype, from), dtype};
  const int lanes = lanes_ / 2;
  X64Emitter half = WithLanes(lanes);
  const Vector low = half.LoadStrided(dtype, from);
  StridedPointer next = from;
  next.pointer = cc_.newIntPtr();
  cc_.mov(next.pointer, from.pointer);
  half.AdvanceStrided(next);
  const Vector high = half.LoadStrided(dtype, next);
  return {Joined(half.Use(low), half.Use(high)), dtype};
}

void X64Emitter::StoreStrided(const StridedPointer& to, const Vector& value) {
  const int item = ItemSize(value.dtype);
  if (lanes_ == 1) return Store(x86::ptr(to.pointer), value);
  const x86::Gp address = cc_.newIntPtr();
  cc_.mov(address, to.pointer);
  StoreLanes({address, to.stride, {}}, Packed(value), item, lanes_);
}

// `count` elements of `item` bytes, which lie densely in `packed`; moves the pointer past them.
void X64Emitter::StoreLanes(const StridedPointer& to, const Vec& packed, int item, int count) {
  const int bytes = count * item;
  if (bytes > 16) {
    StoreLanes(to, Part(packed, bytes / 2), item, count / 2);
    return StoreLanes(to, High(Part(packed, bytes)), item, count / 2);
  }
  const Vec part = packed.xmm();
  for (int lane = 0; lane < count; ++lane) {
    const x86::Mem element = At(to.pointer, item);
    if (item == 8) {
      const Id low = avx() ? Inst::kIdVmovlps : Inst::kIdMovlps;
      cc_.emit(lane == 0 ? low : avx() ? Inst::kIdVmovhps : Inst::kIdMovhps, element, part);
    } else if (item == 4) {
      cc_.emit(avx() ? Inst::kIdVextractps : Inst::kIdExtractps, element, part, imm(lane));
    } else if (item == 2) {
      cc_.emit(avx() ? Inst::kIdVpextrw : Inst::kIdPextrw, element, part, imm(lane));
    } else {
      cc_.emit(avx() ? Inst::kIdVpextrb : Inst::kIdPextrb, element, part, imm(lane));
    }
    cc_.add(to.pointer, to.stride);
  }
}

void X64Emitter::AdvanceStrided(const StridedPointer& pointer) {
  const auto advance = [&](uint32_t shift) {
    cc_.lea(pointer.pointer, x86::ptr(pointer.pointer, pointer.stride, shift));
  };
  if (lanes_ == 16) advance(3);
  advance(lanes_ >= 8 ? 3 : lanes_ == 4 ? 2 : lanes_ == 2 ? 1 : 0);
}

}  // namespace lathe
