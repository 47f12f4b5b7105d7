// The reader: whole logs, cut ones, files that are no logs, very long lines.
#include "src/profile/log/log_reader.h"

#include <gtest/gtest.h>

#include <fstream>

namespace lathe::profile {
namespace {

constexpr const char* kHead = "{\"event\":\"log\",\"version\":1}\n";

class LogReaderTest : public testing::Test {
 protected:
  std::string Write(const std::string& text) {
    path_ = testing::TempDir() + "/log_reader_test_" +
            testing::UnitTest::GetInstance()->current_test_info()->name() + ".log";
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  // The names of the events, joined; the error if there is one.
  std::string Events(const std::string& text) {
    std::string names;
    const auto extent =
        ReadLog(Write(text), [&](const LogEvent& event) { names += std::string(event.name) + " "; });
    if (!extent.ok()) return std::string(extent.status().message()).substr(path_.size() + 2);
    return names + (extent->cut ? "cut" : "whole");
  }
  std::string path_;
};

TEST_F(LogReaderTest, ReadsFieldsOfEveryKind) {
  std::string path =
      Write(std::string(kHead) +
            "{\"event\":\"x\",\"n\":-5,\"big\":9223372036854775807,\"yes\":true,\"s\":\"a\\n\\u00e4\","
            "\"list\":[1,2],\"words\":[\"p\",\"q\"],\"empty\":[],\"ir\":\"t\\\"1\\n\" ,\"o\":{\"k\":[1]},"
            "\"nothing\":null,\"real\":2.75}\n");
  int events = 0;
  LogText text;
  const auto extent = ReadLog(path, [&](const LogEvent& event) {
    if (++events == 1) return;
    EXPECT_EQ(event.name, "x");
    EXPECT_EQ(event.line_number, 2);
    EXPECT_EQ(event.Number("n"), -5);
    EXPECT_EQ(event.Number("big"), 9223372036854775807);
    EXPECT_EQ(event.Number("yes"), 1);
    EXPECT_EQ(event.Number("real"), 2);
    EXPECT_EQ(event.Number("s", 7), 7);
    EXPECT_EQ(event.String("s"), "a\n\u00e4");
    EXPECT_EQ(event.Numbers("list"), (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(event.Strings("words"), (std::vector<std::string>{"p", "q"}));
    EXPECT_TRUE(event.Strings("empty").empty());
    EXPECT_TRUE(event.Has("nothing"));
    EXPECT_FALSE(event.Has("missing"));
    text = event.Text("ir");
  });
  ASSERT_TRUE(extent.ok()) << extent.status();
  EXPECT_EQ(extent->lines, 2);
  EXPECT_FALSE(extent->cut);
  const auto file = LogFile::Open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->Read(text), "t\"1\n");
  EXPECT_EQ(file->Read(LogText()), "");
}

TEST_F(LogReaderTest, ReadsUpToTheCut) {
  const std::string whole =
      std::string(kHead) + "{\"event\":\"a\",\"t\":1}\n{\"event\":\"b\",\"s\":\"text\"}\n";
  EXPECT_EQ(Events(whole), "log a b whole");
  EXPECT_EQ(Events(whole.substr(0, whole.size() - 1)), "log a b whole");  // only the line break is missing
  // Wherever the last line is cut, what came before it is read.
  const size_t last = whole.find("{\"event\":\"b\"");
  for (size_t end = last + 1; end < whole.size() - 1; ++end)
    EXPECT_EQ(Events(whole.substr(0, end)), "log a cut") << end;
  EXPECT_EQ(Events(whole.substr(0, last)), "log a whole");
  EXPECT_EQ(Events(std::string(kHead).substr(0, 12)), "was cut in its first line: nothing can be read");
}

TEST_F(LogReaderTest, RefusesWhatIsNoLog) {
  EXPECT_EQ(Events(""), "is empty: no trace log");
  const std::string foreign = "is no trace log (its first line is no \"log\" event)";
  EXPECT_EQ(Events("import numpy as np\nprint(1)\n"), foreign);
  EXPECT_EQ(Events("{\"event\":\"record\"}\n"), foreign);
  EXPECT_EQ(Events("{\"a\":1}\n"), foreign);
  EXPECT_EQ(Events("[1,2]\n"), foreign);
  EXPECT_EQ(Events("\n\n"), foreign);
  EXPECT_EQ(Events(std::string("\x7f"
                               "ELF\0\1\2\n",
                               8)),
            foreign);
  EXPECT_EQ(Events("no line break at all"), foreign);
  EXPECT_EQ(Events("{\"event\":\"log\",\"version\":2}\n"),
            "is a trace log of version 2; this lathe reads version 1");
  EXPECT_FALSE(ReadLog("/nonexistent/log", [](const LogEvent&) {}).ok());
  EXPECT_FALSE(ReadLog("/tmp", [](const LogEvent&) {}).ok());
}

TEST_F(LogReaderTest, NamesTheBadLine) {
  const std::string head = kHead;
  const std::string at = "line 2 (byte " + std::to_string(head.size()) + "): ";
  for (const char* bad : {"garbage", "{\"event\":\"a\"", "{\"event\":\"a\",}", "{\"event\":\"\xff\"}",
                          "{} {}", "{\"event\":\"a\"} x", "{\"event\" \"a\"}"}) {
    EXPECT_EQ(Events(head + bad + "\n{\"event\":\"b\"}\n").substr(0, at.size()), at) << bad;
  }
  EXPECT_EQ(Events(head + "{\"t\":1}\n{\"event\":\"b\"}\n"), at + "an object without \"event\"");
}

TEST_F(LogReaderTest, LinesMayBeLongerThanABlock) {
  const std::string text(std::string::size_type{9} << 20, 'x');
  std::string log =
      std::string(kHead) + "{\"event\":\"record\",\"ir\":\"" + text + "\",\"t\":5}\n{\"event\":\"b\"}\n";
  std::string names;
  LogText place;
  const std::string path = Write(log);
  const auto extent = ReadLog(path, [&](const LogEvent& event) {
    names += std::string(event.name) + " ";
    if (event.name == "record") {
      place = event.Text("ir");
      EXPECT_EQ(event.Number("t"), 5);
    }
  });
  ASSERT_TRUE(extent.ok()) << extent.status();
  EXPECT_EQ(names, "log record b ");
  EXPECT_EQ(LogFile::Open(path)->Read(place), text);
}

}  // namespace
}  // namespace lathe::profile
