// The reader of rule patterns, run by the compiler, and the table by root op.
#include "src/recorder/build/rules.h"

#include <vector>

#include "src/recorder/build/predicates.h"
#include "src/recorder/ir/literal.h"

namespace lathe {
namespace {

consteval Op OpOfWord(std::string_view word) {
  for (int k = 0; k < kOpCount; ++k) {
    if (kOpInfos[static_cast<size_t>(k)].text == word) return static_cast<Op>(k);
  }
  throw "a rule names an unknown op";
}

class RuleReader {
 public:
  consteval RuleReader(Rule* rule, size_t* used) : rule_(*rule), used_(*used) {}

  consteval uint8_t Read(std::string_view text) {
    text_ = text;
    const uint8_t root = Node();
    if (!text_.empty()) throw "a rule has something after its end";
    return root;
  }

 private:
  consteval void SkipSpaces() {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
  }
  consteval std::string_view Word() {
    size_t end = 0;
    while (end < text_.size() && text_[end] != ' ' && text_[end] != ')') ++end;
    const std::string_view word = text_.substr(0, end);
    text_.remove_prefix(end);
    return word;
  }
  consteval uint8_t Node() {
    SkipSpaces();
    const uint8_t index = static_cast<uint8_t>(used_++);
    RuleNode node;
    if (text_[0] == '(') {
      text_.remove_prefix(1);
      node.kind = RuleNode::Kind::kOp;
      node.op = OpOfWord(Word());
      for (SkipSpaces(); text_[0] != ')'; SkipSpaces()) node.operands[node.count++] = Node();
      text_.remove_prefix(1);
      if (node.count != Info(node.op).operand_count) throw "a rule gives an op a wrong number of operands";
    } else {
      const std::string_view word = Word();
      const bool letter =
          word.size() == 1 && ((word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z'));
      if (letter) {
        node.kind = word[0] >= 'a' ? RuleNode::Kind::kValue : RuleNode::Kind::kConstant;
        node.letter = word[0];
      } else {
        node.kind = RuleNode::Kind::kLiteral;
        node.literal = word;
      }
    }
    rule_.nodes[index] = node;
    return index;
  }

  Rule& rule_;
  size_t& used_;
  std::string_view text_;
};

consteval Rule MakeRule(std::string_view name, DTypeClass dtypes, std::string_view pattern,
                        std::string_view result, bool (*predicate)(RuleMatch&)) {
  Rule rule{};
  rule.name = name;
  rule.dtypes = dtypes;
  rule.predicate = predicate;
  size_t used = 0;
  rule.pattern = RuleReader(&rule, &used).Read(pattern);
  const size_t pattern_end = used;
  rule.result = RuleReader(&rule, &used).Read(result);
  for (size_t k = pattern_end; k < used; ++k) {
    const char letter = rule.nodes[k].letter;
    bool is_bound = letter == 0 || letter == 'K';
    for (size_t p = 0; p < pattern_end; ++p) is_bound |= rule.nodes[p].letter == letter;
    if (!is_bound) throw "a rule's result uses a letter that its pattern does not bind";
    if (k != pattern_end && rule.nodes[k].kind == RuleNode::Kind::kOp)
      throw "a rule's result is one op at most";
  }
  return rule;
}

constexpr Rule kRules[] = {
#define RULE(NAME, DTYPES, PATTERN, RESULT, PREDICATE) \
  MakeRule(#NAME, DTypeClass::k##DTYPES, PATTERN, RESULT, predicates::PREDICATE),
#include "src/recorder/build/rules.def"
#undef RULE
};

struct RuleIndex {
  std::vector<const Rule*> rules[kOpCount];
  RuleIndex() {
    for (const Rule& rule : kRules) rules[static_cast<size_t>(rule.nodes[rule.pattern].op)].push_back(&rule);
  }
};

}  // namespace

std::span<const Rule> AllRules() { return kRules; }

std::span<const Rule* const> RulesFor(Op op) {
  static const RuleIndex index;
  return index.rules[static_cast<size_t>(op)];
}

uint64_t LiteralBits(std::string_view literal, DType dtype) {
  if (literal == "true" || literal == "false") return literal == "true";
  return VisitDType(dtype, [&](auto type) -> uint64_t {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return literal != "0";
    } else {
      if (literal == "ones") return Scalar::Of(static_cast<T>(-1)).bits;
      if (literal == "-0") return Scalar::Of(static_cast<T>(-0.0)).bits;
      if (literal == "-1") return Scalar::Of(static_cast<T>(-1)).bits;
      return Scalar::Of(static_cast<T>(literal[0] - '0')).bits;
    }
  });
}

}  // namespace lathe
