// The trace: a linear SSA program, at the array level (operations on whole arrays), the nest level (loops
// over elements) or the loop level (blocks of scalar code). Plain data; it knows ops and dtypes only. The
// builder grows it, passes rewrite it, backends run it, printer.cc and parser.cc turn it into text and back.
//
// An instruction is a few words; a Ref is its index. Operands and dimensions live in two pools that the
// instruction points into, so a trace is four vectors and copies cheaply.
//
// Array level:                                  Nest level (after `fuse`):
//   %0: f64[%n] = mul %a, %x                      %0: f64[%n] = alloc
//   %1: f64[%n] = add %0, %y                      nest %i < %n {
//   ret %1                                          %1: f64 = load %a, %i
//                                                   ...
//                                                   store %0, %4, %i
//                                                 }
//                                                 ret %0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

using Ref = uint32_t;
inline constexpr Ref kNoRef = 0xffffffffu;
// NumPy allows 64 dimensions; no trace or array of ours has more than this many.
inline constexpr int kMaxRank = 8;
// `reduce ... keep`: set in the attribute of a reduction whose result keeps the reduced axes with extent 1.
inline constexpr uint64_t kKeepDims = uint64_t{1} << 32;
// Set in the attribute of a guard: its low 32 bits are the number of the else block, not of an exit.
inline constexpr uint64_t kElseBlock = uint64_t{1} << 32;

// One extent: a constant (value >= 0) or a `dim` instruction of the trace (value = ~ref).
struct Dim {
  int64_t value = 0;
  static Dim Constant(int64_t extent) { return {extent}; }
  static Dim Symbol(Ref ref) { return {~static_cast<int64_t>(ref)}; }
  bool is_constant() const { return value >= 0; }
  Ref ref() const { return static_cast<Ref>(~value); }
  bool operator==(const Dim&) const = default;
};

// How the elements of a parameter lie in memory; part of the signature, so a compiled trace may rely on
// it. For dimension d (outermost first) two bits:
enum class StrideClass : uint8_t {
  kBroadcast = 0,  // stride 0, or extent 1: every index reads the same element
  kUnit = 1,       // stride == item size
  kMerges = 2,     // stride[d] == stride[d+1] * extent[d+1]: d and d+1 can be walked as one loop
  kGeneral = 3,    // any other stride, known at run time only
};
struct Layout {
  uint16_t bits = 0;
  StrideClass at(int dim) const { return static_cast<StrideClass>((bits >> (2 * dim)) & 3); }
  void set(int dim, StrideClass c) {
    bits = static_cast<uint16_t>((bits & ~(3 << (2 * dim))) | (static_cast<int>(c) << (2 * dim)));
  }
  // C-contiguous: the last dimension unit, all others merging into the next.
  static Layout Dense(int rank) {
    Layout layout;
    for (int d = 0; d < rank; ++d) layout.set(d, d + 1 == rank ? StrideClass::kUnit : StrideClass::kMerges);
    return layout;
  }
  // Nothing known.
  static Layout Strided(int rank) {
    Layout layout;
    for (int d = 0; d < rank; ++d) layout.set(d, StrideClass::kGeneral);
    return layout;
  }
  bool operator==(const Layout&) const = default;
};

// 32 bytes. Attributes by op:
//   Const: low 64 bits of the literal in `attribute`     Param, Dim: position among the trace's inputs
//   Reduce: combiner in `combiner`, axes mask in `attribute`   ArgMax, ArgMin: axes mask
//   Iota: axis                                            Nest: number of loops (dims = their extents)
//   Index: which loop of the enclosing nest               Accumulate: combiner in `combiner`; `attribute` =
//                                                          mask of the nest's loops that are reduced
//   Block: its number      Jump: the target's number      Leave: exit      Call: index of the function
//   Guard, Poll, CheckedAdd, Sub, Mul: exit, or kElseBlock | number      Read, Write: alias class
//   Invoke: index of the kernel
// Parameters of a block are the kParameter instructions that follow it. An instruction that may leave has
// its snapshot behind its fixed operands (flow.h: SnapshotOf).
struct Instruction {
  uint64_t attribute = 0;
  uint32_t operands_begin = 0;  // into Trace::operand_pool
  uint32_t dims_begin = 0;      // into Trace::dim_pool; `rank` entries
  uint32_t line = 0;            // source line, 0 if none
  Layout layout;                // of a Param or Alloc
  uint16_t operand_count = 0;
  Op op = Op::kConst;
  DType dtype = DType::kFloat64;
  uint8_t rank = 0;
  Op combiner = Op::kAdd;
  uint32_t unused = 0;
};
static_assert(sizeof(Instruction) == 40 || sizeof(Instruction) == 32);

struct Trace {
  std::string name = "trace";
  std::string file;  // source file that lines refer to; may be empty
  std::vector<Instruction> instructions;
  std::vector<Ref> operand_pool;
  std::vector<Dim> dim_pool;
  std::vector<std::string> names;  // names[ref]: of a named value, "" else; may be shorter
  // Loop level: the array-level traces that `invoke` runs. They do not change, so copies share them.
  std::vector<std::shared_ptr<const Trace>> kernels;

  const Instruction& at(Ref ref) const { return instructions[ref]; }
  std::span<const Ref> operands(Ref ref) const {
    return {operand_pool.data() + at(ref).operands_begin, at(ref).operand_count};
  }
  std::span<const Dim> dims(Ref ref) const { return {dim_pool.data() + at(ref).dims_begin, at(ref).rank}; }
  Ref size() const { return static_cast<Ref>(instructions.size()); }

  // Appends an instruction as it is: no folding, no checking (that is the builder's work).
  Ref Append(Instruction instruction, std::span<const Ref> operands, std::span<const Dim> dims) {
    instruction.operands_begin = static_cast<uint32_t>(operand_pool.size());
    instruction.operand_count = static_cast<uint16_t>(operands.size());
    operand_pool.insert(operand_pool.end(), operands.begin(), operands.end());
    instruction.dims_begin = static_cast<uint32_t>(dim_pool.size());
    instruction.rank = static_cast<uint8_t>(dims.size());
    dim_pool.insert(dim_pool.end(), dims.begin(), dims.end());
    instructions.push_back(instruction);
    return size() - 1;
  }
  // The index of the kernel, for the attribute of an Invoke.
  size_t AddKernel(std::shared_ptr<const Trace> kernel) {
    kernels.push_back(std::move(kernel));
    return kernels.size() - 1;
  }
  // Whether both have the same text, but for their kernels'.
  bool SameAs(const Trace& other) const;
  std::string_view NameOf(Ref ref) const {
    return ref < names.size() ? std::string_view(names[ref]) : std::string_view();
  }
  void SetName(Ref ref, std::string value) {
    if (names.size() <= ref) names.resize(ref + 1);
    names[ref] = std::move(value);
  }
};

}  // namespace lathe
