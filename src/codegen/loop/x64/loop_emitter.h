// Machine code of a loop trace for x86-64, written straight through asmjit's Assembler into the places that
// the register allocation chose. SSE4.2, or AVX2 with FMA.
//
// Registers. r15 points to the context, an array of words that outlives the call: the exit dump, slots, and
// room for calls and, behind the slots, for the words of `invoke`. rax, rcx, rdx, xmm14 and xmm15 are
// scratch; all others belong to values. An exit jumps to a stub that loads the number of its site and falls
// into common code which dumps all registers into the context and returns: what the values of the snapshot
// are is then read by a table (ExitSite).
//
//   loop_flow.cc      entry, blocks, guards, jumps, exits
//   loop_integers.cc  integers, bools, comparisons
//   loop_floats.cc    floats, conversions
//   loop_memory.cc    addresses, reads and writes, calls
#pragma once

#include <asmjit/x86.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "src/codegen/loop/allocation.h"
#include "src/codegen/loop/kernel_site.h"
#include "src/codegen/memory/code_map.h"
#include "src/codegen/memory/code_memory.h"
#include "src/recorder/ir/printer.h"

namespace lathe {

// What one exit hands over, by snapshot value: the sum of all three, of which a float has one.
struct ExitValue {
  LoopPlace place;
  LoopPlace added;
  DType dtype = DType::kInt64;
  uint64_t constant = 0;
};
struct ExitSite {
  uint32_t exit = 0;
  std::vector<ExitValue> values;
};

// Words of the context.
struct LoopContext {
  static constexpr int kGeneral = 0;     // dump of the general registers, in the order of the allocation
  static constexpr int kVector = 16;     // of the vector registers
  static constexpr int kArguments = 32;  // of a call; also operands and the result of element functions
  static constexpr int kSlots = 48;
};

struct LoopCode {
  CodeBlock code;
  std::vector<ExitSite> sites;
  std::string listing;
};

struct LoopEmitOptions {
  bool avx = false;
  bool keep_listing = false;
  CodeMap* code_map = nullptr;
  const std::atomic<int>* attention = nullptr;
  absl::flat_hash_map<Ref, KernelSite*> sites;  // by `invoke`
};

class LoopEmitter {
 public:
  LoopEmitter(const Trace& trace, const LoopEmitOptions& options);
  absl::StatusOr<LoopCode> Emit();
  // Words of the context that the trace needs; known after construction.
  size_t context_words() const;

  static constexpr int kGeneralRegisters = 11;
  static constexpr int kVectorRegisters = 14;

 private:
  using Gp = asmjit::x86::Gp;
  using Xmm = asmjit::x86::Xmm;
  using Mem = asmjit::x86::Mem;
  using Label = asmjit::Label;
  using Cond = asmjit::x86::CondCode;

  // ---- Planning (loop_flow.cc)
  static std::vector<bool> FindFused(const Trace& trace);
  static bool IsBitTest(const Trace& trace, Ref ref);
  static bool IsOffset(const Trace& trace, Ref ref);

  // ---- Flow (loop_flow.cc)
  void EmitEntry();
  ExitValue ExitValueOf(Ref ref) const;
  void EmitBlock(size_t position);
  Ref FirstEmitted(const FlowBlock& block) const;
  bool BeginsWithTest(const FlowBlock& header) const;
  void EmitInstruction(Ref ref);
  void MarkLine(Ref ref);
  void EmitGuard(Ref ref);
  void EmitPoll(Ref ref);
  void EmitJump(Ref ref, uint32_t next_block);
  bool EmitInvertedLoop(uint32_t target);
  void MoveArguments(Ref ref);
  void EmitExits();
  Label FailureOf(Ref ref);
  Label ExitStub(Ref ref);

  struct Move {
    LoopPlace from, to;
    Ref constant = kNoRef;  // instead of `from`
    DType dtype = DType::kInt64;
  };
  void ParallelMove(std::vector<Move> moves);
  void EmitMove(const Move& move);

