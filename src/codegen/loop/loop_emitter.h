// Machine code of a loop trace, written straight through asmjit's Assembler into the places that the register
// allocation chose. This class knows all that is not an instruction: the order of blocks, guards and exits,
// moves, calls, which op is which kind of instruction. An instruction set derives from it (x64/, a64/) and
// knows registers and instructions.
//
// One register points to the context, an array of words that outlives the call: the exit dump, slots, and
// room for calls and, behind the slots, for the words of `invoke`. Some registers are scratch; all others
// belong to values. An exit jumps to a stub that loads the number of its site and falls into common code
// which dumps all registers into the context and returns: what the values of the snapshot are is then read by
// a table (ExitSite).
//
//   loop_plan.cc        what becomes a part of another instruction
//   allocation.cc       registers
//   loop_flow.cc        entry, blocks, guards, jumps, exits
//   loop_moves.cc       places and moves between them
//   loop_operations.cc  which op is which kind of instruction, comparisons, conversions
//   loop_calls.cc       calls
#pragma once

#include <asmjit/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/codegen/loop/allocation.h"
#include "src/codegen/loop/loop_code.h"
#include "src/recorder/ir/printer.h"

namespace lathe {

class LoopEmitter {
 public:
  virtual ~LoopEmitter() = default;
  LoopEmitter(const LoopEmitter&) = delete;
  LoopEmitter& operator=(const LoopEmitter&) = delete;
  // Code that this machine can run.
  absl::StatusOr<LoopCode> Emit();
  // The bytes that would lie at address 0, if LoopEmitOptions::elsewhere; then there is a listing, too.
  absl::StatusOr<std::string> EmitBytes();
  const std::string& listing() const { return result_.listing; }
  // Words of the context that the trace needs; known after construction.
  size_t context_words() const;

 protected:
  using Label = asmjit::Label;
  // A word of memory.
  struct Word {
    Register base = 0;
    int index = 0;
  };
  enum class Simple : uint8_t { kAdd, kSub, kMul, kAnd, kOr, kXor };
  enum class Arithmetic : uint8_t { kAdd, kSub, kMul, kDiv };
  enum class FloatUnary : uint8_t { kNeg, kAbs, kSqrt };
  enum class Rounding : uint8_t { kFloor, kCeil, kTrunc, kEven };
  enum class ShiftKind : uint8_t { kLeft, kLogicalRight, kArithmeticRight };

  // What a condition asks for. `kTruth`: whether the bool x is true.
  enum class Compared : uint8_t { kTruth, kSigned, kUnsigned, kFloat };
  struct Test {
    Compared what = Compared::kTruth;
    Op relation = Op::kNotEqual;  // kEqual to kGreaterEqual
    Ref x = kNoRef, y = kNoRef;
    bool negated = false;  // of floats no relation says so: NaN makes all but kNotEqual false
  };

  LoopEmitter(const Trace& trace, const LoopEmitOptions& options, const LoopTarget& target);

