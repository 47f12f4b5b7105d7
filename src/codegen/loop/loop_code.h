// Machine code of a loop trace as data: what the emitters of all instruction sets give, what they need to be
// told, and what they tell of their registers.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/codegen/loop/allocation.h"
#include "src/codegen/loop/kernel_site.h"
#include "src/codegen/memory/code_map.h"
#include "src/codegen/memory/code_memory.h"
#include "src/codegen/vector_level.h"

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

// Words of the context, which outlives each call of the code.
struct LoopContext {
  static constexpr int kGeneral = 0;     // dump of the general registers, in the order of the allocation
  static constexpr int kVector = 32;     // of the vector registers
  static constexpr int kArguments = 64;  // of a call; also operands and the result of element functions
  static constexpr int kSlots = 80;      // and behind them the words of `invoke`
};

struct LoopCode {
  CodeBlock code;
  std::vector<ExitSite> sites;
  std::string listing;
};

struct LoopEmitOptions {
  VectorLevel level = VectorLevel::kSse42;
  bool keep_listing = false;
  // For another process: an address in the trace is a number, and addresses of this process are left out as
  // 0.
  bool elsewhere = false;
  CodeMap* code_map = nullptr;
  const std::atomic<int>* attention = nullptr;
  absl::flat_hash_map<Ref, KernelSite*> sites;  // by `invoke`
};

// A register as the machine numbers it, general and vector registers each on their own.
using Register = uint8_t;

// The registers of an instruction set and its calling convention.
struct LoopTarget {
  using List = std::span<const Register>;
  // For values, in the order of the allocation: those first that a called function preserves.
  List general, vector;
  size_t preserved_general = 0, preserved_vector = 0;
  // No value's. Results are computed in the first if they have no register; a value in a cycle of moves steps
  // aside into the second.
  List general_scratch, vector_scratch;
  Register context = 0;  // points to the context
  Register inputs = 0;   // points to the parameters while they are read
  List arguments;        // general; vector registers pass arguments from 0 on
  size_t vector_arguments = 0;
  Register result = 0;           // general; a float's is vector register 0
  bool memory_operands = false;  // instructions take elements of memory as operands, and compute on memory
  // The frame, for debuggers: CodeFunction has the meanings.
  uint32_t frame_bytes = 0;
  List pushed;

  LoopRegisters registers() const {
    return {static_cast<int>(general.size()), static_cast<int>(vector.size())};
  }
};

}  // namespace lathe
