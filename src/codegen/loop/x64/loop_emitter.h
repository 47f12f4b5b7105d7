// Loop traces as code for x86-64: SSE4.2, or AVX2 with FMA.
//
// r15 points to the context. rax, rcx, rdx, xmm14 and xmm15 are scratch; all others belong to values.
//
//   loop_basics.cc    registers, entry, moves, jumps
//   loop_integers.cc  integers, bools, comparisons
//   loop_floats.cc    floats, conversions
//   loop_memory.cc    addresses, reads and writes
#pragma once

#include <asmjit/x86.h>

#include "src/codegen/loop/loop_emitter.h"
#include "src/codegen/loop/loop_plan.h"

namespace lathe {

class X64LoopEmitter : public LoopEmitter {
 public:
  X64LoopEmitter(const Trace& trace, const LoopEmitOptions& options);

 private:
  using Gp = asmjit::x86::Gp;
  using Xmm = asmjit::x86::Xmm;
  using Mem = asmjit::x86::Mem;
  using Cond = asmjit::x86::CondCode;

  // ---- Registers, moves and flow (loop_basics.cc)
  asmjit::Arch arch() const override { return asmjit::Arch::kX64; }
  asmjit::BaseAssembler& out() override { return a_; }
  void Enter() override;
  void Return() override;
  void EmitPool() override;
  void Move(Register to, Register from) override;
  void MoveFloat(Register to, Register from) override;
  void Load(Register to, Word from) override;
  void LoadFloat(Register to, Word from) override;
  void LoadSingle(Register to, Word from) override;
  void Save(Word to, Register from) override;
  void SaveFloat(Word to, Register from) override;
  void SetConstant(Register to, int64_t value) override;
  void SetFloat(Register to, uint64_t bits) override;
  void PointTo(Register to, Word word) override;
  void Extend(Register reg, DType dtype) override;
  void Jump(const Label& label) override { a_.jmp(label); }
  void JumpIfAttention(uint64_t address, const Label& label) override;
  void SetSite(uint32_t site) override;
  void CallFunction(uint64_t address) override;
  static Gp GpOf(Register reg) { return asmjit::x86::gpq(reg); }
  static Xmm XmmOf(Register reg) { return asmjit::x86::xmm(reg); }
  static Register NumberOf(const asmjit::BaseReg& reg) { return static_cast<Register>(reg.id()); }
  static Mem MemoryOf(Word word) { return asmjit::x86::ptr(GpOf(word.base), 8 * word.index, 8); }
  Mem PoolWord(uint64_t bits) { return asmjit::x86::ptr(PoolLabel(bits, 0, false), 0, 8); }
  Mem PoolWide(uint64_t low, uint64_t high) { return asmjit::x86::ptr(PoolLabel(low, high, true), 0, 16); }
  void LoadFloatFrom(Xmm to, const Mem& from, bool single);
  // As LoopEmitter has them, in registers of asmjit's.
  Gp InGeneral(Ref ref, Gp scratch) { return GpOf(LoopEmitter::InGeneral(ref, NumberOf(scratch))); }
  Xmm InVector(Ref ref, Xmm scratch) { return XmmOf(LoopEmitter::InVector(ref, NumberOf(scratch))); }
  Gp GeneralTarget(Ref ref) const { return GpOf(LoopEmitter::GeneralTarget(ref)); }
  Xmm VectorTarget(Ref ref) const { return XmmOf(LoopEmitter::VectorTarget(ref)); }
  void StoreGeneral(Ref ref, Gp from) { LoopEmitter::StoreGeneral(ref, NumberOf(from)); }
  void StoreVector(Ref ref, Xmm from) { LoopEmitter::StoreVector(ref, NumberOf(from)); }
  void Extend(Gp reg, DType dtype) { Extend(NumberOf(reg), dtype); }
  void MoveTo(Gp to, Gp from) { Move(NumberOf(to), NumberOf(from)); }
  void MoveTo(Xmm to, Xmm from) { MoveFloat(NumberOf(to), NumberOf(from)); }

  // ---- Integers (loop_integers.cc)
  void EmitSimple(Ref ref, Simple kind, Ref x, Ref y) override;
  bool EmitLea(Ref ref, Simple kind, Ref x, Ref y);
  void ApplySimple(Simple kind, Gp to, Ref y);
  void EmitChecked(Ref ref) override;
  void EmitNegation(Ref ref) override;
  void EmitAbs(Ref ref) override;
  void EmitExtreme(Ref ref, bool largest) override;
  void EmitDivision(Ref ref, bool remainder) override;
  void DivideByPowerOfTwo(Ref ref, bool remainder);
  void RoundDown(bool remainder, const Label& done);
  void Shift(ShiftKind kind, Register to, Register from, int count) override;
  void EmitSelect(Ref ref) override;
  void EmitComparison(Ref ref, const Test& test) override;
  void JumpIfTest(const Test& test, bool truth, const Label& label) override;
  // Sets the flags for a test; what holds then if it is true. False if one flag test is not enough.
  bool SetFlags(const Test& test, Cond* holds);
  bool SetFloatFlags(const Test& test, Cond* holds);
  void TestBool(Ref x);
  void CompareWords(Ref x, Ref y);

  // ---- Floats (loop_floats.cc)
  void EmitArithmetic(Ref ref, Arithmetic kind, Ref x, Ref y) override;
  void EmitFloatUnary(Ref ref, FloatUnary kind) override;
  void EmitFloatExtreme(Ref ref, bool largest) override;
  void EmitRound(Ref ref, Rounding rounding) override;
  void EmitFloatSelect(Ref ref) override;
  bool IsMaskable(const Test& test, DType dtype) const;
  void EmitMaskedSelect(Ref ref, const Test& test);
  void CompareFloats(Ref x, Ref y);
  void ConvertFloat(Register to, Register from, bool to_single) override;
  void ConvertToFloat(Register to, Register from, bool to_single) override;
  void ConvertToInteger(Register to, Register from, DType to_dtype, bool from_single) override;
  void FloatToBool(Register to, Register from, bool from_single) override;
  void IntegerToBool(Register to, Register from) override;

  // ---- Memory (loop_memory.cc)
  void EmitAddress(Ref ref) override;
  void EmitRead(Ref ref) override;
  void EmitWrite(Ref ref) override;
  Mem AddressOf(Ref address);
  Mem AddressOf(const AddressParts& parts);
  Mem ElementOf(Ref read);
  void EmitUpdate(Ref write);

  const bool avx_;  // and FMA
  asmjit::x86::Assembler a_;
};

}  // namespace lathe