  // ---- Places
  const Instruction& At(Ref ref) const { return trace_.at(ref); }
  Ref OperandOf(Ref ref, size_t k) const { return trace_.operands(ref)[k]; }
  const LoopPlace& PlaceOf(Ref ref) const { return allocation_.places[ref]; }
  bool IsConstant(Ref ref) const { return At(ref).op == Op::kConst; }
  // The bits of a constant as a word.
  int64_t WordOf(Ref ref) const;
  bool FitsImmediate(Ref ref) const;
  static Gp GeneralAt(int index);
  static Xmm VectorAt(int index) { return asmjit::x86::xmm(static_cast<uint32_t>(index)); }
  Mem ContextWord(int word) const;
  Mem SlotOf(const LoopPlace& place) const { return ContextWord(LoopContext::kSlots + place.index); }
  // The value in a register: its own, or `scratch`.
  Gp InGeneral(Ref ref, Gp scratch);
  Xmm InVector(Ref ref, Xmm scratch);
  // The register to compute a result in, and storing it if that was not its own.
  Gp GeneralTarget(Ref ref) const;
  Xmm VectorTarget(Ref ref) const;
  void StoreGeneral(Ref ref, Gp from);
  void StoreVector(Ref ref, Xmm from);
  void LoadConstant(Gp to, int64_t value);
  // Extends the low bits of a register to the word of `dtype`.
  void Extend(Gp reg, DType dtype);
  Label PoolLabel(uint64_t low, uint64_t high, bool wide);
  Mem PoolWord(uint64_t bits) { return asmjit::x86::ptr(PoolLabel(bits, 0, false), 0, 8); }
  Mem PoolWide(uint64_t low, uint64_t high) { return asmjit::x86::ptr(PoolLabel(low, high, true), 0, 16); }

  // ---- Integers (loop_integers.cc)
  bool EmitInteger(Ref ref);
  enum class Simple : uint8_t { kAdd, kSub, kMul, kAnd, kOr, kXor };
  void Simply(Ref ref, Simple kind, Ref x, Ref y);
  void ApplySimple(Simple kind, Gp to, Ref y);
  void EmitChecked(Ref ref);
  void EmitDivision(Ref ref, bool remainder);
  void EmitShift(Ref ref, bool left);
  void EmitIntegerSelect(Ref ref);
  void EmitExtreme(Ref ref, bool largest);
  void EmitComparison(Ref ref);
  // Jumps to `label` if the condition has this truth value.
  void JumpIf(Ref condition, bool truth, const Label& label);
  // Sets the flags for a comparison; what holds then if it is true. False if one flag test is not enough.
  bool SetFlags(Ref comparison, Cond* holds);
  void CompareWords(Ref x, Ref y);

  // ---- Floats (loop_floats.cc)
  bool EmitFloat(Ref ref);
  enum class Arithmetic : uint8_t { kAdd, kSub, kMul, kDiv };
  void Arithmetically(Ref ref, Arithmetic kind, Ref x, Ref y);
  void ApplyFloat(Arithmetic kind, bool single, Xmm to, Xmm x, Xmm y);
  void EmitFloatExtreme(Ref ref, bool largest);
  void EmitFloatSelect(Ref ref);
  void EmitRound(Ref ref, int mode);
  bool EmitCast(Ref ref);
  void CompareFloats(Ref x, Ref y);
  void MoveVector(Xmm to, Xmm from);

  // ---- Memory and calls (loop_memory.cc)
  static bool IsFoldable(const Trace& trace, Ref address);
  static bool IsDisplacement(const Trace& trace, Ref ref);
  Mem AddressOf(Ref address);
  void EmitAddress(Ref ref);
  void EmitRead(Ref ref);
  static void FuseUpdates(const Trace& trace, std::vector<bool>* fused);
  void EmitUpdate(Ref write);
  void EmitWrite(Ref ref);
  void EmitCall(Ref ref);
  void EmitForeign(Ref ref);
  void PassArguments(std::span<const Ref> arguments);
  void EmitCallOf(const void* address, Ref ref, std::span<const Ref> arguments, DType result);
  void EmitInvoke(Ref ref);
  absl::Status EmitElementFunction(Ref ref);
  void SaveLive(Ref ref, bool restore);
  void StoreWord(Ref ref, int word);

  const Trace& trace_;
  const LoopEmitOptions& options_;
  Flow flow_;
  std::vector<bool> fused_;
  LoopAllocation allocation_;
  asmjit::CodeHolder code_;
  asmjit::StringLogger logger_;
  asmjit::x86::Assembler a_;
  std::vector<Label> blocks_;
  std::vector<Label> after_guard_;  // by block: behind a header's first guard, if the loop is inverted
  Label leave_;
  struct Stub {
    Label label;
    size_t site;
  };
  std::vector<Stub> stubs_;
  std::vector<std::pair<std::pair<uint64_t, uint64_t>, Label>> pool_, wide_pool_;
  std::unique_ptr<ValueNames> names_;  // for the listing
  std::vector<CodeLine> lines_;        // for the code map
  LoopCode result_;
  absl::Status status_;
};

}  // namespace lathe
