// The trace log's parts: JSON fields, choices, comparisons of traces.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "src/base/json_writer.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/log/choices.h"

namespace lathe {
namespace {

std::string Quoted(const std::string& text) {
  JsonFields fields;
  fields.Add("k", text);
  return fields.text();
}

TEST(JsonFields, AreWrittenOneByOne) {
  JsonFields fields;
  fields.Add("a", int64_t{-5});
  fields.Add("b", true);
  fields.Add("c", "x");
  const std::vector<std::string> texts = {"p", "q\"r"};
  const std::vector<int64_t> numbers = {1, INT64_MIN};
  fields.Add("d", std::span<const std::string>(texts));
  fields.Add("e", std::span<const int64_t>(numbers));
  fields.Add(std::string(70, 'k'), int64_t{7});
  EXPECT_EQ(fields.text(),
            ",\"a\":-5,\"b\":true,\"c\":\"x\",\"d\":[\"p\",\"q\\\"r\"],\"e\":[1,-9223372036854775808],\"" +
                std::string(70, 'k') + "\":7");
  JsonFields copy = fields;
  copy.Add("f", false);
  EXPECT_EQ(copy.text(), fields.text() + ",\"f\":false");
}

// Wherever a byte stands that needs an escape, however long what comes before it.
TEST(JsonFields, EscapeEveryByte) {
  for (size_t before = 0; before < 20; ++before) {
    const std::string plain(before, 'x');
    EXPECT_EQ(Quoted(plain + "\"z"), ",\"k\":\"" + plain + "\\\"z\"");
    EXPECT_EQ(Quoted(plain + "\\zzzzzzzz"), ",\"k\":\"" + plain + "\\\\zzzzzzzz\"");
    EXPECT_EQ(Quoted(plain + "\nz"), ",\"k\":\"" + plain + "\\nz\"");
    EXPECT_EQ(Quoted(plain + "\tz"), ",\"k\":\"" + plain + "\\tz\"");
    EXPECT_EQ(Quoted(plain + "\x1f"), ",\"k\":\"" + plain + "\\u001f\"");
    EXPECT_EQ(Quoted(plain + "\x7f"), ",\"k\":\"" + plain + "\\u007f\"");
    EXPECT_EQ(Quoted(plain + "\xC3\xA4zz"), ",\"k\":\"" + plain + "\xC3\xA4zz\"");
    EXPECT_EQ(Quoted(plain + "\xC3z"), ",\"k\":\"" + plain + "\xEF\xBF\xBDz\"");
    EXPECT_EQ(Quoted(plain + " !~}"), ",\"k\":\"" + plain + " !~}\"");
  }
}

TEST(Choices, AreReadFromText) {
  Choices choices;
  EXPECT_EQ(choices.Read("fuse.store=no,jit.compile=yes"), "");
  EXPECT_FALSE(choices.Ask(Choice::kFuseStore, true));
  EXPECT_TRUE(choices.Ask(Choice::kJitCompile, false));
  EXPECT_TRUE(choices.Ask(Choice::kReuseBuffer, true));
  EXPECT_FALSE(choices.Ask(Choice::kReuseBuffer, false));
  EXPECT_EQ(choices.Read("fuse.stoer=no"), "there is no choice 'fuse.stoer'");
  EXPECT_EQ(choices.Read("fuse.store=maybe"), "the choice 'fuse.store' is neither yes nor no");
  EXPECT_EQ(choices.Read("fuse.store"), "the choice 'fuse.store' is neither yes nor no");
  EXPECT_EQ(choices.Read("random=x"), "'random' takes a number");
  EXPECT_FALSE(choices.Ask(Choice::kFuseStore, true)) << "an error changes nothing";
  EXPECT_EQ(choices.Read(""), "");
  EXPECT_TRUE(choices.Ask(Choice::kFuseStore, true));
}

TEST(Choices, AreRandomByASeed) {
  const auto answers = [](const char* text) {
    Choices choices;
    EXPECT_EQ(choices.Read(text), "");
    std::string said;
    for (int k = 0; k < 64; ++k) said += choices.Ask(Choice::kFuseStore, true) ? 'y' : 'n';
    return said;
  };
  EXPECT_EQ(answers("random=7"), answers("random=7"));
  EXPECT_NE(answers("random=7"), answers("random=8"));
  EXPECT_NE(answers("random=7").find('n'), std::string::npos);
  EXPECT_EQ(answers("random=7,fuse.store=yes"), std::string(64, 'y'));
}

// Traces are the same if their text is, however they lie in memory.
TEST(Trace, ComparesWhatItSays) {
  const auto parse = [](const std::string& text) {
    const absl::StatusOr<Trace> trace = ParseTrace(text);
    EXPECT_TRUE(trace.ok()) << trace.status();
    return trace.ok() ? *trace : Trace();
  };
  const std::string text =
      "trace @f(%n: dim, %x: f64[%n], %y: f64[%n]) {\n  %0: f64[%n] = add %x, %y\n  ret %0\n}";
  const Trace trace = parse(text);
  const auto differs = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return !trace.SameAs(parse(changed));
  };
  EXPECT_TRUE(trace.SameAs(parse(text)));
  EXPECT_TRUE(differs("add %x, %y", "add %y, %x"));
  EXPECT_TRUE(differs("add", "mul"));
  EXPECT_TRUE(differs("add %x, %y", "add %x, %x"));
  EXPECT_TRUE(differs("ret %0", "ret %x"));
  EXPECT_TRUE(differs("ret %0", "ret %0, %0"));
  EXPECT_TRUE(differs("%y: f64[%n]", "%y: f64[%n] g"));
  Trace renamed = trace;
  renamed.SetName(3, "sum");
  EXPECT_FALSE(trace.SameAs(renamed));
  Trace moved = trace;
  moved.operand_pool.insert(moved.operand_pool.begin(), 0);
  for (Instruction& instruction : moved.instructions) ++instruction.operands_begin;
  EXPECT_TRUE(trace.SameAs(moved));
}

}  // namespace
}  // namespace lathe