  // ---- What an instruction set implements -------------------------------------------------------------
  virtual asmjit::Arch arch() const = 0;
  virtual asmjit::BaseAssembler& out() = 0;
  // The function's beginning, up to context and inputs in their registers, and its end.
  virtual void Enter() = 0;
  virtual void Return() = 0;
  // asmjit's listing, improved where it needs to be.
  virtual std::string Readable(std::string listing) const { return listing; }
  // The constants that the code refers to, behind it.
  virtual void EmitPool() = 0;
  // Moves between registers and words; none changes flags. Move to itself is nothing.
  virtual void Move(Register to, Register from) = 0;
  virtual void MoveFloat(Register to, Register from) = 0;
  virtual void Load(Register to, Word from) = 0;
  virtual void LoadFloat(Register to, Word from) = 0;
  virtual void LoadSingle(Register to, Word from) = 0;  // the low half of the word
  virtual void Save(Word to, Register from) = 0;
  virtual void SaveFloat(Word to, Register from) = 0;
  // Two at once, to neighbouring words.
  virtual void SaveTwo(Word to, Register first, Register second);
  virtual void SaveTwoFloats(Word to, Register first, Register second);
  virtual void SetConstant(Register to, int64_t value) = 0;
  virtual void SetFloat(Register to, uint64_t bits) = 0;
  virtual void PointTo(Register to, Word word) = 0;
  // Extends the low bits of a register to the word of `dtype`.
  virtual void Extend(Register reg, DType dtype) = 0;
  // Flow.
  virtual void Jump(const Label& label) = 0;
  virtual void JumpIfTest(const Test& test, bool truth, const Label& label) = 0;
  virtual void JumpIfAttention(uint64_t address, const Label& label) = 0;
  // The number of a site where the caller expects the result.
  virtual void SetSite(uint32_t site) = 0;
  virtual void CallFunction(uint64_t address) = 0;
  // Integers and bools.
  virtual void EmitSimple(Ref ref, Simple kind, Ref x, Ref y) = 0;
  virtual void EmitChecked(Ref ref) = 0;
  virtual void EmitNegation(Ref ref) = 0;  // arithmetic, bitwise or logical
  virtual void EmitAbs(Ref ref) = 0;       // of signed integers
  virtual void EmitExtreme(Ref ref, bool largest) = 0;
  virtual void EmitDivision(Ref ref, bool remainder) = 0;  // of int64
  virtual void Shift(ShiftKind kind, Register to, Register from, int count) = 0;
  virtual void EmitSelect(Ref ref) = 0;
  virtual void EmitComparison(Ref ref, const Test& test) = 0;
  // Floats.
  virtual void EmitArithmetic(Ref ref, Arithmetic kind, Ref x, Ref y) = 0;
  virtual void EmitFloatUnary(Ref ref, FloatUnary kind) = 0;
  virtual void EmitFloatExtreme(Ref ref, bool largest) = 0;
  virtual void EmitRound(Ref ref, Rounding rounding) = 0;
  virtual void EmitFloatSelect(Ref ref) = 0;
  // Conversions, as eval::Cast has them.
  virtual void ConvertFloat(Register to, Register from, bool to_single) = 0;    // the other is not single
  virtual void ConvertToFloat(Register to, Register from, bool to_single) = 0;  // from int64
  virtual void ConvertToInteger(Register to, Register from, DType to_dtype, bool from_single) = 0;
  virtual void FloatToBool(Register to, Register from, bool from_single) = 0;
  virtual void IntegerToBool(Register to, Register from) = 0;
  // Memory.
  virtual void EmitAddress(Ref ref) = 0;
  virtual void EmitRead(Ref ref) = 0;
  virtual void EmitWrite(Ref ref) = 0;

  // ---- What it may use --------------------------------------------------------------------------------
  const Instruction& At(Ref ref) const { return trace_.at(ref); }
  Ref OperandOf(Ref ref, size_t k) const { return trace_.operands(ref)[k]; }
  const LoopPlace& PlaceOf(Ref ref) const { return allocation_.places[ref]; }
  const std::vector<bool>& fused() const { return fused_; }
  bool IsFused(Ref ref) const { return fused_[ref]; }
  bool IsConstant(Ref ref) const { return At(ref).op == Op::kConst; }
  // The bits of a constant as a word.
  int64_t WordOf(Ref ref) const;
  bool FitsImmediate(Ref ref) const;  // in 32 bits with a sign
  Word ContextWord(int index) const { return {target_.context, index}; }
  Word SlotOf(const LoopPlace& place) const { return ContextWord(LoopContext::kSlots + place.index); }
  Register GeneralAt(const LoopPlace& place) const {
    return target_.general[static_cast<size_t>(place.index)];
  }
  Register VectorAt(const LoopPlace& place) const { return target_.vector[static_cast<size_t>(place.index)]; }
  // The value in a register: its own, or `scratch`.
  Register InGeneral(Ref ref, Register scratch);
  Register InVector(Ref ref, Register scratch);
  // The register to compute a result in, and storing it if that was not its own.
  Register GeneralTarget(Ref ref) const;
  Register VectorTarget(Ref ref) const;
  void StoreGeneral(Ref ref, Register from);
  void StoreVector(Ref ref, Register from);
  // Where an instruction goes that may not go on.
  Label FailureOf(Ref ref);
  // Jumps to `label` if the condition has this truth value.
  void JumpIf(Ref condition, bool truth, const Label& label);
  Test TestOf(Ref condition) const;
  void Fail(absl::Status status);
  Label PoolLabel(uint64_t low, uint64_t high, bool wide);

