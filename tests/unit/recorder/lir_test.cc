// Every .lir file under tests/lir is one test.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/lir_runner.h"

namespace lathe {
namespace {

const std::string& Directory() {
  static const std::string directory = std::string(LATHE_SOURCE_DIR) + "/tests/lir";
  return directory;
}

class LirTest : public testing::TestWithParam<std::string> {};

TEST_P(LirTest, GivesTheExpectedText) { EXPECT_EQ(CheckLirFile(GetParam()), ""); }

INSTANTIATE_TEST_SUITE_P(Files, LirTest, testing::ValuesIn(FindLirFiles(Directory())),
                         [](const auto& file) { return LirTestName(file.param, Directory()); });

}  // namespace
}  // namespace lathe
