// The builder: the one way to grow a trace. Every pure instruction is folded, simplified and merged with
// an equal one before it is appended, so that passes which rewrite by re-emission get all three for free.
// Knows the IR, the rules (rules.def) and the elementwise functions; it never runs a trace.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {

struct BuilderOptions {
  bool fold = true;      // operations on constants become constants
  bool simplify = true;  // the rules of rules.def
  bool cse = true;       // equal pure instructions become one
};

class Builder {
 public:
  // Grows `trace`, which must be empty and outlive the builder.
  explicit Builder(Trace* trace, BuilderOptions options = {});
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  const Trace& trace() const { return trace_; }
  // The source line of the instructions that follow.
  void SetLine(uint32_t line) { line_ = line; }

  // ---- Parameters, before everything else -----------------------------------------------------------
  Ref AddDim(std::string name);
  Ref AddParam(DType dtype, std::span<const Dim> dims, Layout layout, std::string name);

  // ---- Values ---------------------------------------------------------------------------------------
  // The constant of rank 0 with the given bits; equal ones are always one instruction.
  Ref Constant(DType dtype, uint64_t bits);
  // Any op that defines a value, its type being given. May return an earlier instruction.
  Ref Emit(Op op, DType dtype, std::span<const Ref> operands, std::span<const Dim> dims,
           uint64_t attribute = 0, Op combiner = Op::kAdd);
  // An elementwise op whose type follows from its operands; for Cast and Bitcast `given` is its dtype.
  absl::StatusOr<Ref> Elementwise(Op op, std::span<const Ref> operands, DType given = DType::kFloat64);
  absl::StatusOr<Ref> Elementwise(Op op, std::initializer_list<Ref> operands, DType given = DType::kFloat64) {
    return Elementwise(op, std::span(operands.begin(), operands.size()), given);
  }

  // ---- Structure and effects ------------------------------------------------------------------------
  Ref Alloc(DType dtype, std::span<const Dim> dims);
  // Opens a nest; returns its indices.
  std::vector<Ref> BeginNest(std::span<const Dim> extents);
  void EndNest();
  Ref Load(Ref buffer, std::span<const Ref> indices);
  void Store(Ref buffer, Ref value, std::span<const Ref> indices);
  // Combines `value` into buffer[indices] over the loops of the mask `axes`.
  void Accumulate(Op combiner, Ref buffer, Ref value, std::span<const Ref> indices, uint64_t axes);
  void Assign(Ref param, Ref value);
  void Return(std::span<const Ref> values);
  // Any other instruction, appended as it is but for the operands and dimensions given.
  Ref Append(Instruction instruction, std::span<const Ref> operands, std::span<const Dim> dims);

 private:
  // Hashing of instructions by what they compute (cse.cc).
  struct Hash {
    const Trace* trace;
    size_t operator()(Ref ref) const;
  };
  struct Equal {
    const Trace* trace;
    bool operator()(Ref a, Ref b) const;
  };

  // The last instruction, or an equal earlier one, in which case the last is taken back.
  Ref Merge();
  void ForgetLoads(Ref buffer);

  Trace& trace_;
  const BuilderOptions options_;
  uint32_t line_ = 0;
  bool in_nest_ = false;
  absl::flat_hash_set<Ref, Hash, Equal> known_;
  std::vector<Ref> inner_;  // entries of `known_` that end with the open nest
  std::vector<Ref> loads_;  // entries of `known_` that a store may invalidate
};

}  // namespace lathe
