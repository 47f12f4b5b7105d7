// Random traces: machine code of all levels, with one and two threads, against the interpreter, to the bit.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/codegen/native_backend.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/passes/pass_driver.h"
#include "tests/support/tested_levels.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

std::unique_ptr<Executable> MustCompile(Backend& backend, const Trace& trace) {
  absl::StatusOr<std::unique_ptr<Executable>> executable = backend.Compile(trace);
  EXPECT_TRUE(executable.ok()) << executable.status();
  return *std::move(executable);
}

std::unique_ptr<Backend> Native(Isa isa, int threads) {
  NativeOptions options;
  options.level = isa;
  options.threads = threads;
  return MakeNativeBackend(options);
}

class RandomNativeTest : public testing::TestWithParam<uint64_t> {
 protected:
  void Check(uint64_t seed) {
    const Trace trace = RandomTrace(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + PrintTrace(trace));
    // Whatever heuristics are told, the results are the same.
    Choices choices;
    if (seed % 2 == 0) choices.Randomise(seed);
    PassContext context;
    context.choices = &choices;
    Trace nest = trace;
    ASSERT_TRUE(RunPasses(TraceLevel::kArray, nest, context).ok());
    ASSERT_TRUE(RunPasses(TraceLevel::kNest, nest, context).ok());
    const std::unique_ptr<Executable> interpreted = MustCompile(*interpreter_, trace);
    std::vector<std::unique_ptr<Executable>> native;
    for (const auto& backend : native_) native.push_back(MustCompile(*backend, nest));
    std::mt19937_64 random(seed);
    static constexpr int64_t kExtents[] = {0, 1, 2, 3, 5, 8, 13, 17, 130, 300, 1100};
    for (int round = 0; round < 3; ++round) {
      const std::vector<int64_t> extents = {kExtents[random() % 8], kExtents[random() % 11]};
      const TraceInputs inputs(trace, extents, seed);
      const auto expected = inputs.Run(trace, *interpreted);
      ASSERT_TRUE(expected.ok()) << expected.status();
      for (size_t level = 0; level < native.size(); ++level) {
        auto found = inputs.Run(trace, *native[level]);
        ASSERT_TRUE(found.ok()) << found.status();
        EXPECT_TRUE(*found == *expected)
            << kTestedLevels[level].name << ", extents " << extents[0] << " " << extents[1] << "\n"
            << PrintTrace(nest);
        const auto in_place = inputs.RunInPlace(nest, *native[level]);
        ASSERT_TRUE(in_place.ok()) << in_place.status();
        found->resize(in_place->size());
        EXPECT_TRUE(*in_place == *found) << "in place, extents " << extents[0] << " " << extents[1] << "\n"
                                         << PrintTrace(nest);
      }
    }
  }

  const std::unique_ptr<Backend> interpreter_ = MakeInterpreter();
  static std::vector<std::unique_ptr<Backend>> AllLevels() {
    std::vector<std::unique_ptr<Backend>> backends;
    for (const TestedLevel& level : kTestedLevels)
      backends.push_back(Native(level.isa, 1 + static_cast<int>(backends.size()) % 2));
    return backends;
  }
  const std::vector<std::unique_ptr<Backend>> native_ = AllLevels();
};

TEST_P(RandomNativeTest, EqualsTheInterpreter) {
  for (uint64_t seed = GetParam() * 100; seed < GetParam() * 100 + 100; ++seed) {
    Check(seed);
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomNativeTest, testing::Range<uint64_t>(100, 110));

}  // namespace
}  // namespace lathe
