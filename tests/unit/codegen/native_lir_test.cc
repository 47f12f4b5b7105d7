// Every `run` file of tests/lir on machine code of all levels, beside the interpreter.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/codegen/native_backend.h"
#include "tests/support/lir_runner.h"
#include "tests/support/tested_levels.h"

namespace lathe {
namespace {

const std::string& Directory() {
  static const std::string directory = std::string(LATHE_SOURCE_DIR) + "/tests/lir";
  return directory;
}

std::vector<std::string> RunFiles() {
  std::vector<std::string> files;
  for (std::string& file : FindLirFiles(Directory())) {
    if (LirMode(file) == "run") files.push_back(std::move(file));
  }
  return files;
}

LirBackend Level(const char* name, Isa isa) {
  return {name, [isa] {
            NativeOptions options;
            options.level = isa;
            return MakeNativeBackend(options);
          }};
}

LirLoopBackend LoopLevel(const char* name, Isa isa) {
  return {name, [isa] {
            NativeOptions options;
            options.level = isa;
            return MakeNativeLoopBackend(options);
          }};
}

class NativeLirTest : public testing::TestWithParam<std::string> {};

TEST_P(NativeLirTest, GivesTheExpectedText) {
  std::vector<LirBackend> arrays;
  std::vector<LirLoopBackend> loops;
  for (const TestedLevel& level : kTestedLevels) {
    arrays.push_back(Level(level.name, level.isa));
    loops.push_back(LoopLevel(level.name, level.isa));
  }
  EXPECT_EQ(CheckLirFile(GetParam(), arrays, loops), "");
}

INSTANTIATE_TEST_SUITE_P(Files, NativeLirTest, testing::ValuesIn(RunFiles()),
                         [](const auto& file) { return LirTestName(file.param, Directory()); });

}  // namespace
}  // namespace lathe
