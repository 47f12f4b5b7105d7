// The trace log from C++: listeners, source places, threads.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lathe/array.h"
#include "lathe/engine.h"
#include "lathe/trace.h"

namespace lathe {
namespace {

int64_t Number(const TraceEvent& event, std::string_view field) {
  const TraceEvent::Value* value = event.Find(field);
  return value ? std::get<int64_t>(*value) : -1;
}
std::string Text(const TraceEvent& event, std::string_view field) {
  const TraceEvent::Value* value = event.Find(field);
  return value ? std::get<std::string>(*value) : "";
}

// Collects all events while it lives.
class Events {
 public:
  explicit Events(std::string file = "") {
    EngineOptions options;
    options.trace_file = std::move(file);
    options.trace_listener = [this](const TraceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex_);
      events_.push_back(event);
    };
    Configure(options);
  }
  // Ends the log.
  std::vector<TraceEvent> Finish() {
    FinishTraceLog(0);
    return events_;
  }
  ~Events() { Configure(EngineOptions()); }

 private:
  std::mutex mutex_;
  std::vector<TraceEvent> events_;
};

TEST(TraceLog, ListenerIsToldFromTheFirstLineToTheLast) {
  Events events;
  SetSourcePlace("program.cc", 12);
  const Array x = Linspace(0, 1, 5000);
  Sum(x * x).ToDouble();
  SetSourcePlace("", 0);
  const std::vector<TraceEvent> told = events.Finish();
  ASSERT_GE(told.size(), 5u);
  EXPECT_EQ(told.front().name, "log");
  EXPECT_EQ(told.back().name, "end");
  EXPECT_EQ(Number(told.back(), "status"), 0);
  int records = 0;
  for (const TraceEvent& event : told) {
    if (event.name != "record") continue;
    ++records;
    EXPECT_EQ(Text(event, "file"), "program.cc");
    EXPECT_NE(Text(event, "ir").find("program.cc:12"), std::string::npos);
  }
  EXPECT_GE(records, 1);
}

TEST(TraceLog, MissesSayWhatDiffers) {
  Events events;
  const auto run = [](const Array& a) { Sum(a * 3.0 + a).ToDouble(); };
  const Array doubles = Linspace(0, 1, 100);
  doubles.Eval();
  run(doubles);
  const Array floats = Cast(doubles, DType::kFloat32);
  floats.Eval();
  run(floats);
  std::string reason, difference;
  for (const TraceEvent& event : events.Finish()) {
    if (event.name != "cache_miss") continue;
    reason = Text(event, "reason");
    difference = Text(event, "difference");
  }
  EXPECT_EQ(reason, "dtype");
  EXPECT_NE(difference.find("array 1 is float64 there and float32 here"), std::string::npos) << difference;
}

TEST(TraceLog, SumsOfAllThreadsAreExact) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 3000;
  const std::string path = testing::TempDir() + "trace_log_threads.jsonl";
  Events events(path);
  std::vector<std::thread> threads;
  for (int k = 0; k < kThreads; ++k) {
    threads.emplace_back([] {
      const Array a = Zeros(Shape{8}, DType::kFloat64);
      a.Eval();
      for (int round = 0; round < kRounds; ++round) Sum(a + static_cast<double>(round)).ToDouble();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<int, int64_t> runs;
  int64_t lines = 0;
  for (const TraceEvent& event : events.Finish()) {
    ++lines;
    if (event.name == "run") runs[event.thread] += Number(event, "count");
  }
  int64_t all = 0;
  for (const auto& [thread, count] : runs) {
    EXPECT_EQ(count, kRounds) << thread;
    all += count;
  }
  EXPECT_EQ(runs.size(), static_cast<size_t>(kThreads));
  EXPECT_EQ(all, int64_t{kThreads} * kRounds);
  // The file has the same lines, each whole.
  std::ifstream file(path);
  int64_t written = 0;
  for (std::string line; std::getline(file, line); ++written) {
    EXPECT_TRUE(line.starts_with("{\"event\":\"")) << line;
    EXPECT_TRUE(line.ends_with("}")) << line;
  }
  EXPECT_EQ(written, lines);
}

TEST(Explain, SaysWhatAPendingValueWouldBecome) {
  const Array x = Linspace(0, 1, 1000);
  x.Eval();
  const Array y = Sqrt(x * 2.0 + 0.125);
  const std::string before = y.Explain();
  EXPECT_TRUE(y.pending());
  EXPECT_NE(
      before.find("pending: 3 operations for 1 result in 1 loop nest with 0 temporary arrays; 16000 bytes"),
      std::string::npos)
      << before;
  EXPECT_NE(before.find("the trace is new"), std::string::npos) << before;
  y.Eval();
  EXPECT_EQ(y.Explain(), "computed: 1000 elements of float64, 8000 bytes");
  const Array again = Sqrt(x * 3.0 + 0.5);
  EXPECT_NE(again.Explain().find("bytes of machine code"), std::string::npos) << again.Explain();
}

TEST(TraceLog, AListenerThatUsesArraysIsNotToldOfThem) {
  EngineOptions options;
  int told = 0;
  options.trace_listener = [&told](const TraceEvent&) {
    ++told;
    // Not at the first event, which comes while the engine is made.
    if (told > 1 && told < 5) Sum(Zeros(Shape{4}, DType::kFloat64) + 1.0).ToDouble();
  };
  Configure(options);
  Sum(Zeros(Shape{9}, DType::kFloat64) * 2.0).ToDouble();
  FinishTraceLog(0);
  Configure(EngineOptions());
  EXPECT_LT(told, 60);
}

}  // namespace
}  // namespace lathe
