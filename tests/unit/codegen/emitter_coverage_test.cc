// Which ops of which dtypes each emitter has instructions for, of all levels of all architectures: code is
// made, not run. What it has none for becomes a call of the op's function on the lanes;
// tests/emitters/lane_calls.txt lists all of those, so that a hole which opens, or closes, shows.
// LATHE_BLESS=1 writes the file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/codegen/native_backend.h"
#include "tests/support/op_cases.h"

namespace lathe {
namespace {

// Empty if the code could not be made.
std::string ListingOf(const OpCase& c, std::string_view target) {
  const absl::StatusOr<TargetCode> code = CompileForTarget(ElementTrace(c), target);
  EXPECT_TRUE(code.ok()) << code.status();
  return code.ok() ? code->listing : "";
}

bool Calls(const std::string& listing) {
  return listing.find("call ") != std::string::npos || listing.find("blr ") != std::string::npos;
}

// "int64", or where operand and result say more than that "int64->float32".
std::string DTypesOf(const OpCase& c) {
  const std::string operand(Name(c.selecting()));
  return Info(c.op).type_rule == TypeRule::kGiven ? absl::StrCat(operand, "->", std::string(Name(c.result)))
                                                  : operand;
}

// The lines of an op: the dtypes that are called, by level.
std::string LinesOf(Op op) {
  std::string lines;
  const std::vector<OpCase> cases = CasesOf(op);
  for (const std::string_view target : Targets()) {
    std::vector<std::string> called;
    for (const OpCase& c : cases) {
      SCOPED_TRACE(absl::StrCat(Describe(c), " ", std::string(target)));
      if (!Calls(ListingOf(c, target))) continue;
      called.push_back(DTypesOf(c));
      EXPECT_FALSE(target == "aarch64" && Info(op).lowering == Lowering::kDirect)
          << "the table says that this op has instructions";
    }
    if (called.empty()) continue;
    const std::string which = called.size() == cases.size() ? "all" : absl::StrJoin(called, " ");
    absl::StrAppend(&lines, std::string(Info(op).text), " ", std::string(target), ": ", which, "\n");
  }
  return lines;
}

TEST(EmitterCoverageTest, LaneCallsAreThoseListed) {
  std::string found;
  for (const int op : OpsWithCases()) absl::StrAppend(&found, LinesOf(static_cast<Op>(op)));
  const std::string path = absl::StrCat(LATHE_SOURCE_DIR, "/tests/emitters/lane_calls.txt");
  if (const char* bless = std::getenv("LATHE_BLESS"); bless && std::string_view(bless) == "1") {
    std::ofstream(path) << found;
    return;
  }
  std::ostringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(found, expected.str());
}

}  // namespace
}  // namespace lathe
