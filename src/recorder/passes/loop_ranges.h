// Proofs about the integers of a loop trace, from guards, the axioms of `inbounds` and induction over loops.
//
// What can be proven are differences, x - y <= c. A question is answered by walking from x towards y: through
// arithmetic, through what dominating guards say of a value, and through the arguments of all jumps to a
// block. A question that comes up again while it is being answered, through a jump back to a header, is the
// induction hypothesis (R. Bodik, R. Gupta, V. Sarkar, ABCD: eliminating array bounds checks on demand,
// 2000).
//
// One axiom is of the physical kind: what only small steps change, from a start that is known, stays within
// 2^62 of the start, for that many steps take longer than a computer lasts. So a count that begins at 0 needs
// no overflow check.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// Sums of a few 64-bit numbers.
__extension__ using Wide = __int128;
inline constexpr Wide kLargestInteger = std::numeric_limits<int64_t>::max();
inline constexpr Wide kSmallestInteger = std::numeric_limits<int64_t>::min();

// x - y <= c; kNoRef stands for 0.
struct Difference {
  Ref x = kNoRef;
  Ref y = kNoRef;
  Wide c = 0;
};

// The value of an i64 constant.
bool IsInteger(const Trace& trace, Ref ref, int64_t* value);

// What it means that the condition holds, or that it does not: all of these. False if that is nothing of this
// form, or not all.
bool Meaning(const Trace& trace, Ref condition, bool holds, std::vector<Difference>* differences);

class LoopRanges {
 public:
  // `exact` tells of which add, sub and mul it is known that they do not wrap.
  LoopRanges(const Trace& trace, const Flow& flow, const std::vector<bool>& exact);

  // What a guard says where it has been passed, or in its else block.
  struct Fact {
    Difference says;
    Ref guard = kNoRef;
    uint32_t else_block = kNoBlock;  // where it holds, if the guard failed
    bool of_bounds = false;          // of an `inbounds`
  };
  // The facts about a value, in the order of their guards.
  std::span<const Fact> FactsOf(Ref ref) const { return facts_[ref]; }
  bool IsKnown(const Fact& fact, Ref point) const;

  // Whether the difference holds wherever the instruction `point` runs.
  bool Holds(const Difference& difference, Ref point);
  // Whether the addition, subtraction or multiplication gives the true result wherever `point` runs.
  bool IsExact(Ref ref, Ref point);

 private:
  // sign * (x - y) <= c
  struct Question {
    Ref x = kNoRef;
    Ref y = kNoRef;
    Wide c = 0;
    int sign = 1;
    Ref point = kNoRef;
    int depth = 0;
  };

  void AddFacts(const Fact& fact, Ref condition, bool holds);
  void AddFact(const Fact& fact);
  void AddOne(Ref ref, const Fact& fact);
  bool IsConstant(Ref ref, int64_t* value) const { return IsInteger(trace_, ref, value); }

  bool Ask(Question question);
  bool AskFacts(const Question& question);
  bool AskOperation(const Question& question);
  bool AskSum(const Question& question);
  bool AskDifference(const Question& question);
  bool AskProduct(const Question& question);
  bool AskBits(const Question& question);
  bool AskRemainder(const Question& question);
  bool AskQuotient(const Question& question, int64_t divisor);
  bool AskMiddle(const Question& question, Ref sum);
  bool AskChoice(const Question& question);
  bool AskArguments(const Question& question);
  bool AskCounter(const Question& question);
  bool AskExact(Ref ref, Ref point, int depth);
  // The same question of another value, or one of bounds by constants.
  bool Of(const Question& question, Ref x, Wide c);
  bool OfConstant(const Question& question, Wide x);
  bool AtMost(const Question& from, Ref x, Wide c);
  bool AtLeast(const Question& from, Ref x, Wide c);
  bool IsWithin(Ref point, int depth, Ref x, Wide low, Wide high);

  const Trace& trace_;
  const Flow& flow_;
  const std::vector<bool>& exact_;
  std::vector<std::vector<Fact>> facts_;  // by value
  std::vector<Question> active_;          // of parameters, being answered
  int budget_ = 0;
};

}  // namespace lathe
