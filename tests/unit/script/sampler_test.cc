// The sampling profiler: lines of the script, phases, and the threads that work for it. Counts are compared
// with the processor time that the system tells, not with the wall's: the machine may be busy.
#include "src/script/sampler.h"

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "src/base/temporary_file.h"
#include "src/script/interpreter.h"

namespace lathe::script {
namespace {

double ProcessorSeconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The samples of a script, which is run with a trace log: without one there are no phases.
struct Profile {
  std::vector<SamplePlace> places;
  double milliseconds = 0;

  int64_t Count(Phase phase, int64_t line) const {
    int64_t count = 0;
    for (const SamplePlace& place : places)
      count += place.phase == phase && place.line == line ? place.count : 0;
    return count;
  }
  int64_t All() const {
    int64_t count = 0;
    for (const SamplePlace& place : places) count += place.count;
    return count;
  }
};

Profile ProfileOf(const std::string& code, int threads) {
  const TemporaryFile log("sampler-test");
  EngineOptions options;
  options.trace_file = log.path();
  options.trace_detail = TraceDetail::kEvents;
  options.profile = true;
  options.threads = threads;
  Configure(options);
  Profile profile;
  {
    std::ostringstream out, err;
    Interpreter interpreter;
    interpreter.SetStreams(&out, &err);
    Sampler sampler(interpreter.vm());
    const double start = ProcessorSeconds();
    EXPECT_EQ(interpreter.RunString(code, "sampled.py"), 0) << err.str();
    profile.places = sampler.Take();
    profile.milliseconds = 1e3 * (ProcessorSeconds() - start);
    EXPECT_TRUE(sampler.Take().size() <= 1) << "samples are taken once";
  }
  Configure(EngineOptions());
  return profile;
}

constexpr const char* kKernels = R"(import numpy as np
a = np.arange(1000000.0)
for k in range(60):
    a = np.sin(a * 1.5 + 1) + np.cos(a)
    a.sum().item()
)";

TEST(Sampler, NamesLinesAndPhases) {
  const Profile profile = ProfileOf(R"(def slow(n):
    words = []
    for i in range(n):
        words.append(str(i))
    return len("".join(words))
slow(400000)
t = 0.0
for i in range(100000000):
    t += i * 0.5
)",
                                    1);
  EXPECT_GT(profile.Count(Phase::loop, 9) + profile.Count(Phase::loop, 8), 10);
  int64_t in_slow = 0;
  for (const SamplePlace& place : profile.places) in_slow += place.function == "slow" ? place.count : 0;
  EXPECT_GT(in_slow, 5);
  EXPECT_NEAR(static_cast<double>(profile.All()), profile.milliseconds, 0.4 * profile.milliseconds + 20);
}

// A kernel's threads are sampled, and are where the script is that waits for them.
TEST(Sampler, SamplesTheThreadsOfKernels) {
  for (const int threads : {1, 3}) {
    const Profile profile = ProfileOf(kKernels, threads);
    EXPECT_NEAR(static_cast<double>(profile.All()), profile.milliseconds, 0.4 * profile.milliseconds + 20)
        << threads;
    const int64_t in_kernels = profile.Count(Phase::run, 4) + profile.Count(Phase::run, 5);
    EXPECT_GT(static_cast<double>(in_kernels), 0.6 * static_cast<double>(profile.All())) << threads;
  }
}

// Samplers come and go while the pool's threads live on.
TEST(Sampler, ComesAndGoes) {
  for (int round = 0; round < 5; ++round) {
    const Profile profile = ProfileOf(
        "import numpy as np\na = np.arange(1000000.0)\nfor k in range(6):\n"
        "    a = np.sin(a)\n    a.sum().item()\n",
        3);
    EXPECT_GE(profile.All(), 0);
  }
}

}  // namespace
}  // namespace lathe::script