  using Pool = std::vector<std::pair<std::pair<uint64_t, uint64_t>, Label>>;
  const Trace& trace_;
  const LoopEmitOptions& options_;
  const LoopTarget& target_;
  Pool pool_, wide_pool_;  // constants of 8 and 16 bytes

 private:
  // asmjit's errors, of which the first counts: an instruction that cannot be encoded, a jump too far.
  class Errors : public asmjit::ErrorHandler {
   public:
    void handleError(asmjit::Error error, const char* message, asmjit::BaseEmitter* origin) override;
    absl::Status status;
  };
  struct MoveOf {
    LoopPlace from, to;
    Ref constant = kNoRef;  // instead of `from`
    DType dtype = DType::kInt64;
  };
  struct Stub {
    Label label;
    size_t site;
  };

  // ---- Flow (loop_flow.cc)
  absl::Status EmitCode();
  void EmitParameters();
  void EmitBlock(size_t position);
  bool FailsIntoNext(Ref guard, uint32_t next_block) const;
  void EmitInvertedGuard(Ref guard);
  Ref FirstEmitted(const FlowBlock& block) const;
  bool BeginsWithTest(const FlowBlock& header) const;
  void EmitInstruction(Ref ref);
  void MarkLine(Ref ref);
  void EmitJump(Ref ref, uint32_t next_block);
  void EmitInvertedLoop(uint32_t target, uint32_t next_block);
  void EmitExits();
  void DumpRegisters();
  uint32_t ElseBlockOf(Ref guard) const;
  ExitValue ExitValueOf(Ref ref) const;
  Label ExitStub(Ref ref);

  // ---- Moves (loop_moves.cc)
  std::vector<MoveOf> MovesOf(Ref jump) const;  // into the parameters of its target
  void ParallelMove(std::vector<MoveOf> moves);
  void EmitMove(const MoveOf& move);
  void EmitConstantMove(const MoveOf& move);
  Register RegisterOf(const LoopPlace& place) const;

  // ---- Operations (loop_operations.cc)
  bool EmitInteger(Ref ref);
  bool EmitFloat(Ref ref);
  bool EmitCast(Ref ref);
  void EmitCastToFloat(Ref ref);
  void EmitShift(Ref ref, bool left);
  Test ComparisonOf(Ref comparison) const;

  // ---- Calls (loop_calls.cc)
  void SaveLive(Ref ref, bool restore);
  void StoreWord(Ref ref, int word);
  void EmitCall(Ref ref);
  void EmitForeign(Ref ref);
  void PassArguments(std::span<const Ref> arguments);
  void Call(uint64_t address);
  void EmitCallOf(const void* address, Ref ref, std::span<const Ref> arguments, DType result);
  void EmitInvoke(Ref ref);
  void EmitElementFunction(Ref ref);

  Flow flow_;
  std::vector<bool> fused_;
  LoopAllocation allocation_;
  Errors errors_;
  asmjit::CodeHolder code_;
  asmjit::StringLogger logger_;
  std::vector<Label> blocks_;
  std::vector<Label> after_guard_;  // by block: behind a header's first guard, if the loop is inverted
  Label leave_;
  std::vector<Stub> stubs_;
  std::unique_ptr<ValueNames> names_;  // for the listing
  std::vector<CodeLine> lines_;        // for the code map
  LoopCode result_;
};

}  // namespace lathe
