// Innermost loops without branches: a counter that goes from a start to a limit by constant steps, element
// reads and writes, what is computed from them, and sums of that. For the vectoriser, which runs such loops
// on whole arrays.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"

namespace lathe {

// An element that a loop reads or writes: its address grows by the same amount from turn to turn.
struct LoopAccess {
  Ref ref = kNoRef;  // the read or write
  Ref address = kNoRef;
  DType dtype = DType::kFloat64;
  uint64_t memory = 0;  // its alias class
  bool is_write = false;
  // The stride in bytes: known + the sum of values from outside of the loop times their factors.
  int64_t known = 0;
  std::vector<std::pair<Ref, int64_t>> strides;

  bool HasKnownStride() const { return strides.empty(); }
  bool HasStrideOf(const LoopAccess& other) const { return known == other.known && strides == other.strides; }
};

// A sum over the turns: a parameter that each turn adds a value to and that nothing else in the loop needs.
struct LoopSum {
  Ref parameter = kNoRef;
  Ref value = kNoRef;  // what a turn adds
  DType dtype = DType::kInt64;
  bool checked = false;  // leaves the loop on overflow
};

struct CountedLoop {
  Preheader preheader;
  Ref latch = kNoRef;      // the jump back
  Ref condition = kNoRef;  // counter < limit, or > if it counts down
  Ref counter = kNoRef;    // a parameter of the header
  Ref start = kNoRef;
  Ref limit = kNoRef;
  int64_t step = 0;
  std::vector<LoopAccess> accesses;  // in the order of execution
  std::vector<LoopSum> sums;
};

class CountedLoopFinder {
 public:
  // `any_order`: sums of floats may be rounded in another order.
  CountedLoopFinder(const Trace& trace, const Flow& flow, uint32_t loop, bool any_order)
      : trace_(trace), flow_(flow), loop_(loop), any_order_(any_order) {}

  // Why the loop is none; empty if it is one. The condition is found before most reasons.
  std::string Run();
  const CountedLoop& found() const { return found_; }

  // Whether the value is the same in all turns and can be used before the loop.
  bool IsOutside(Ref ref) const;
  // The number of bytes from `from` to `to` in every turn, if that is a constant.
  bool ConstantDistance(const LoopAccess& from, const LoopAccess& to, int64_t* distance) const;

 private:
  // A sum of values times strides: the constant, and the others sorted. No stride stands for 1.
  struct Term {
    Ref value, stride;
    int64_t factor;
  };
  struct Sum {
    int64_t constant = 0;
    std::vector<Term> terms;
  };
  bool CallsBack() const;
  std::string FindBody();
  std::string FindCounter();
  std::string FindSums();
  std::string AddSum(Ref parameter);
  bool LooksAtObject(Ref guard) const;
  bool IsGiven(Ref parameter) const;
  int CountUses(Ref value) const;
  std::string AddAccess(Ref ref);
  bool AddressSum(Ref address, Sum* sum) const;
  bool AddProduct(Ref value, Ref stride, int64_t factor, Sum* sum, int depth) const;
  static void AddTerm(const Term& term, Sum* sum);
  bool IsConstant(Ref ref) const { return trace_.at(ref).op == Op::kConst; }
  int64_t ValueOf(Ref ref) const { return static_cast<int64_t>(trace_.at(ref).attribute); }

  const Trace& trace_;
  const Flow& flow_;
  const uint32_t loop_;
  const bool any_order_;
  CountedLoop found_;
  Ref guard_ = kNoRef;
};

}  // namespace lathe
