// Registers, entry and exit, moves and jumps.
#include <iterator>

#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

constexpr Register kGeneral[] = {x86::Gp::kIdBx,  x86::Gp::kIdBp,  x86::Gp::kIdR12, x86::Gp::kIdR13,
                                 x86::Gp::kIdR14, x86::Gp::kIdSi,  x86::Gp::kIdDi,  x86::Gp::kIdR8,
                                 x86::Gp::kIdR9,  x86::Gp::kIdR10, x86::Gp::kIdR11};
constexpr Register kVector[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
constexpr Register kGeneralScratch[] = {x86::Gp::kIdAx, x86::Gp::kIdCx, x86::Gp::kIdDx};
constexpr Register kVectorScratch[] = {15, 14};
constexpr Register kArguments[] = {x86::Gp::kIdDi, x86::Gp::kIdSi, x86::Gp::kIdDx,
                                   x86::Gp::kIdCx, x86::Gp::kIdR8, x86::Gp::kIdR9};

constexpr Register kPushed[] = {3, 6, 12, 13, 14, 15};  // DWARF's numbers

// System V's calling convention.
constexpr LoopTarget kTarget = {
    .general = kGeneral,
    .vector = kVector,
    .preserved_general = 5,
    .preserved_vector = 0,
    .general_scratch = kGeneralScratch,
    .vector_scratch = kVectorScratch,
    .context = x86::Gp::kIdR15,
    .inputs = x86::Gp::kIdAx,
    .arguments = kArguments,
    .vector_arguments = 8,
    .result = x86::Gp::kIdAx,
    .memory_operands = true,
    // The return address, six registers and eight bytes for alignment.
    .frame_bytes = 64,
    .pushed = kPushed,
};

}  // namespace

X64LoopEmitter::X64LoopEmitter(const Trace& trace, const LoopEmitOptions& options)
    : LoopEmitter(trace, options, kTarget), avx_(options.level != VectorLevel::kSse42) {}

// ---- Entry and exit ---------------------------------------------------------------------------------
void X64LoopEmitter::Enter() {
  for (const Gp& reg : {x86::rbx, x86::rbp, x86::r12, x86::r13, x86::r14, x86::r15}) a_.push(reg);
  a_.sub(x86::rsp, 8);
  a_.mov(x86::rax, x86::rdi);
  a_.mov(x86::r15, x86::rsi);
}

void X64LoopEmitter::Return() {
  a_.add(x86::rsp, 8);
  for (const Gp& reg : {x86::r15, x86::r14, x86::r13, x86::r12, x86::rbp, x86::rbx}) a_.pop(reg);
  a_.ret();
}

void X64LoopEmitter::EmitPool() {
  a_.align(asmjit::AlignMode::kData, 16);
  for (const auto& [bits, label] : wide_pool_) {
    a_.bind(label);
    const uint64_t words[] = {bits.first, bits.second};
    a_.embed(words, sizeof words);
  }
  for (const auto& [bits, label] : pool_) {
    a_.bind(label);
    a_.embed(&bits.first, sizeof bits.first);
  }
}

void X64LoopEmitter::SetSite(uint32_t site) { a_.mov(x86::eax, site); }

void X64LoopEmitter::CallFunction(uint64_t address) {
  a_.mov(x86::rax, address);
  a_.call(x86::rax);
}

// The stack pointer, whose low half is never all ones, is below kAttention and not below kNoAttention: a
// comparison without an immediate is one operation with its jump.
void X64LoopEmitter::JumpIfAttention(uint64_t address, const Label& label) {
  Mem word = x86::dword_ptr(x86::rax);
  if (address <= INT32_MAX) {
    word = x86::dword_ptr(address);
    word.setAbs();
  } else {
    a_.mov(x86::rax, address);
  }
  a_.cmp(x86::esp, word);
  a_.jb(label);
}

// ---- Moves ------------------------------------------------------------------------------------------
void X64LoopEmitter::Move(Register to, Register from) {
  if (to != from) a_.mov(GpOf(to), GpOf(from));
}

void X64LoopEmitter::MoveFloat(Register to, Register from) {
  if (to == from) return;
  if (avx_) {
    a_.vmovaps(XmmOf(to), XmmOf(from));
  } else {
    a_.movaps(XmmOf(to), XmmOf(from));
  }
}

void X64LoopEmitter::Load(Register to, Word from) { a_.mov(GpOf(to), MemoryOf(from)); }
void X64LoopEmitter::Save(Word to, Register from) { a_.mov(MemoryOf(to), GpOf(from)); }

void X64LoopEmitter::LoadFloat(Register to, Word from) { LoadFloatFrom(XmmOf(to), MemoryOf(from), false); }

void X64LoopEmitter::LoadSingle(Register to, Word from) {
  Mem memory = MemoryOf(from);
  memory.setSize(4);
  LoadFloatFrom(XmmOf(to), memory, true);
}

void X64LoopEmitter::LoadFloatFrom(Xmm to, const Mem& from, bool single) {
  if (single) {
    avx_ ? a_.vmovss(to, from) : a_.movss(to, from);
  } else {
    avx_ ? a_.vmovsd(to, from) : a_.movsd(to, from);
  }
}

void X64LoopEmitter::SaveFloat(Word to, Register from) {
  if (avx_) {
    a_.vmovsd(MemoryOf(to), XmmOf(from));
  } else {
    a_.movsd(MemoryOf(to), XmmOf(from));
  }
}

void X64LoopEmitter::SetConstant(Register to, int64_t value) {
  const Gp reg = GpOf(to);
  if (value == 0) {
    // Not xor, which would change the flags that a caller may just have set.
    a_.mov(reg.r32(), 0);
  } else if (value == static_cast<int64_t>(static_cast<uint32_t>(value))) {
    a_.mov(reg.r32(), static_cast<uint32_t>(value));
  } else {
    a_.mov(reg, value);
  }
}

void X64LoopEmitter::SetFloat(Register to, uint64_t bits) {
  const Xmm reg = XmmOf(to);
  if (bits != 0) return LoadFloatFrom(reg, PoolWord(bits), false);
  avx_ ? a_.vxorps(reg, reg, reg) : a_.xorps(reg, reg);
}

void X64LoopEmitter::PointTo(Register to, Word word) { a_.lea(GpOf(to), MemoryOf(word)); }

void X64LoopEmitter::Extend(Register number, DType dtype) {
  const Gp reg = GpOf(number);
  switch (dtype) {
    case DType::kInt8:
      a_.movsx(reg, reg.r8());
      break;
    case DType::kUInt8:
    case DType::kBool:
      a_.movzx(reg.r32(), reg.r8());
      break;
    case DType::kInt16:
      a_.movsx(reg, reg.r16());
      break;
    case DType::kUInt16:
      a_.movzx(reg.r32(), reg.r16());
      break;
    case DType::kInt32:
      a_.movsxd(reg, reg.r32());
      break;
    case DType::kUInt32:
      a_.mov(reg.r32(), reg.r32());
      break;
    default:
      break;
  }
}

}  // namespace lathe
