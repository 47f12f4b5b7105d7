// Registers, entry and exit, moves and jumps.
#include <array>
#include <bit>

#include "src/codegen/loop/a64/loop_emitter.h"

namespace lathe {

namespace a64 = asmjit::a64;

namespace {

constexpr Register kGeneral[] = {20, 21, 22, 23, 24, 25, 26, 27, 28, 0,  1,  2,
                                 3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14};
// Of v8 to v15 a called function preserves the low halves: all that a value has.
constexpr Register kVector[] = {8, 9,  10, 11, 12, 13, 14, 15, 0,  1,  2,  3,  4,  5,  6,
                                7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
constexpr Register kArguments[] = {0, 1, 2, 3, 4, 5, 6, 7};
constexpr int kFrame = 160;

}  // namespace

// The calling convention of AAPCS64.
const LoopTarget& A64LoopEmitter::Target() {
  static constexpr Register kGeneralScratch[] = {kScratch0, kScratch1, kScratch2};
  static constexpr Register kVectorScratch[] = {kVectorScratch0, kVectorScratch1};
  // DWARF's numbers in the order in which a frame of pushes would have them, from the caller's stack down.
  static constexpr Register kPushed[] = {79, 78, 77, 76, 75, 74, 73, 72, 28, 27,
                                         26, 25, 24, 23, 22, 21, 20, 19, 30, 29};
  static constexpr LoopTarget kTarget = {
      .general = kGeneral,
      .vector = kVector,
      .preserved_general = 9,
      .preserved_vector = 8,
      .general_scratch = kGeneralScratch,
      .vector_scratch = kVectorScratch,
      .context = kContext,
      .inputs = kScratch0,
      .arguments = kArguments,
      .vector_arguments = 8,
      .result = 0,
      .memory_operands = false,
      .frame_bytes = kFrame,
      .pushed = kPushed,
  };
  return kTarget;
}

A64LoopEmitter::A64LoopEmitter(const Trace& trace, const LoopEmitOptions& options)
    : LoopEmitter(trace, options, Target()) {}

// ---- Entry and exit ---------------------------------------------------------------------------------
void A64LoopEmitter::Enter() {
  a_.stp(a64::x29, a64::x30, a64::ptr_pre(a64::sp, -kFrame));
  a_.mov(a64::x29, a64::sp);
  for (Register k = 0; k < 10; k += 2) a_.stp(X(19 + k), X(20 + k), a64::ptr(a64::sp, 16 + 8 * k));
  for (Register k = 0; k < 8; k += 2) a_.stp(D(8 + k), D(9 + k), a64::ptr(a64::sp, 96 + 8 * k));
  Move(kScratch0, 0);
  Move(kContext, 1);
}

void A64LoopEmitter::Return() {
  Move(0, kScratch0);
  for (Register k = 0; k < 10; k += 2) a_.ldp(X(19 + k), X(20 + k), a64::ptr(a64::sp, 16 + 8 * k));
  for (Register k = 0; k < 8; k += 2) a_.ldp(D(8 + k), D(9 + k), a64::ptr(a64::sp, 96 + 8 * k));
  a_.ldp(a64::x29, a64::x30, a64::ptr_post(a64::sp, kFrame));
  a_.ret(a64::x30);
}

void A64LoopEmitter::EmitPool() {
  if (pool_.empty()) return;
  a_.align(asmjit::AlignMode::kData, 8);
  for (const auto& [bits, label] : pool_) {
    a_.bind(label);
    a_.embed(&bits.first, sizeof bits.first);
  }
}

// x0 may hold a value that is yet to be dumped: Return moves the number there.
void A64LoopEmitter::SetSite(uint32_t site) { SetConstant(kScratch0, site); }

void A64LoopEmitter::CallFunction(uint64_t address) {
  SetConstant(kScratch0, static_cast<int64_t>(address));
  a_.blr(X(kScratch0));
}

void A64LoopEmitter::JumpIfAttention(uint64_t address, const Label& label) {
  a_.ldr(X(kScratch0), a64::ptr(PoolLabel(address, 0, false)));
  a_.ldr(W(kScratch0), a64::ptr(X(kScratch0)));
  a_.cbnz(W(kScratch0), label);
}

// ---- Moves ------------------------------------------------------------------------------------------
void A64LoopEmitter::Move(Register to, Register from) {
  if (to != from) a_.mov(X(to), X(from));
}

void A64LoopEmitter::MoveFloat(Register to, Register from) {
  if (to != from) a_.fmov(D(to), D(from));
}

void A64LoopEmitter::Load(Register to, Word from) { a_.ldr(X(to), MemoryOf(from)); }
void A64LoopEmitter::Save(Word to, Register from) { a_.str(X(from), MemoryOf(to)); }
void A64LoopEmitter::LoadFloat(Register to, Word from) { a_.ldr(D(to), MemoryOf(from)); }
void A64LoopEmitter::LoadSingle(Register to, Word from) { a_.ldr(Float(to, true), MemoryOf(from)); }
void A64LoopEmitter::SaveFloat(Word to, Register from) { a_.str(D(from), MemoryOf(to)); }
void A64LoopEmitter::SaveTwo(Word to, Register first, Register second) {
  a_.stp(X(first), X(second), MemoryOf(to));
}
void A64LoopEmitter::SaveTwoFloats(Word to, Register first, Register second) {
  a_.stp(D(first), D(second), MemoryOf(to));
}

// The fewest of movz or movn and movk, by parts of 16 bits; or one orr of a pattern.
void A64LoopEmitter::SetConstant(Register to, int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  int zeros = 0, ones = 0;
  for (uint32_t shift = 0; shift < 64; shift += 16) {
    const uint64_t part = (bits >> shift) & 0xffff;
    zeros += part == 0;
    ones += part == 0xffff;
  }
  if (zeros < 3 && ones < 3 && a64::Utils::isLogicalImm(bits, 64)) {
    a_.orr(X(to), a64::xzr, bits);
    return;
  }
  const bool inverted = ones > zeros;
  const uint64_t usual = inverted ? 0xffff : 0;
  bool first = true;
  for (uint32_t shift = 0; shift < 64; shift += 16) {
    const uint64_t part = (bits >> shift) & 0xffff;
    // One instruction is needed even if all parts are as usual.
    if (part == usual && !(shift == 0 && (zeros == 4 || ones == 4))) continue;
    if (!first) {
      a_.movk(X(to), part, shift);
    } else if (inverted) {
      a_.movn(X(to), part ^ 0xffff, shift);
    } else {
      a_.movz(X(to), part, shift);
    }
    first = false;
  }
}

void A64LoopEmitter::SetFloat(Register to, uint64_t bits) {
  if (bits == 0) {
    a_.movi(D(to), 0);
  } else if (a64::Utils::isFP64Imm8(bits)) {
    a_.fmov(D(to), std::bit_cast<double>(bits));
  } else if (bits <= UINT32_MAX && a64::Utils::isFP32Imm8(static_cast<uint32_t>(bits))) {
    a_.fmov(Float(to, true), std::bit_cast<float>(static_cast<uint32_t>(bits)));
  } else {
    a_.ldr(D(to), a64::ptr(PoolLabel(bits, 0, false)));
  }
}

bool A64LoopEmitter::IsAddable(int64_t value) {
  return (value >= 0 && value < 4096) || (value > 0 && value < (1 << 24) && value % 4096 == 0);
}

void A64LoopEmitter::AddConstant(Register to, Register from, int64_t value, Register scratch) {
  if (value == 0) return Move(to, from);
  const bool negative = value < 0 && value > -(1 << 24);
  const int64_t size = negative ? -value : value;
  const auto add = [&](Register source, int64_t part) {
    negative ? a_.sub(X(to), X(source), part) : a_.add(X(to), X(source), part);
  };
  if (IsAddable(size)) {
    add(from, size);
  } else if (size > 0 && size < (1 << 24)) {
    add(from, size & ~int64_t{4095});
    add(to, size & 4095);
  } else {
    SetConstant(scratch, value);
    a_.add(X(to), X(from), X(scratch));
  }
}

void A64LoopEmitter::PointTo(Register to, Word word) {
  AddConstant(to, word.base, int64_t{8} * word.index, to);
}

void A64LoopEmitter::Extend(Register reg, DType dtype) {
  switch (dtype) {
    case DType::kInt8:
      a_.sxtb(X(reg), W(reg));
      break;
    case DType::kUInt8:
    case DType::kBool:
      a_.uxtb(W(reg), W(reg));
      break;
    case DType::kInt16:
      a_.sxth(X(reg), W(reg));
      break;
    case DType::kUInt16:
      a_.uxth(W(reg), W(reg));
      break;
    case DType::kInt32:
      a_.sxtw(X(reg), W(reg));
      break;
    case DType::kUInt32:
      a_.mov(W(reg), W(reg));
      break;
    default:
      break;
  }
}

}  // namespace lathe
