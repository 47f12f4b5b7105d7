// Matching of rules and building of their results.
#include "src/recorder/build/simplify.h"

#include <algorithm>
#include <vector>

#include "src/recorder/build/builder.h"
#include "src/recorder/build/rules.h"

namespace lathe {
namespace {

class Matcher {
 public:
  Matcher(const Builder& builder, const Rule& rule, Op op, DType dtype, std::span<const Ref> operands,
          std::span<const Dim> dims)
      : trace_(builder.trace()), rule_(rule), operands_(operands) {
    match_.trace = &trace_;
    match_.result = dtype;
    match_.dims = dims;
    operand_dtype_ = OperandDType(trace_, op, operands);
  }

  // Each commuting node of the pattern is tried in both orders: bit k of `swaps` is the k-th one's.
  bool Run() {
    uint32_t tries = 1;
    for (uint32_t swaps = 0; swaps < tries; ++swaps) {
      match_.bound.fill(kNoRef);
      swaps_ = swaps;
      commuting_ = 0;
      const bool matches = MatchOperands(rule_.nodes[rule_.pattern], operands_) && MatchLiterals();
      tries = std::max(tries, 1u << commuting_);
      if (matches && rule_.predicate(match_)) return true;
    }
    return false;
  }
  const RuleMatch& match() const { return match_; }

 private:
  bool MatchOperands(const RuleNode& node, std::span<const Ref> operands) {
    if (operands.size() != node.count) return false;
    const bool swap = Commutes(node.op) && ((swaps_ >> commuting_++) & 1) != 0;
    for (size_t k = 0; k < operands.size(); ++k) {
      if (!MatchNode(node.operands[k], operands[swap ? operands.size() - 1 - k : k])) return false;
    }
    return true;
  }

  bool MatchNode(uint8_t index, Ref ref) {
    const RuleNode& node = rule_.nodes[index];
    switch (node.kind) {
      case RuleNode::Kind::kValue:
      case RuleNode::Kind::kConstant: {
        if (node.kind == RuleNode::Kind::kConstant) ref = ConstantBehind(ref);
        if (ref == kNoRef) return false;
        Ref& bound = match_.bound[static_cast<size_t>(node.letter)];
        if (bound != kNoRef) return bound == ref;
        bound = ref;
        return true;
      }
      case RuleNode::Kind::kLiteral:
        literals_[index] = ConstantBehind(ref);
        return literals_[index] != kNoRef;
      case RuleNode::Kind::kOp:
        if (trace_.at(ref).op != node.op) return false;
        match_.bound[0] = ref;  // the matched inner op, for predicates on it
        return MatchOperands(node, trace_.operands(ref));
    }
    return false;
  }

  // The constant that `ref` is, or is a broadcast of; the result is broadcast anew.
  Ref ConstantBehind(Ref ref) const {
    while (trace_.at(ref).op == Op::kBroadcast) ref = trace_.operands(ref)[0];
    return trace_.at(ref).op == Op::kConst ? ref : kNoRef;
  }

  // The dtype is known once x is bound: then the class and the literals are checked.
  bool MatchLiterals() {
    const Ref x = match_.bound['x'];
    match_.dtype = x == kNoRef ? operand_dtype_ : trace_.at(x).dtype;
    if (!Allows(rule_.dtypes, match_.dtype)) return false;
    for (size_t index = 0; index < rule_.result; ++index) {
      const RuleNode& node = rule_.nodes[index];
      if (node.kind != RuleNode::Kind::kLiteral) continue;
      const Instruction& constant = trace_.at(literals_[index]);
      if (constant.dtype != LiteralDType(node.literal, match_.dtype)) return false;
      if (constant.attribute != LiteralBits(node.literal, match_.dtype)) return false;
    }
    return true;
  }

  const Trace& trace_;
  const Rule& rule_;
  const std::span<const Ref> operands_;
  DType operand_dtype_ = DType::kFloat64;
  RuleMatch match_;
  std::array<Ref, Rule::kMaxNodes> literals_{};
  uint32_t swaps_ = 0;
  uint32_t commuting_ = 0;
};

// A quick look before the full match: most rules need a constant or an inner op that is not there.
bool MayMatch(const Trace& trace, const Rule& rule, std::span<const Ref> operands) {
  const RuleNode& root = rule.nodes[rule.pattern];
  for (size_t k = 0; k < root.count; ++k) {
    const RuleNode& node = rule.nodes[root.operands[k]];
    if (node.kind == RuleNode::Kind::kValue) continue;
    const bool found = std::any_of(operands.begin(), operands.end(), [&](Ref ref) {
      const Op op = trace.at(ref).op;
      return node.kind == RuleNode::Kind::kOp ? op == node.op : op == Op::kConst || op == Op::kBroadcast;
    });
    if (!found) return false;
  }
  return true;
}

class ResultBuilder {
 public:
  ResultBuilder(Builder& builder, const Rule& rule, const RuleMatch& match)
      : builder_(builder), rule_(rule), match_(match), dims_(match.dims) {}

  Ref Run() {
    const RuleNode& root = rule_.nodes[rule_.result];
    if (root.kind == RuleNode::Kind::kOp) {
      // The operands left may be smaller than the result was: it is broadcast anew.
      const std::vector<Ref> operands = Operands(root);
      const absl::StatusOr<ValueType> type =
          InferElementwise(builder_.trace(), root.op, operands, match_.result);
      if (!type.ok() || SameDims(type->dims, dims_)) {
        return builder_.Emit(root.op, match_.result, operands, dims_);
      }
      const Ref smaller = builder_.Emit(root.op, match_.result, operands, type->dims);
      return builder_.Emit(Op::kBroadcast, match_.result, std::vector<Ref>{smaller}, dims_);
    }
    const Ref value = Node(rule_.result);
    if (SameDims(builder_.trace().dims(value), dims_)) return value;
    return builder_.Emit(Op::kBroadcast, match_.result, std::vector<Ref>{value}, dims_);
  }

 private:
  std::vector<Ref> Operands(const RuleNode& node) {
    std::vector<Ref> operands;
    for (size_t k = 0; k < node.count; ++k) operands.push_back(Node(node.operands[k]));
    return operands;
  }
  Ref Node(uint8_t index) {
    const RuleNode& node = rule_.nodes[index];
    if (node.kind == RuleNode::Kind::kLiteral) {
      return builder_.Constant(LiteralDType(node.literal, match_.dtype),
                               LiteralBits(node.literal, match_.dtype));
    }
    if (node.letter == 'K') return builder_.Constant(match_.dtype, match_.derived);
    return match_.bound[static_cast<size_t>(node.letter)];
  }

  Builder& builder_;
  const Rule& rule_;
  const RuleMatch& match_;
  const DimList dims_;
};

}  // namespace

Ref ApplyRule(Builder& builder, const Rule& rule, Op op, DType dtype, std::span<const Ref> operands,
              std::span<const Dim> dims) {
  if (!MayMatch(builder.trace(), rule, operands)) return kNoRef;
  Matcher matcher(builder, rule, op, dtype, operands, dims);
  return matcher.Run() ? ResultBuilder(builder, rule, matcher.match()).Run() : kNoRef;
}

Ref Simplify(Builder& builder, Op op, DType dtype, std::span<const Ref> operands, std::span<const Dim> dims) {
  for (const Rule* rule : RulesFor(op)) {
    const Ref simpler = ApplyRule(builder, *rule, op, dtype, operands, dims);
    if (simpler != kNoRef) return simpler;
  }
  return kNoRef;
}

}  // namespace lathe
