// Facts of guards, and questions: what follows from facts, and from the jumps to a block.
#include "src/recorder/passes/loop_ranges.h"

#include <algorithm>

namespace lathe {
namespace {

constexpr int kDeepest = 14;   // steps from one value to another
constexpr int kBudget = 600;   // steps in all to answer one question
constexpr size_t kFacts = 24;  // looked at of one value

// A counter makes steps of at most kCounterStep, so it stays within kCounterReach of its start for 2^59
// steps: 18 years of one a nanosecond.
constexpr int64_t kCounterStep = 8;
constexpr Wide kCounterReach = Wide{1} << 62;
constexpr size_t kCounterValues = 16;

Difference Swapped(const Difference& d) { return {d.y, d.x, -d.c - 1}; }

}  // namespace

bool IsInteger(const Trace& trace, Ref ref, int64_t* value) {
  if (ref == kNoRef || trace.at(ref).op != Op::kConst || trace.at(ref).dtype != DType::kInt64) return false;
  *value = static_cast<int64_t>(trace.at(ref).attribute);
  return true;
}

bool Meaning(const Trace& trace, Ref condition, bool holds, std::vector<Difference>* differences) {
  const Op op = trace.at(condition).op;
  const std::span<const Ref> operands = trace.operands(condition);
  if (op == Op::kLogicalNot) return Meaning(trace, operands[0], !holds, differences);
  if (op == (holds ? Op::kLogicalAnd : Op::kLogicalOr)) {
    return Meaning(trace, operands[0], holds, differences) && Meaning(trace, operands[1], holds, differences);
  }
  if (operands.size() != 2 || trace.at(operands[0]).dtype != DType::kInt64) return false;
  Difference says;
  switch (op) {
    case Op::kLess:
      says = {operands[0], operands[1], -1};
      break;
    case Op::kLessEqual:
      says = {operands[0], operands[1], 0};
      break;
    case Op::kGreater:
      says = {operands[1], operands[0], -1};
      break;
    case Op::kGreaterEqual:
      says = {operands[1], operands[0], 0};
      break;
    case Op::kEqual:
    case Op::kNotEqual:
      if ((op == Op::kEqual) != holds) return false;
      differences->push_back({operands[0], operands[1], 0});
      differences->push_back({operands[1], operands[0], 0});
      return true;
    case Op::kInBounds:
      if (!holds) return false;
      differences->push_back({kNoRef, operands[0], 0});
      differences->push_back({operands[0], operands[1], -1});
      return true;
    default:
      return false;
  }
  differences->push_back(holds ? says : Swapped(says));
  return true;
}

LoopRanges::LoopRanges(const Trace& trace, const Flow& flow, const std::vector<bool>& exact)
    : trace_(trace), flow_(flow), exact_(exact), facts_(trace.size()) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& instruction = trace.at(ref);
    if (instruction.op == Op::kInBounds && trace.at(trace.operands(ref)[0]).dtype == DType::kInt64) {
      const Ref extent = trace.operands(ref)[1];
      if (facts_[extent].empty() || facts_[extent][0].guard != kNoRef) {
        Fact fact;
        fact.says = {kNoRef, extent, 0};
        facts_[extent].insert(facts_[extent].begin(), fact);
      }
    }
    if (instruction.op != Op::kGuard) continue;
    Fact fact;
    fact.guard = ref;
    AddFacts(fact, trace.operands(ref)[0], true);
    if (!HasElseBlock(instruction)) continue;
    fact.else_block = flow.FindBlock(instruction.attribute & ~kElseBlock);
    AddFacts(fact, trace.operands(ref)[0], false);
  }
}

