// Random loop traces on machine code of both levels, beside the interpreter.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "src/codegen/native_backend.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/printer.h"
#include "tests/support/optimising_loop_backend.h"
#include "tests/support/random_loop_trace.h"

namespace lathe {
namespace {

LirLoopBackend Level(const char* name, Isa isa) {
  return {name, [isa] {
            NativeOptions options;
            options.level = isa;
            return MakeNativeLoopBackend(options);
          }};
}

TEST(NativeLoopTest, RandomTracesGiveTheInterpretersResults) {
  const std::vector<LirLoopBackend> backends = {
      {"interpreter", MakeLoopInterpreter}, Level("sse42", Isa::kSse42), Level("avx2", Isa::kAvx2)};
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    ASSERT_EQ(CompareLoopBackends(loop, backends, seed), "") << "seed " << seed << "\n"
                                                             << PrintTrace(loop.trace);
  }
}

TEST(NativeLoopTest, PassesChangeNothingButThePath) {
  NativeOptions options;
  const std::vector<LirLoopBackend> backends = {
      {"interpreter", MakeLoopInterpreter},
      {"all passes", [&] { return MakeOptimisingLoopBackend("", MakeNativeLoopBackend(options)); }}};
  for (uint64_t seed = 2001; seed <= 3000; ++seed) {
    const RandomLoop loop = MakeRandomLoop(seed);
    ASSERT_EQ(CompareLoopBackends(loop, backends, seed), "") << "seed " << seed << "\n"
                                                             << PrintTrace(loop.trace);
  }
}

}  // namespace
}  // namespace lathe
