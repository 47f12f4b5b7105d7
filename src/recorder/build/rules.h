// The rules of rules.def, read when the program is compiled: a mistake in a pattern is a compile error.
// Each side is a tree in one small array of nodes, for the simplifier and for the tests, which evaluate
// both sides of every rule.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/recorder/ir/trace.h"

namespace lathe {

struct RuleNode {
  enum class Kind : uint8_t { kValue, kConstant, kLiteral, kOp };
  Kind kind = Kind::kValue;
  char letter = 0;           // kValue, kConstant
  std::string_view literal;  // kLiteral: its word
  Op op = Op::kConst;        // kOp
  uint8_t count = 0;         // kOp: operands
  uint8_t operands[3] = {};
};

// What a pattern has matched.
struct RuleMatch {
  const Trace* trace = nullptr;
  DType dtype = DType::kFloat64;   // of x, or of the op's operands if there is no x
  DType result = DType::kFloat64;  // of the matched op
  std::span<const Dim> dims;       // of the matched op
  std::array<Ref, 128> bound{};    // by letter
  uint64_t derived = 0;            // K, of dtype `dtype`, if the predicate sets it
};

struct Rule {
  static constexpr size_t kMaxNodes = 12;
  std::string_view name;
  DTypeClass dtypes;
  std::array<RuleNode, kMaxNodes> nodes;
  uint8_t pattern = 0;  // roots of the two sides
  uint8_t result = 0;
  bool (*predicate)(RuleMatch&) = nullptr;
};

std::span<const Rule> AllRules();
// The rules whose pattern is rooted in `op`, in the order of rules.def.
std::span<const Rule* const> RulesFor(Op op);

// The bits of a rule's literal ("0", "-0", "1", "ones", "true" ...) as an element of `dtype`.
uint64_t LiteralBits(std::string_view literal, DType dtype);
// The dtype of a literal among operands of `dtype`: bool for true and false.
inline DType LiteralDType(std::string_view literal, DType dtype) {
  return literal == "true" || literal == "false" ? DType::kBool : dtype;
}

}  // namespace lathe
