// Every rule of rules.def, evaluated on both sides for every dtype it claims, on all pairs of special and
// some random values.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/recorder/build/builder.h"
#include "src/recorder/build/rules.h"
#include "src/recorder/build/simplify.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

std::vector<uint64_t> ValuesOf(DType dtype) {
  std::vector<uint64_t> values = SpecialValues(dtype);
  std::mt19937_64 random(static_cast<uint64_t>(dtype));
  if (!IsBool(dtype)) {
    for (int k = 0; k < 6; ++k) values.push_back(RandomValue(dtype, random));
  }
  return values;
}

// One application of a rule: its pattern as a trace that returns both sides.
class Application {
 public:
  Application(const Rule& rule, DType dtype, DType middle, DType result, uint64_t constant)
      : rule_(rule),
        dtype_(dtype),
        middle_(middle),
        result_(result),
        constant_(constant),
        builder_(&trace_, {false, false, false}) {}

  // False if the pattern has no such types or the rule does not fire.
  bool Build() {
    dims_.push_back(Dim::Symbol(builder_.AddDim("n")));
    for (size_t k = 0; k < rule_.result; ++k) AddLetter(rule_.nodes[k]);
    const RuleNode& root = rule_.nodes[rule_.pattern];
    std::vector<Ref> operands;
    for (size_t k = 0; k < root.count; ++k) operands.push_back(Node(rule_.nodes[root.operands[k]]));
    if (failed_) return false;
    DType given = result_;
    if (root.op == Op::kBroadcast) given = dtype_;
    absl::StatusOr<ValueType> type = InferElementwise(trace_, root.op, operands, given);
    if (!type.ok()) return false;
    const Ref plain = builder_.Emit(root.op, type->dtype, operands, dims_);
    const Ref simple = ApplyRule(builder_, rule_, root.op, type->dtype, operands, dims_);
    if (simple == kNoRef) return false;
    const std::array<Ref, 2> results = {plain, simple};
    builder_.Return(results);
    return true;
  }
  const Trace& trace() const { return trace_; }

 private:
  void AddLetter(const RuleNode& node) {
    if (node.kind != RuleNode::Kind::kValue || letters_[static_cast<size_t>(node.letter)] != kNoRef) return;
    const DType dtype = node.letter == 'c' ? DType::kBool : dtype_;
    letters_[static_cast<size_t>(node.letter)] =
        builder_.AddParam(dtype, dims_, Layout::Dense(1), std::string(1, node.letter));
  }
  Ref Node(const RuleNode& node) {
    switch (node.kind) {
      case RuleNode::Kind::kValue:
        return letters_[static_cast<size_t>(node.letter)];
      case RuleNode::Kind::kConstant:
        return builder_.Constant(dtype_, constant_);
      case RuleNode::Kind::kLiteral:
        return builder_.Constant(LiteralDType(node.literal, dtype_), LiteralBits(node.literal, dtype_));
      case RuleNode::Kind::kOp:
        break;
    }
    std::vector<Ref> operands;
    for (size_t k = 0; k < node.count; ++k) operands.push_back(Node(rule_.nodes[node.operands[k]]));
    if (node.op == Op::kBroadcast) return builder_.Emit(node.op, dtype_, operands, dims_);
    const absl::StatusOr<Ref> value = builder_.Elementwise(node.op, operands, middle_);
    failed_ |= !value.ok();
    return value.ok() ? *value : 0;
  }

  const Rule& rule_;
  const DType dtype_, middle_, result_;
  const uint64_t constant_;
  Trace trace_;
  Builder builder_;
  DimList dims_;
  std::array<Ref, 128> letters_ = [] {
    std::array<Ref, 128> letters{};
    letters.fill(kNoRef);
    return letters;
  }();
  bool failed_ = false;
};

