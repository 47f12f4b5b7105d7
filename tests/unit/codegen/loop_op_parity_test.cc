// Loop traces: every elementwise op of every dtype as machine code of this machine against its element
// function, with operands in registers, in memory and as constants, as a value and as a condition; and the
// emitters of all instruction sets write code for every op that a loop trace can have.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/codegen/loop/emitters.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "tests/support/op_cases.h"
#include "tests/support/random_loop_trace.h"
#include "tests/support/tested_levels.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

const std::atomic<int> kNoAttention = 0;

void ExpectCodeEverywhere(const Trace& trace) {
  for (const LevelInfo& level : kLevels) {
    LoopEmitOptions options;
    options.level = static_cast<VectorLevel>(&level - kLevels);
    options.elsewhere = true;
    options.attention = &kNoAttention;
    const absl::StatusOr<std::string> bytes = MakeLoopEmitter(trace, options)->EmitBytes();
    ASSERT_TRUE(bytes.ok()) << level.word << ": " << bytes.status() << "\n" << PrintTrace(trace);
    EXPECT_GE(bytes->size(), 4u);
  }
}

// A block that applies the op to parameters and leaves with its result: at exit 0, or for a condition at exit
// 0 if it is true and 1 if not.
struct Form {
  uint32_t constants = 0;  // bit k: operand k is one
  bool crowded = false;    // so many values live on that operands are in memory
  bool guards = false;
};

class TraceMaker {
 public:
  TraceMaker(const OpCase& c, const Form& form, const std::vector<uint64_t>& values) {
    std::vector<Ref> operands, others;
    uint64_t position = 0;
    const auto is_constant = [&](size_t k) { return ((form.constants >> k) & 1) != 0; };
    for (size_t k = 0; k < c.operands.size(); ++k) {
      if (!is_constant(k)) operands.push_back(Append(Op::kParam, c.operands[k], {}, position++));
    }
    if (form.crowded) {
      for (int k = 0; k < 2 * kMany; ++k) {
        others.push_back(Append(Op::kParam, k < kMany ? DType::kInt64 : DType::kFloat64, {}, position++));
      }
    }
    Append(Op::kBlock, DType::kBool, {}, 0);
    for (size_t k = 0; k < c.operands.size(); ++k) {
      if (is_constant(k)) {
        operands.insert(operands.begin() + static_cast<std::ptrdiff_t>(k),
                        Append(Op::kConst, c.operands[k], {}, values[k]));
      }
    }
    // What lives across the op, and is used more than its operands: those are in memory.
    for (int turn = 0; turn < 2; ++turn) {
      for (size_t k = 0; k < others.size(); ++k) {
        others[k] = Append(k < kMany ? Op::kBitXor : Op::kMaximum, trace_.at(others[k]).dtype,
                           {others[k], others[k < kMany ? 0 : kMany]}, 0);
      }
    }
    const Ref value = Append(c.op, c.result, operands, 0);
    std::vector<Ref> snapshot = {value};
    snapshot.insert(snapshot.end(), others.begin(), others.end());
    if (form.guards) {
      std::vector<Ref> guard = {value};
      guard.insert(guard.end(), others.begin(), others.end());
      Append(Op::kGuard, DType::kBool, guard, 1);
      snapshot.erase(snapshot.begin());
    }
    Append(Op::kLeave, DType::kBool, snapshot, 0);
  }
  const Trace& trace() const { return trace_; }
  static constexpr int kMany = 32;

 private:
  Ref Append(Op op, DType dtype, const std::vector<Ref>& operands, uint64_t attribute) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.attribute = attribute;
    return trace_.Append(instruction, operands, {});
  }
  Trace trace_;
};

bool IsNan(DType dtype, uint64_t bits) {
  if (dtype == DType::kFloat64) return std::isnan(Scalar{dtype, bits}.As<double>());
  return dtype == DType::kFloat32 && std::isnan(Scalar{dtype, bits}.As<float>());
}

class Checker {
 public:
  explicit Checker(const OpCase& c)
      : case_(c), function_(FindElementFunction(c.op, c.selecting(), c.result)), random_(7) {}

  void Check(const Form& form, Isa isa, int count) {
    const std::vector<uint64_t> constants = Draw();
    const TraceMaker maker(case_, form, constants);
    ASSERT_TRUE(Verify(maker.trace()).ok()) << Verify(maker.trace()) << PrintTrace(maker.trace());
    if (isa == kTestedLevels[0].isa) ExpectCodeEverywhere(maker.trace());
    NativeOptions options;
    options.level = isa;
    const auto executable = MakeNativeLoopBackend(options)->CompileLoop(maker.trace(), &kNoAttention);
    ASSERT_TRUE(executable.ok()) << executable.status();
    for (int k = 0; k < count && !testing::Test::HasFailure(); ++k) {
      std::vector<uint64_t> values = Draw();
      for (size_t n = 0; n < values.size(); ++n) {
        if (((form.constants >> n) & 1) != 0) values[n] = constants[n];
      }
      CheckValues(form, **executable, values);
    }
  }

