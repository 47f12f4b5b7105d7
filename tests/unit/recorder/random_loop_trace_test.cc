// Random loop traces: that they are what machine code can be tested with.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/passes/pass_driver.h"
#include "tests/support/optimising_loop_backend.h"
#include "tests/support/random_loop_trace.h"

namespace lathe {
namespace {

TEST(RandomLoop, VerifiesAndReadsBack) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    const std::string text = PrintTrace(loop.trace);
    ASSERT_TRUE(Verify(loop.trace).ok()) << "seed " << seed << ": " << Verify(loop.trace) << "\n" << text;
    const absl::StatusOr<Trace> again = ParseTrace(text);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(PrintTrace(*again), text);
    EXPECT_EQ(PrintTrace(MakeRandomLoop(seed).trace), text);
  }
}

TEST(RandomLoop, HasAllThereIs) {
  std::set<Op> ops;
  std::set<uint32_t> depths;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    for (const Instruction& instruction : loop.trace.instructions) ops.insert(instruction.op);
    const Flow flow(loop.trace);
    for (const FlowLoop& inner : flow.loops()) depths.insert(inner.depth);
  }
  for (int k = 0; k < kOpCount; ++k) {
    const Op op = static_cast<Op>(k);
    const bool wanted = !TakesFunction(op) && (IsElementwise(op) || Info(op).lowering == Lowering::kFlow);
    EXPECT_TRUE(!wanted || ops.contains(op)) << Info(op).text;
  }
  EXPECT_EQ(depths, (std::set<uint32_t>{1, 2, 3}));
}

// The text of a trace is the whole trace: what was read back does the same.
TEST(RandomLoop, RunsAndIsDeterministic) {
  const std::vector<LirLoopBackend> backends = {{"interpreter", MakeLoopInterpreter},
                                                {"interpreter again", MakeLoopInterpreter}};
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    EXPECT_EQ(CompareLoopBackends(loop, backends, seed), "") << "seed " << seed;
  }
}

TEST(RandomLoop, PassesChangeNothingButThePath) {
  std::vector<LirLoopBackend> backends = {{"interpreter", MakeLoopInterpreter}};
  for (const PassInfo& pass : AllPasses()) {
    if (pass.level != TraceLevel::kLoop) continue;
    backends.push_back({std::string(pass.name),
                        [&pass] { return MakeOptimisingLoopBackend(pass.name, MakeLoopInterpreter()); }});
  }
  backends.push_back({"all passes", [] { return MakeOptimisingLoopBackend("", MakeLoopInterpreter()); }});
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    ASSERT_EQ(CompareLoopBackends(loop, backends, seed), "") << "seed " << seed << "\n"
                                                             << PrintTrace(loop.trace);
  }
}

TEST(LoopInterpreter, RefusesWhatDoesNotVerify) {
  const std::atomic<int> attention = 0;
  const absl::StatusOr<Trace> array_level = ParseTrace("trace @f(%x: f64) {\n  ret %x\n}\n");
  EXPECT_FALSE(MakeLoopInterpreter()->CompileLoop(*array_level, &attention).ok());
  const absl::StatusOr<Trace> wrong = ParseTrace("trace @f() {\nblock 0:\n  jump 1\n}\n");
  EXPECT_FALSE(MakeLoopInterpreter()->CompileLoop(*wrong, &attention).ok());
}

}  // namespace
}  // namespace lathe
