// Merging of equal instructions: when two of them compute the same value, and for how long a value is
// known. A value made inside a nest is known until the nest ends, a load until its buffer is written.
#include <algorithm>

#include "src/recorder/build/builder.h"

namespace lathe {
namespace {

// Whether swapping the operands keeps every bit of the result. Which of +0.0 and -0.0 is the larger one is
// a matter of their order, so float extremes do not.
bool Mirrors(const Instruction& instruction) {
  return Commutes(instruction.op) &&
         !(IsFloat(instruction.dtype) && Info(instruction.op).identity == Identity::kNoStart);
}

size_t Mix(size_t hash, uint64_t value) { return (hash ^ value) * 0x9e3779b97f4a7c15u ^ (hash >> 29); }

}  // namespace

size_t Builder::Hash::operator()(Ref ref) const {
  const Instruction& instruction = trace->at(ref);
  size_t hash = Mix(static_cast<size_t>(instruction.op), static_cast<uint64_t>(instruction.dtype));
  hash = Mix(hash, instruction.attribute);
  const std::span<const Ref> operands = trace->operands(ref);
  if (Mirrors(instruction)) {
    hash = Mix(Mix(hash, std::min(operands[0], operands[1])), std::max(operands[0], operands[1]));
  } else {
    for (const Ref operand : operands) hash = Mix(hash, operand);
  }
  for (const Dim dim : trace->dims(ref)) hash = Mix(hash, static_cast<uint64_t>(dim.value));
  return hash;
}

bool Builder::Equal::operator()(Ref a, Ref b) const {
  const Instruction& x = trace->at(a);
  const Instruction& y = trace->at(b);
  if (x.op != y.op || x.dtype != y.dtype || x.attribute != y.attribute) return false;
  if (x.op == Op::kReduce && x.combiner != y.combiner) return false;
  if (!SameDims(trace->dims(a), trace->dims(b))) return false;
  const std::span<const Ref> p = trace->operands(a);
  const std::span<const Ref> q = trace->operands(b);
  if (std::equal(p.begin(), p.end(), q.begin(), q.end())) return true;
  return Mirrors(x) && p[0] == q[1] && p[1] == q[0];
}

Ref Builder::Merge() {
  const Ref last = trace_.size() - 1;
  const auto [found, is_new] = known_.insert(last);
  if (!is_new) {
    const Instruction& instruction = trace_.at(last);
    trace_.operand_pool.resize(instruction.operands_begin);
    trace_.dim_pool.resize(instruction.dims_begin);
    trace_.instructions.pop_back();
    return *found;
  }
  if (in_nest_) inner_.push_back(last);
  if (trace_.at(last).op == Op::kLoad) loads_.push_back(last);
  return last;
}

void Builder::ForgetLoads(Ref buffer) {
  std::erase_if(loads_, [&](Ref load) {
    if (trace_.operands(load)[0] != buffer) return false;
    known_.erase(load);
    return true;
  });
}

}  // namespace lathe