// Of a conjunction each part that says something.
void LoopRanges::AddFacts(const Fact& fact, Ref condition, bool holds) {
  const Op op = trace_.at(condition).op;
  if (op == Op::kLogicalNot) return AddFacts(fact, trace_.operands(condition)[0], !holds);
  if (op == (holds ? Op::kLogicalAnd : Op::kLogicalOr)) {
    AddFacts(fact, trace_.operands(condition)[0], holds);
    return AddFacts(fact, trace_.operands(condition)[1], holds);
  }
  std::vector<Difference> differences;
  Meaning(trace_, condition, holds, &differences);
  for (const Difference& says : differences) {
    Fact one = fact;
    one.says = says;
    one.of_bounds = op == Op::kInBounds;
    AddFact(one);
  }
}

// For x = b + k the fact is one about b, too.
void LoopRanges::AddFact(const Fact& fact) {
  AddOne(fact.says.x, fact);
  AddOne(fact.says.y, fact);
  for (const bool left : {true, false}) {
    const Ref ref = left ? fact.says.x : fact.says.y;
    if (ref == kNoRef) continue;
    const Op op = trace_.at(ref).op;
    int64_t step = 0;
    const bool sum = op == Op::kCheckedAdd || (op == Op::kAdd && exact_[ref]);
    const bool difference = op == Op::kCheckedSub || (op == Op::kSub && exact_[ref]);
    if ((!sum && !difference) || !IsConstant(trace_.operands(ref)[1], &step)) continue;
    const Wide change = (sum == left) ? -Wide{step} : Wide{step};
    Fact derived = fact;
    (left ? derived.says.x : derived.says.y) = trace_.operands(ref)[0];
    derived.says.c += change;
    AddOne(trace_.operands(ref)[0], derived);
  }
}

void LoopRanges::AddOne(Ref ref, const Fact& fact) {
  int64_t value = 0;
  if (ref != kNoRef && !IsConstant(ref, &value)) facts_[ref].push_back(fact);
}

bool LoopRanges::IsKnown(const Fact& fact, Ref point) const {
  if (fact.guard == kNoRef) return true;
  if (fact.else_block == kNoBlock) return fact.guard < point && flow_.Dominates(fact.guard, point);
  const uint32_t block = flow_.BlockOf(point);
  return block != kNoBlock && flow_.BlockDominates(fact.else_block, block);
}

bool LoopRanges::Holds(const Difference& difference, Ref point) {
  budget_ = kBudget;
  if (difference.x == kNoRef && difference.y == kNoRef) return difference.c >= 0;
  // A walk goes from one value towards the other: either may be the one that is made of the other.
  return (difference.x != kNoRef && Ask({difference.x, difference.y, difference.c, 1, point, kDeepest})) ||
         (difference.y != kNoRef && Ask({difference.y, difference.x, difference.c, -1, point, kDeepest}));
}

bool LoopRanges::IsExact(Ref ref, Ref point) {
  budget_ = kBudget;
  return AskExact(ref, point, kDeepest);
}

bool LoopRanges::Of(const Question& question, Ref x, Wide c) {
  Question next = question;
  next.x = x;
  next.c = c;
  return Ask(next);
}
// The question of a constant instead of its x.
bool LoopRanges::OfConstant(const Question& question, Wide x) {
  const Wide rest = question.c - question.sign * x;
  if (question.y == kNoRef) return rest >= 0;
  return Ask({question.y, kNoRef, rest, -question.sign, question.point, question.depth});
}
bool LoopRanges::AtMost(const Question& from, Ref x, Wide c) {
  return Ask({x, kNoRef, c, 1, from.point, from.depth});
}
bool LoopRanges::AtLeast(const Question& from, Ref x, Wide c) {
  return Ask({x, kNoRef, -c, -1, from.point, from.depth});
}
bool LoopRanges::IsWithin(Ref point, int depth, Ref x, Wide low, Wide high) {
  return Ask({x, kNoRef, -low, -1, point, depth}) && Ask({x, kNoRef, high, 1, point, depth});
}