 private:
  std::vector<uint64_t> Draw() {
    std::vector<uint64_t> values;
    for (const DType dtype : case_.operands) values.push_back(RandomValue(dtype, random_));
    // An extent, which is not negative: machine code relies on it.
    if (case_.op == Op::kInBounds) values[1] &= (uint64_t{1} << (8 * ItemSize(case_.operands[1]) - 1)) - 1;
    return values;
  }

  void CheckValues(const Form& form, const LoopExecutable& executable, const std::vector<uint64_t>& values) {
    std::vector<uint64_t> inputs;
    std::vector<const void*> pointers;
    for (size_t k = 0; k < values.size(); ++k) {
      pointers.push_back(&values[k]);
      if (((form.constants >> k) & 1) == 0) inputs.push_back(ExtendedBits(case_.operands[k], values[k]));
    }
    for (int k = 0; k < 2 * TraceMaker::kMany; ++k) inputs.push_back(0);
    uint64_t expected = 0;
    function_(&expected, pointers.data(), 1);
    expected = ExtendedBits(case_.result, expected);
    std::vector<uint64_t> found(2 * TraceMaker::kMany + 1);
    const uint32_t exit = executable.Run(inputs.data(), found.data());
    if (form.guards) {
      found[0] = exit == 0 ? 1 : 0;
    } else {
      EXPECT_EQ(exit, 0u);
    }
    if (IsNan(case_.result, expected) && IsNan(case_.result, found[0])) return;
    std::string text;
    for (const uint64_t value : values) text += " " + std::to_string(value);
    EXPECT_EQ(found[0], expected) << Describe(case_) << (form.guards ? " as a guard" : "") << ", constants "
                                  << form.constants << ", operands (bits)" << text;
  }

  const OpCase& case_;
  const ElementFunction function_;
  std::mt19937_64 random_;
};

class LoopOpParityTest : public testing::TestWithParam<int> {};

TEST_P(LoopOpParityTest, EqualsTheElementFunction) {
  for (const OpCase& c : CasesOf(static_cast<Op>(GetParam()))) {
    for (const Isa isa : {Isa::kSse42, Isa::kNative}) {
      SCOPED_TRACE(Describe(c));
      Checker checker(c);
      const bool condition = IsBool(c.result);
      for (const bool guards : {false, true}) {
        if (guards && !condition) continue;
        checker.Check({0, false, guards}, isa, 200);
        checker.Check({0, true, guards}, isa, 50);
        // Passes fold an op of constants only.
        const uint32_t all = (1u << c.operands.size()) - 1;
        for (uint32_t constants = 1; constants < all; ++constants) {
          for (int k = 0; k < 6; ++k) checker.Check({constants, k == 0, guards}, isa, 20);
        }
      }
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, LoopOpParityTest, testing::ValuesIn(OpsWithCases()),
                         [](const auto& op) { return std::string(Info(static_cast<Op>(op.param)).text); });

// ---- Ops that are no elementwise ones ---------------------------------------------------------------
// Each appears here, but for those of other levels, in forms that the verifier accepts.
std::vector<std::string> OtherTraces() {
  std::vector<std::string> texts;
  for (const char* op : {"addo", "subo", "mulo"}) {
    for (const char* y : {"%y", "%one", "%most", "%least"}) {
      texts.push_back(std::string("trace @f(%x: i64, %y: i64) {\nblock 0:\n  %one: i64 = const 1\n"
                                  "  %most: i64 = const 9223372036854775807\n"
                                  "  %least: i64 = const -9223372036854775808\n  %0: i64 = ") +
                      op + " %x, " + y + " exit 1(%x)\n  leave exit 0(%0)\n}\n");
    }
  }
  for (const char* dtype : {"bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"}) {
    for (const char* address : {"%b", "%b, %i, %1", "%b, %i, %8", "%b, %j, %8", "%b, %i, %4, %i, %4",
                                "%b, %i, %8, %8, %8", "%b, %i, %24", "%b, %i, %i, %far, %1"}) {
      texts.push_back(std::string("trace @f(%b: i64, %i: i64) {\nblock 0:\n  %1: i64 = const 1\n"
                                  "  %4: i64 = const 4\n  %8: i64 = const 8\n  %24: i64 = const 24\n"
                                  "  %far: i64 = const 10000000\n  %j: i64 = add %i, %1\n"
                                  "  %p: i64 = address ") +
                      address + "\n  %x: " + dtype + " = read %p in 0\n  write %p, %x in 0\n" +
                      "  leave exit 0(%x, %j)\n}\n");
    }
  }
  for (const LoopFunctionInfo& function : LoopFunctions()) {
    std::string parameters, arguments;
    for (size_t k = 0; k < function.arguments.size(); ++k) {
      const std::string name = (k == 0 ? "%" : ", %") + std::string(1, static_cast<char>('a' + k));
      parameters += name + ": " + std::string(DTypeWord(function.arguments[k]));
      arguments += name;
    }
    texts.push_back("trace @f(" + parameters +
                    ") {\nblock 0:\n  %0: " + std::string(DTypeWord(function.result)) + " = call " +
                    std::string(function.text) + "(" + arguments + ")\n  leave exit 0(%0, %a)\n}\n");
  }
  texts.push_back(R"(trace @f(%f: i64, %x: f64, %n: i64) {
block 0:
  %zero: i64 = const 0
  %one: i64 = const 1
  jump 1(%zero, %x)
block 1(%i: i64, %s: f64):
  poll exit 1(%i, %s)
  %0: bool = lt %i, %n
  guard %0 else 2
  %1: f64 = foreign %f, %s
  %2: f64 = apply %f, %x, %1
  %3: f64 = applyserial %f, %2
  %4: i64 = ask %f, %i
  %next: i64 = add %4, %one
  jump 1(%next, %3)
block 2:
  leave exit 0(%s)
}
)");
  texts.push_back(R"(kernel @k(%n: dim, %a: f64[%n] g) {
  %0: f64[%n] = mul %a, %a
  ret %0
}
trace @f(%n: i64, %a: i64, %to: i64) {
block 0:
  %8: i64 = const 8
  %0: i64 = invoke @k(%n, %a, %8, %to)
  leave exit 0(%0)
}
)");
  return texts;
}

