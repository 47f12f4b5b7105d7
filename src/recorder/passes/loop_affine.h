// Values as affine functions of an induction variable, and between which ends that variable runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/loop_ranges.h"

namespace lathe {

// factor * variable + rest + constant; variable is a parameter of the loop's header or none, rest a value
// from outside of the loop or none.
struct Affine {
  Ref variable = kNoRef;
  int64_t factor = 0;
  Ref rest = kNoRef;
  int64_t constant = 0;
  bool exact = true;  // no operation on the way wraps
};

// base + offset, base from outside of the loop, kNoRef for 0.
struct End {
  Ref base = kNoRef;
  int64_t offset = 0;
};
struct Ends {
  std::optional<End> low;
  std::optional<End> high;
  // If this holds before the loop, the place is never reached: start - limit >= excess, or the other way
  // round for a variable that falls.
  bool has_condition = false;
  bool falls = false;
  Ref start = kNoRef;
  Ref limit = kNoRef;
  int64_t excess = 0;
};

class LoopAffine {
 public:
  LoopAffine(const Trace& trace, const Flow& flow, LoopRanges& ranges, uint32_t loop,
             const Preheader& preheader)
      : trace_(trace), flow_(flow), ranges_(ranges), loop_(loop), preheader_(preheader) {}

  // Whether the value can be used before the loop; 0 can.
  bool IsOutside(Ref ref) const;
  // The value at the instruction `point` of the loop; none if it is not of this form, or too large.
  std::optional<Affine> Of(Ref ref, Ref point, int depth = 6);
  // Between what the variable lies at `point`.
  Ends EndsOf(Ref variable, Ref point);

 private:
  std::optional<Affine> Sum(Affine a, const Affine& b, int sign) const;
  std::optional<Affine> Product(Affine a, const Affine& b) const;
  bool IsMonotone(Ref variable, bool falls);
  std::optional<End> EndOfFacts(Ref variable, bool high, Ref point) const;

  const Trace& trace_;
  const Flow& flow_;
  LoopRanges& ranges_;
  const uint32_t loop_;
  const Preheader preheader_;
};

}  // namespace lathe
