// Units, tables, JSON and differences of texts.
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "src/profile/output/json.h"
#include "src/profile/output/line_diff.h"
#include "src/profile/output/table.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

TEST(Units, HaveThreeDigits) {
  EXPECT_EQ(FormatDuration(0), "0");
  EXPECT_EQ(FormatDuration(999), "999 ns");
  EXPECT_EQ(FormatDuration(1500), "1.50 µs");
  EXPECT_EQ(FormatDuration(12'345'678), "12.3 ms");
  EXPECT_EQ(FormatDuration(999'499'000), "999 ms");
  EXPECT_EQ(FormatDuration(999'600'000), "1.00 s");
  EXPECT_EQ(FormatDuration(3'600'000'000'000), "3600 s");
  EXPECT_EQ(FormatBytes(12), "12 B");
  EXPECT_EQ(FormatBytes(4'200'000), "4.20 MB");
  EXPECT_EQ(FormatCount(1234), "1234");
  EXPECT_EQ(FormatCount(12345), "12 345");
  EXPECT_EQ(FormatCount(1'230'000), "1.23 M");
  EXPECT_EQ(FormatRate(0, "B/s"), "-");
  EXPECT_EQ(FormatRate(24e9, "B/s"), "24.0 GB/s");
  EXPECT_EQ(FormatPercent(0.1234), "12.3 %");
}

TEST(Units, DurationsAreRead) {
  const auto read = [](const char* text) {
    int64_t nanoseconds = -1;
    return ParseDuration(text, &nanoseconds) ? nanoseconds : -1;
  };
  EXPECT_EQ(read("250us"), 250'000);
  EXPECT_EQ(read("250 µs"), 250'000);
  EXPECT_EQ(read("1.5ms"), 1'500'000);
  EXPECT_EQ(read("2 s"), 2'000'000'000);
  EXPECT_EQ(read("7ns"), 7);
  for (const char* wrong :
       {"", "5", "ms", "-1ms", "1.2.3ms", "5 min", "1e30 s", "99999999999999999999s", "5ms "})
    EXPECT_EQ(read(wrong), -1) << wrong;
}

TEST(Units, SharesAddUpToTheWhole) {
  EXPECT_EQ(PerMilleShares({1, 1, 1}), (std::vector<int>{334, 333, 333}));
  EXPECT_EQ(PerMilleShares({0, 0}), (std::vector<int>{0, 0}));
  EXPECT_EQ(PerMilleShares({}), std::vector<int>());
  std::mt19937_64 random(1);
  for (int round = 0; round < 1000; ++round) {
    std::vector<int64_t> parts(1 + random() % 12);
    for (int64_t& part : parts) part = static_cast<int64_t>(random() % 3 == 0 ? 0 : random() % 1'000'000'000);
    parts[0] += 1;
    const std::vector<int> shares = PerMilleShares(parts);
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), 0), 1000);
  }
}

TEST(Units, WidthIsThatOfCodePoints) {
  EXPECT_EQ(DisplayWidth("1.50 µs"), 7u);
  EXPECT_EQ(Shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(Shorten("abcdef", 4), "abc…");
  EXPECT_EQ(Shorten("µµµµ", 3), "µµ…");
}

TEST(Json, NestsAndEscapes) {
  JsonWriter json;
  json.BeginObject().Add("a", 1).Key("b").BeginArray().String("x\"\\\n\x01").Real(0.5).Null().EndArray();
  json.Key("c").BeginObject().EndObject().Add("d", false).Add("bad", "\xff\xc3\xa4").EndObject();
  EXPECT_EQ(json.text(),
            "{\"a\":1,\"b\":[\"x\\\"\\\\\\n\\u0001\",0.5,null],\"c\":{},\"d\":false,\"bad\":"
            "\"\xEF\xBF\xBD\xc3\xa4\"}");
}

TEST(Tables, AlignAndHide) {
  Table table;
  table.columns = {{"name", "name"}, {"hidden", ""}, {"time", "time", Unit::kNanoseconds}, {"text", "text"}};
  table.rows = {{std::string("a"), int64_t{1}, int64_t{1500}, std::string("long text that is cut off here")},
                {std::string("bcd"), int64_t{2}, Cell(), std::string()}};
  EXPECT_EQ(TableText(table, Style(false, 36)),
            "  name     time  text\n"
            "  a     1.50 µs  long text that is c…\n"
            "  bcd         -\n");
  JsonWriter json;
  WriteTable(table, &json);
  EXPECT_EQ(json.text(),
            "[{\"name\":\"a\",\"hidden\":1,\"time\":1500,\"text\":\"long text that is cut off here\"},"
            "{\"name\":\"bcd\",\"hidden\":2,\"time\":null,\"text\":\"\"}]");
}

TEST(LineDiff, IsRightAndShort) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    static constexpr std::string_view kWords[] = {"a", "b", "c", "d"};
    std::vector<std::string_view> before(random() % 12), after(random() % 12);
    for (auto& line : before) line = kWords[random() % 4];
    for (auto& line : after) line = kWords[random() % 4];
    std::vector<std::string_view> rebuilt_before, rebuilt_after;
    size_t kept = 0;
    for (const DiffLine& line : DiffLines(before, after)) {
      if (line.kind != '+') rebuilt_before.push_back(line.text);
      if (line.kind != '-') rebuilt_after.push_back(line.text);
      kept += line.kind == ' ';
    }
    EXPECT_EQ(rebuilt_before, before);
    EXPECT_EQ(rebuilt_after, after);
    // The longest common subsequence, by the plain recurrence.
    std::vector<std::vector<size_t>> best(before.size() + 1, std::vector<size_t>(after.size() + 1, 0));
    for (size_t i = before.size(); i-- > 0;) {
      for (size_t j = after.size(); j-- > 0;) {
        best[i][j] =
            before[i] == after[j] ? best[i + 1][j + 1] + 1 : std::max(best[i + 1][j], best[i][j + 1]);
      }
    }
    EXPECT_EQ(kept, best[0][0]);
  }
}

}  // namespace
}  // namespace lathe::profile