TEST(LoopEmitterTest, AllInstructionSetsHaveCodeForEveryOpOfTheLoopLevel) {
  std::set<Op> seen;
  for (const std::string& text : OtherTraces()) {
    const absl::StatusOr<Trace> trace = ParseTrace(text);
    ASSERT_TRUE(trace.ok()) << trace.status() << text;
    ASSERT_TRUE(Verify(*trace).ok()) << Verify(*trace) << text;
    ExpectCodeEverywhere(*trace);
    for (const Instruction& i : trace->instructions) seen.insert(i.op);
  }
  for (int op = 0; op < kOpCount; ++op) {
    const OpInfo& info = Info(static_cast<Op>(op));
    if (info.lowering != Lowering::kFlow && info.lowering != Lowering::kForeign) continue;
    EXPECT_TRUE(seen.contains(static_cast<Op>(op))) << info.text;
  }
}

// Jumps of AArch64 reach a megabyte: what is longer is an error, not wrong code.
TEST(LoopEmitterTest, CodeThatJumpsCannotSpanIsAnError) {
  Trace trace;
  const auto append = [&](Op op, DType dtype, std::vector<Ref> operands, uint64_t attribute = 0) {
    Instruction i;
    i.op = op;
    i.dtype = dtype;
    i.attribute = attribute;
    return trace.Append(i, operands, {});
  };
  const Ref x = append(Op::kParam, DType::kBool, {}, 0);
  const Ref y = append(Op::kParam, DType::kInt64, {}, 1);
  append(Op::kBlock, DType::kBool, {}, 0);
  append(Op::kGuard, DType::kBool, {x}, 1);
  Ref value = y;
  for (int k = 0; k < 300000; ++k) value = append(Op::kMul, DType::kInt64, {value, y});
  append(Op::kLeave, DType::kBool, {value}, 0);
  LoopEmitOptions options;
  options.level = VectorLevel::kNeon;
  options.elsewhere = true;
  const absl::StatusOr<std::string> bytes = MakeLoopEmitter(trace, options)->EmitBytes();
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.status().message(), "the loop's code is too long for the jumps in it");
}

// Loops for AArch64 compile in at most half as much time again as for x86-64.
TEST(LoopEmitterTest, NoInstructionSetIsSlowToCompileFor) {
  std::vector<RandomLoop> loops;
  for (uint64_t seed = 1; seed <= 60; ++seed) loops.push_back(MakeRandomLoop(seed));
  constexpr std::array kCompared = {VectorLevel::kAvx2, VectorLevel::kNeon};
  std::array<double, kCompared.size()> best;
  best.fill(1e9);
  for (int round = 0; round < 7; ++round) {
    for (size_t k = 0; k < best.size(); ++k) {
      const auto start = std::chrono::steady_clock::now();
      for (const RandomLoop& loop : loops) {
        LoopEmitOptions options;
        options.level = kCompared[k];
        options.elsewhere = true;
        ASSERT_TRUE(MakeLoopEmitter(loop.trace, options)->EmitBytes().ok());
      }
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      best[k] = std::min(best[k], seconds.count());
    }
  }
  EXPECT_LE(best[1], 1.5 * best[0]);
}

}  // namespace
}  // namespace lathe
