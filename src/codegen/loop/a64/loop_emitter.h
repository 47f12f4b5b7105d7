// Loop traces as code for AArch64, with what every processor of that kind has.
//
// x19 points to the context. x15, x16, x17, v30 and v31 are scratch, x18 is the system's; all others belong
// to values. Conditional jumps reach 1 MB, which the budget of the loop JIT stays far below: longer code is
// an error (LoopEmitter::Errors).
//
//   loop_basics.cc    registers, entry, moves, jumps
//   loop_integers.cc  integers, bools, comparisons
//   loop_floats.cc    floats, conversions
//   loop_memory.cc    addresses, reads and writes
//   listing.cc        asmjit's listings made readable
#pragma once

#include <asmjit/arm/a64assembler.h>
#include <asmjit/arm/a64utils.h>
#include <asmjit/core.h>

#include "src/codegen/loop/a64/listing.h"
#include "src/codegen/loop/loop_emitter.h"
#include "src/codegen/loop/loop_plan.h"

namespace lathe {

class A64LoopEmitter : public LoopEmitter {
 public:
  A64LoopEmitter(const Trace& trace, const LoopEmitOptions& options);

 private:
  using Gp = asmjit::arm::GpX;
  using Vec = asmjit::arm::Vec;
  using Mem = asmjit::arm::Mem;
  using Cond = asmjit::arm::CondCode;

  // Results; the base of an address and first operands; its index and second operands.
  static constexpr Register kScratch0 = 16, kScratch1 = 17, kScratch2 = 15;
  static constexpr Register kVectorScratch0 = 31, kVectorScratch1 = 30;
  static constexpr Register kContext = 19;

  // ---- Registers, moves and flow (loop_basics.cc)
  asmjit::Arch arch() const override { return asmjit::Arch::kAArch64; }
  asmjit::BaseAssembler& out() override { return a_; }
  static const LoopTarget& Target();
  void Enter() override;
  void Return() override;
  std::string Readable(std::string listing) const override { return ReadableA64Listing(listing); }
  void EmitPool() override;
  void Move(Register to, Register from) override;
  void MoveFloat(Register to, Register from) override;
  void Load(Register to, Word from) override;
  void LoadFloat(Register to, Word from) override;
  void LoadSingle(Register to, Word from) override;
  void Save(Word to, Register from) override;
  void SaveFloat(Word to, Register from) override;
  void SaveTwo(Word to, Register first, Register second) override;
  void SaveTwoFloats(Word to, Register first, Register second) override;
  void SetConstant(Register to, int64_t value) override;
  void SetFloat(Register to, uint64_t bits) override;
  void PointTo(Register to, Word word) override;
  void Extend(Register reg, DType dtype) override;
  void Jump(const Label& label) override { a_.b(label); }
  void JumpIfAttention(uint64_t address, const Label& label) override;
  void SetSite(uint32_t site) override;
  void CallFunction(uint64_t address) override;
  static Gp X(Register reg) { return Gp(reg); }
  static asmjit::arm::GpW W(Register reg) { return asmjit::arm::GpW(reg); }
  static Vec D(Register reg) { return asmjit::arm::VecD(reg); }
  static Vec Float(Register reg, bool single) { return single ? Vec(asmjit::arm::VecS(reg)) : D(reg); }
  static Mem MemoryOf(Word word) { return asmjit::arm::ptr(X(word.base), 8 * word.index); }
  // What an immediate operand of 12 bits, shifted by 0 or 12, can be.
  static bool IsAddable(int64_t value);
  // to = from + value; `scratch` may be changed, and is not `from`.
  void AddConstant(Register to, Register from, int64_t value, Register scratch);

  // ---- Integers (loop_integers.cc)
  void EmitSimple(Ref ref, Simple kind, Ref x, Ref y) override;
  bool EmitImmediate(Register to, Simple kind, Ref x, Ref y);
  void EmitChecked(Ref ref) override;
  void EmitNegation(Ref ref) override;
  void EmitAbs(Ref ref) override;
  void EmitExtreme(Ref ref, bool largest) override;
  void EmitDivision(Ref ref, bool remainder) override;
  void DivideByPowerOfTwo(Ref ref, bool remainder);
  void Shift(ShiftKind kind, Register to, Register from, int count) override;
  void EmitSelect(Ref ref) override;
  void EmitComparison(Ref ref, const Test& test) override;
  void JumpIfTest(const Test& test, bool truth, const Label& label) override;
  // Sets the flags for a test; what holds then if it is true.
  Cond SetFlags(const Test& test);
  void TestBits(Ref bits);
  void CompareWords(Ref x, Ref y);
  void CompareFloats(Ref x, Ref y);

  // ---- Floats (loop_floats.cc)
  void EmitArithmetic(Ref ref, Arithmetic kind, Ref x, Ref y) override;
  void EmitFloatUnary(Ref ref, FloatUnary kind) override;
  void EmitFloatExtreme(Ref ref, bool largest) override;
  void EmitRound(Ref ref, Rounding rounding) override;
  void EmitFloatSelect(Ref ref) override;
  void ConvertFloat(Register to, Register from, bool to_single) override;
  void ConvertToFloat(Register to, Register from, bool to_single) override;
  void ConvertToInteger(Register to, Register from, DType to_dtype, bool from_single) override;
  void FloatToBool(Register to, Register from, bool from_single) override;
  void IntegerToBool(Register to, Register from) override;

  // ---- Memory (loop_memory.cc)
  void EmitAddress(Ref ref) override;
  void EmitRead(Ref ref) override;
  void EmitWrite(Ref ref) override;
  Mem AddressOf(Ref address, int item);
  void AddIndex(Ref index, Ref stride);

  asmjit::a64::Assembler a_;
};

}  // namespace lathe
