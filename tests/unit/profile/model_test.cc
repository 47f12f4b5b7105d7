// The model of the sample log, and of logs cut anywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "src/profile/answers/answers.h"
#include "src/profile/answers/reading.h"
#include "src/profile/export/exporters.h"
#include "src/profile/model/model_builder.h"

namespace lathe::profile {
namespace {

const std::string kSample = std::string(LATHE_SOURCE_DIR) + "/tests/profile/sample.log";

Reading OpenSample() {
  absl::StatusOr<Reading> reading = Reading::Open(kSample, [](const std::string& cpu) {
    Machine machine;
    machine.cpu = cpu;
    machine.levels = {{1 << 20, 80e9, 160e9}, {1 << 27, 10e9, 16e9}};
    machine.operations_one = 10e9;
    machine.operations_all = 20e9;
    return std::optional<Machine>(machine);
  });
  EXPECT_TRUE(reading.ok()) << reading.status();
  return *std::move(reading);
}

const Finding* FindKind(const Reading& reading, const std::string& kind) {
  for (const Finding& finding : reading.findings()) {
    if (finding.kind == kind) return &finding;
  }
  return nullptr;
}

TEST(Model, PutsEventsTogether) {
  const absl::StatusOr<LogModel> model = LoadModel(kSample);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->head.script, "script.py");
  EXPECT_TRUE(model->ended);
  EXPECT_EQ(model->wall, 270'000'000);
  EXPECT_EQ(model->traces.size(), 6u);
  const TraceRecord* t0 = model->Find("t0");
  ASSERT_TRUE(t0);
  EXPECT_EQ(t0->place, (Place{"script.py", 3}));
  EXPECT_EQ(t0->lines, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(t0->runs.count, 21);
  EXPECT_EQ(t0->runs.nanoseconds, 40'000'000);
  EXPECT_EQ(t0->runs.longest, 2'100'000);
  EXPECT_EQ(t0->runs.hits, 20);
  ASSERT_EQ(t0->compilations.size(), 1u);
  EXPECT_EQ(t0->compilations[0].passes.size(), 3u);
  EXPECT_TRUE(t0->compilations[0].passes[1].ir.exists());
  EXPECT_EQ(t0->CompileNanoseconds(), 124'000);
  const TraceRecord* loop = model->Find("loop0");
  ASSERT_TRUE(loop);
  EXPECT_TRUE(loop->is_loop);
  EXPECT_EQ(loop->place.line, 12);
  EXPECT_EQ(loop->ExitCount(), 940);
  const TraceRecord* interpreted = model->Find("loop1");
  ASSERT_TRUE(interpreted);
  EXPECT_FALSE(interpreted->HasCode());
  ASSERT_EQ(interpreted->aborts.size(), 1u);
  EXPECT_EQ(interpreted->aborts[0].count, 2);
  EXPECT_EQ(interpreted->blacklistings.size(), 1u);
  EXPECT_EQ(model->counters.at("loop_exits"), 940);
  EXPECT_EQ(model->foreign.at(0).name, "dgemm");
}

TEST(Model, SharesOfPhasesAddUp) {
  const Reading reading = OpenSample();
  int sum = 0;
  int64_t time = 0;
  for (const PhaseRow& row : PhaseRows(reading.model())) {
    sum += row.per_mille;
    time += row.nanoseconds;
  }
  EXPECT_EQ(sum, 1000);
  EXPECT_EQ(time, reading.model().wall);
}

TEST(Findings, NameWhatIsInTheSample) {
  const Reading reading = OpenSample();
  for (const char* kind : {"not vectorised", "foreign", "exit", "abort", "check", "temporary", "miss"}) {
    const Finding* finding = FindKind(reading, kind);
    ASSERT_TRUE(finding) << kind;
    EXPECT_TRUE(finding->place.known()) << kind;
    EXPECT_FALSE(finding->what.empty() || finding->why.empty() || finding->remedy.empty()) << kind;
    EXPECT_GT(finding->lost, 0) << kind;
  }
  for (size_t k = 1; k < reading.findings().size(); ++k) {
    EXPECT_GE(reading.findings()[k - 1].lost, reading.findings()[k].lost);
  }
}

TEST(Answers, FirstScreenFits) {
  Reading reading = OpenSample();
  const std::string text = Summary(reading, {Style(false, 100), false});
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(Summary(reading, {Style(true, 100), false}).find('\x1b'), std::string::npos);
}

TEST(Answers, TellOfALine) {
  Reading reading = OpenSample();
  const Output output{Style(false, 100), false};
  const auto why = [&](int64_t line) { return *Why(reading, {"script.py", line}, output); };
  EXPECT_NE(why(12).find("the order of a sum of floats"), std::string::npos);
  EXPECT_NE(why(13).find("the index is not affine"), std::string::npos);
  EXPECT_NE(why(14).find("checked once, before the loop"), std::string::npos);
  EXPECT_NE(why(21).find("a generator"), std::string::npos);
  EXPECT_NE(why(3).find("fused with 1 other line"), std::string::npos);
  EXPECT_NE(why(99).find("nothing that was recorded"), std::string::npos);
}

TEST(Answers, ShowPassesAndCode) {
  Reading reading = OpenSample();
  const Output output{Style(false, 100), false};
  const std::string all = *Show(reading, "t0", {}, output);
  EXPECT_NE(all.find("3 → 2 instructions"), std::string::npos);
  EXPECT_NE(all.find("│ 3:"), std::string::npos);
  const std::string diff = *Show(reading, "t0", {"cse", true}, output);
  EXPECT_NE(diff.find("-   %1: f64[%n] = mul %a, %b"), std::string::npos);
  EXPECT_FALSE(Show(reading, "t0", {"no-such-pass", false}, output).ok());
  EXPECT_FALSE(Show(reading, "t77", {}, output).ok());
  const std::string code = *Assembly(reading, "t0", "", output);
  EXPECT_NE(code.find("; %0 mul at 3"), std::string::npos);
  EXPECT_FALSE(Assembly(reading, "loop1", "", output).ok());
}

TEST(Answers, DiffFindsRegressions) {
  Reading a = OpenSample(), b = OpenSample();
  const Output output{Style(false, 100), false};
  EXPECT_FALSE(Diff(a, b, 0.2, output).regressed);
}

// Every answer and export of the log at `path` can be given, or the log is refused.
void AskEverything(const std::string& path) {
  absl::StatusOr<Reading> reading = Reading::Open(path, nullptr);
  if (!reading.ok()) return;
  for (const bool json : {false, true}) {
    const Output output{Style(false, 100), json};
    EXPECT_FALSE(Summary(*reading, output).empty());
    EXPECT_FALSE(List(*reading, {}, output).empty());
    EXPECT_FALSE(Exits(*reading, output).empty());
    EXPECT_FALSE(Cache(*reading, output).empty());
    EXPECT_FALSE(Timeline(*reading, 10, output).empty());
    EXPECT_FALSE(Diff(*reading, *reading, 0.2, output).regressed);
    EXPECT_TRUE(Why(*reading, {"script.py", 12}, output).ok());
    for (const TraceRecord& trace : reading->model().traces) {
      EXPECT_TRUE(Show(*reading, trace.name, {}, output).ok());
      (void)Assembly(*reading, trace.name, "", output);
    }
  }
  for (const char* format : {"chrome", "speedscope", "folded", "dot", "json", "html"}) {
    EXPECT_TRUE(Export(*reading, format).ok());
  }
}

std::string SampleText() {
  std::ifstream stream(kSample);
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

TEST(Answers, HoldForCutLogs) {
  const std::string text = SampleText();
  const std::string path = testing::TempDir() + "/model_test_cut.log";
  for (size_t end = text.find('\n') + 1; end < text.size(); end += 97) {
    std::ofstream(path, std::ios::binary) << text.substr(0, end);
    ASSERT_TRUE(LoadModel(path).ok());
    AskEverything(path);
  }
}

// Numbers that no writer would write, values of other kinds, lines left out or twice.
TEST(Answers, HoldForDamagedLogs) {
  const std::string text = SampleText();
  const std::string path = testing::TempDir() + "/model_test_damaged.log";
  static constexpr const char* kValues[] = {
      "-1",   "0",    "9223372036854775807", "-9223372036854775808", "1e300", "\"x\"", "[]", "{}",
      "null", "true", "[-5,\"y\"]"};
  std::mt19937_64 random(3);
  for (int round = 0; round < 150; ++round) {
    std::string damaged;
    size_t line_begin = text.find('\n') + 1;
    damaged = text.substr(0, line_begin);
    for (size_t end; line_begin < text.size(); line_begin = end + 1) {
      end = text.find('\n', line_begin);
      std::string line = text.substr(line_begin, end - line_begin + 1);
      const size_t digit = line.find_first_of("0123456789", random() % line.size());
      const bool number =
          digit != std::string::npos && digit > 1 && line[digit - 1] == ':' && line[digit - 2] == '"';
      if (number && random() % 2 == 0) {
        size_t stop = line.find_first_not_of("0123456789", digit);
        line.replace(digit, stop - digit, kValues[random() % std::size(kValues)]);
      }
      if (random() % 16 == 0) continue;
      damaged += line;
      if (random() % 16 == 0) damaged += line;
    }
    std::ofstream(path, std::ios::binary) << damaged;
    ASSERT_TRUE(LoadModel(path).ok());
    AskEverything(path);
  }
}

}  // namespace
}  // namespace lathe::profile