bool LoopRanges::Ask(Question question) {
  int64_t value = 0;
  if (IsConstant(question.y, &value)) {
    question.c += question.sign * Wide{value};
    question.y = kNoRef;
  }
  if (question.x == question.y) return question.c >= 0;
  if (question.y == kNoRef) {
    const Wide largest = question.sign > 0 ? kLargestInteger : -kSmallestInteger;
    if (question.c >= largest) return true;
  }
  if (question.depth-- == 0 || --budget_ < 0) return false;
  if (IsConstant(question.x, &value)) return OfConstant(question, value);
  if (AskFacts(question)) return true;
  if (trace_.at(question.x).op != Op::kParameter) return AskOperation(question);
  return AskArguments(question) || AskCounter(question);
}

bool LoopRanges::AskFacts(const Question& question) {
  const std::vector<Fact>& facts = facts_[question.x];
  for (size_t k = 0; k < std::min(facts.size(), kFacts); ++k) {
    const Difference& says = facts[k].says;
    const bool fits = question.sign > 0 ? says.x == question.x : says.y == question.x;
    if (!fits || !IsKnown(facts[k], question.point)) continue;
    // sign * (x - z) <= says.c, so sign * (z - y) <= c - says.c is enough.
    const Ref z = question.sign > 0 ? says.y : says.x;
    Question next = question;
    next.c = question.c - says.c;
    next.x = z;
    if (z == kNoRef ? OfConstant(next, 0) : Ask(next)) return true;
  }
  return false;
}

// By induction over the header's runs, if the block is one: y must stay the same meanwhile.
bool LoopRanges::AskArguments(const Question& question) {
  const uint32_t index = flow_.BlockOf(question.x);
  const FlowBlock& block = flow_.block(index);
  if (question.y != kNoRef) {
    if (!flow_.Dominates(question.y, block.begin)) return false;
    const uint32_t y_block = flow_.BlockOf(question.y);
    const bool header = block.loop != kNoLoop && flow_.loop(block.loop).header == index;
    if (header && y_block != kNoBlock && flow_.LoopContains(block.loop, y_block)) return false;
  }
  for (const Question& asked : active_) {
    if (asked.x == question.x && asked.y == question.y && asked.sign == question.sign) {
      return question.c >= asked.c;
    }
  }
  active_.push_back(question);
  const size_t place = question.x - block.begin - 1;
  bool holds = true;
  for (size_t k = 0; holds && k < block.predecessors.size(); ++k) {
    Question next = question;
    next.point = flow_.block(block.predecessors[k]).terminator();
    next.x = trace_.operands(next.point)[place];
    holds = Ask(next);
  }
  active_.pop_back();
  return holds;
}

// The values that a parameter may be made of by passing values on and by small steps: if all that begins with
// is bounded, so is it.
bool LoopRanges::AskCounter(const Question& question) {
  if (question.y != kNoRef) return false;
  const Wide limit = question.c - kCounterReach;
  std::vector<Ref> values = {question.x};
  for (size_t v = 0; v < values.size(); ++v) {
    const FlowBlock& block = flow_.block(flow_.BlockOf(values[v]));
    const size_t place = values[v] - block.begin - 1;
    for (const uint32_t from : block.predecessors) {
      const Ref jump = flow_.block(from).terminator();
      Ref argument = trace_.operands(jump)[place];
      int64_t step = 0;
      for (int steps = 0; steps < 4; ++steps) {
        const Op op = trace_.at(argument).op;
        const bool sum = op == Op::kAdd || op == Op::kSub || op == Op::kCheckedAdd || op == Op::kCheckedSub;
        if (!sum || !IsConstant(trace_.operands(argument)[1], &step)) break;
        if (step < -kCounterStep || step > kCounterStep) break;
        argument = trace_.operands(argument)[0];
      }
      if (std::find(values.begin(), values.end(), argument) != values.end()) continue;
      if (trace_.at(argument).op == Op::kParameter) {
        if (values.size() == kCounterValues) return false;
        values.push_back(argument);
        continue;
      }
      Question start = question;
      start.x = argument;
      start.c = limit;
      start.point = jump;
      if (!Ask(start)) return false;
    }
  }
  return true;
}

}  // namespace lathe