// All pairs of values for x and y, with c changing every other pair.
std::string Mismatch(const Trace& trace) {
  const absl::Status valid = Verify(trace);
  if (!valid.ok()) return std::string(valid.message());
  const auto executable = MakeInterpreter()->Compile(trace);
  if (!executable.ok()) return std::string(executable.status().message());
  std::vector<std::vector<uint64_t>> columns;
  std::vector<Operand> params;
  size_t length = 2;
  std::vector<std::vector<uint64_t>> choices;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    if (trace.at(ref).op != Op::kParam) continue;
    choices.push_back(ValuesOf(trace.at(ref).dtype));
    length *= choices.back().size();
    params.emplace_back();
    params.back().dtype = trace.at(ref).dtype;
  }
  size_t period = 1;
  std::vector<std::string> memory;
  for (size_t p = 0; p < params.size(); ++p) {
    const size_t item = static_cast<size_t>(ItemSize(params[p].dtype));
    std::string bytes(length * item + 8, '\0');
    for (size_t k = 0; k < length; ++k) {
      std::memcpy(bytes.data() + k * item, &choices[p][k / period % choices[p].size()], item);
    }
    period *= choices[p].size();
    memory.push_back(std::move(bytes));
  }
  const std::span<const Ref> results = trace.operands(trace.size() - 1);
  const DType dtype = trace.at(results[0]).dtype;
  const size_t item = static_cast<size_t>(ItemSize(dtype));
  std::vector<Operand> outputs(2);
  for (Operand& output : outputs) {
    output.dtype = dtype;
    memory.emplace_back(length * item + 8, '\0');
  }
  for (size_t k = 0; k < memory.size(); ++k) {
    Operand& operand = k < params.size() ? params[k] : outputs[k - params.size()];
    operand.rank = 1;
    operand.extents[0] = static_cast<int64_t>(length);
    operand.strides[0] = ItemSize(operand.dtype);
    operand.data = memory[k].data();
  }
  const std::array<int64_t, 1> dims = {static_cast<int64_t>(length)};
  const absl::Status status = (*executable)->Run(params, outputs, dims, nullptr);
  if (!status.ok()) return std::string(status.message());
  for (size_t k = 0; k < length; ++k) {
    uint64_t bits[2] = {0, 0};
    for (size_t side = 0; side < 2; ++side)
      std::memcpy(&bits[side], memory[params.size() + side].data() + k * item, item);
    const std::string plain = FormatLiteral(dtype, bits[0]);
    const std::string simple = FormatLiteral(dtype, bits[1]);
    if (plain == simple || (plain.starts_with("nan") && simple.starts_with("nan"))) continue;
    std::string text = PrintTrace(trace);
    for (size_t p = 0; p < params.size(); ++p) {
      uint64_t value = 0;
      const size_t size = static_cast<size_t>(ItemSize(params[p].dtype));
      std::memcpy(&value, memory[p].data() + k * size, size);
      text += (p == 0 ? "; run: @f(" : ", ") + FormatLiteral(params[p].dtype, value);
    }
    return text + ") == " + plain + ", " + simple;
  }
  return "";
}

bool UsesConstant(const Rule& rule) {
  for (size_t k = 0; k < rule.result; ++k) {
    if (rule.nodes[k].kind == RuleNode::Kind::kConstant) return true;
  }
  return false;
}

class RuleTest : public testing::TestWithParam<const Rule*> {};

TEST_P(RuleTest, BothSidesAreEqual) {
  const Rule& rule = *GetParam();
  const Op root = rule.nodes[rule.pattern].op;
  const bool given = root == Op::kCast || root == Op::kBitcast;
  std::set<DType> fired;
  for (int t = 0; t < kDTypeCount; ++t) {
    const DType dtype = static_cast<DType>(t);
    if (!Allows(rule.dtypes, dtype) || (root == Op::kBitcast && IsBool(dtype))) continue;
    const std::vector<uint64_t> constants = UsesConstant(rule) ? ValuesOf(dtype) : std::vector<uint64_t>{0};
    for (int m = 0; m < (given ? kDTypeCount : 1); ++m) {
      for (int r = 0; r < (given ? kDTypeCount : 1); ++r) {
        for (const uint64_t constant : constants) {
          Application application(rule, dtype, static_cast<DType>(m), static_cast<DType>(r), constant);
          if (!application.Build()) continue;
          fired.insert(dtype);
          ASSERT_EQ(Mismatch(application.trace()), "");
        }
      }
    }
  }
  EXPECT_FALSE(fired.empty()) << "the rule never fires";
  // Two rules hold for a part of their class only.
  if (rule.name == "abs_of_unsigned" || rule.name == "abs_neg") return;
  for (int t = 0; t < kDTypeCount; ++t) {
    const DType dtype = static_cast<DType>(t);
    EXPECT_EQ(fired.contains(dtype), Allows(rule.dtypes, dtype)) << Name(dtype);
  }
}

std::vector<const Rule*> Rules() {
  std::vector<const Rule*> rules;
  for (const Rule& rule : AllRules()) rules.push_back(&rule);
  return rules;
}
INSTANTIATE_TEST_SUITE_P(Rules, RuleTest, testing::ValuesIn(Rules()),
                         [](const auto& rule) { return std::string(rule.param->name); });

}  // namespace
}  // namespace lathe
