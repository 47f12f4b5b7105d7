// Code of loop traces for machines that this one is not, read back by a tool that is not ours: the files of
// tests/disassembly hold a trace and, as `; ` lines, what GNU objdump says of its code. LATHE_BLESS=1 writes
// the lines. Without the tool the tests are left out.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/codegen/loop/emitters.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/verifier.h"
#include "tests/support/lir_runner.h"

namespace lathe {
namespace {

const std::string& Directory() {
  static const std::string directory = std::string(LATHE_SOURCE_DIR) + "/tests/disassembly";
  return directory;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) return output;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  ::pclose(pipe);
  return output;
}

constexpr char kTool[] = "aarch64-linux-gnu-objdump";

// The instructions up to the return, then the constants behind it.
std::vector<std::string> Disassemble(const std::string& code) {
  const std::string file = absl::StrCat(testing::TempDir(), "lathe_disassembly", getpid(), ".bin");
  std::ofstream(file, std::ios::binary) << code;
  const std::string text = OutputOf(absl::StrCat(kTool, " -D -b binary -m aarch64 ", file));
  std::filesystem::remove(file);
  std::vector<std::string> lines;
  size_t end = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    // "  1c:\td65f03c0 \tret"
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('\t', 2));
    if (parts.size() < 3) continue;
    // Its remarks behind the instruction are left out.
    std::string& instruction = lines.emplace_back(parts[0] + " " + parts[2].substr(0, parts[2].find("//")));
    for (char& c : instruction) c = c == '\t' ? ' ' : c;
    absl::StripTrailingAsciiWhitespace(&instruction);
    end = 4 * lines.size();
    if (parts[2].starts_with("ret")) break;
  }
  for (size_t at = (end + 7) / 8 * 8; at + 8 <= code.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, code.data() + at, sizeof word);
    lines.push_back(absl::StrCat("  ", absl::Hex(at), ": .quad 0x", absl::Hex(word)));
  }
  return lines;
}

class LoopDisassemblyTest : public testing::TestWithParam<std::string> {};

TEST_P(LoopDisassemblyTest, IsWhatTheFileSays) {
  if (std::system((std::string(kTool) + " --version >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "no " << kTool;
  }
  const std::string text = ReadFile(GetParam());
  const size_t end = text.find("\n}\n");
  ASSERT_NE(end, std::string::npos);
  const size_t begin = text.find("trace @");
  const absl::StatusOr<Trace> trace = ParseTrace(text.substr(begin));
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_TRUE(Verify(*trace).ok()) << Verify(*trace);
  LoopEmitOptions options;
  options.elsewhere = true;
  // Its address is a constant of the code.
  options.attention = reinterpret_cast<const std::atomic<int>*>(uintptr_t{0x7f0012345678});
  const absl::StatusOr<std::string> code =
      MakeLoopEmitter(asmjit::Arch::kAArch64, *trace, options)->EmitBytes();
  ASSERT_TRUE(code.ok()) << code.status();
  std::string found = text.substr(0, end + 3);
  for (const std::string& line : Disassemble(*code)) absl::StrAppend(&found, "; ", line, "\n");
  if (const char* bless = std::getenv("LATHE_BLESS"); bless && std::string_view(bless) == "1") {
    std::ofstream(GetParam()) << found;
    return;
  }
  EXPECT_EQ(text, found);
}

INSTANTIATE_TEST_SUITE_P(Files, LoopDisassemblyTest, testing::ValuesIn(FindLirFiles(Directory())),
                         [](const auto& file) { return LirTestName(file.param, Directory()); });

}  // namespace
}  // namespace lathe
