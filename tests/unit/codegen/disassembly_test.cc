// Code for machines that this one is not, read back by a tool that is not ours: the files of
// tests/disassembly/TARGET hold a trace, of arrays or a loop, and, as `; ` lines, what GNU objdump says of
// its code. LATHE_BLESS=1 writes the lines. Without the tool the tests are left out.
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
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/flow.h"
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

struct Disassembler {
  std::string tool;
  std::string machine;
};
Disassembler DisassemblerFor(const std::string& target) {
  if (target == "aarch64") return {"aarch64-linux-gnu-objdump", "aarch64"};
#if defined(__x86_64__)
  return {"objdump", "i386:x86-64"};
#else
  return {"x86_64-linux-gnu-objdump", "i386:x86-64"};
#endif
}

// One line of the tool's, "  1c:\td65f03c0 \tret", without the bytes and its remarks; empty if it is none.
std::string InstructionOf(const std::string& line, const char* remark) {
  const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('\t', 2));
  if (parts.size() < 3) return "";
  std::string instruction = parts[0] + " " + parts[2].substr(0, parts[2].find(remark));
  for (char& c : instruction) c = c == '\t' ? ' ' : c;
  absl::StripTrailingAsciiWhitespace(&instruction);
  return instruction;
}

// The instructions up to the return, then the constants behind it.
std::vector<std::string> Disassemble(const std::string& code, const Disassembler& disassembler) {
  const std::string file = absl::StrCat(testing::TempDir(), "lathe_disassembly", getpid(), ".bin");
  std::ofstream(file, std::ios::binary) << code;
  const std::string text =
      OutputOf(absl::StrCat(disassembler.tool, " -D --wide -b binary -m ", disassembler.machine, " ", file));
  std::filesystem::remove(file);
  const char* const remark = disassembler.machine == "aarch64" ? "//" : "#";
  std::vector<std::string> lines;
  size_t end = code.size();
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const std::string instruction = InstructionOf(line, remark);
    if (instruction.empty()) continue;
    if (!lines.empty() && lines.back().find(" ret") != std::string::npos) {
      end = std::stoul(instruction, nullptr, 16);
      break;
    }
    lines.push_back(instruction);
  }
  for (size_t at = (end + 7) / 8 * 8; at + 8 <= code.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, code.data() + at, sizeof word);
    lines.push_back(absl::StrCat("  ", absl::Hex(at), ": .quad 0x", absl::Hex(word)));
  }
  return lines;
}

absl::StatusOr<std::string> BytesFor(const Trace& trace, const std::string& target) {
  if (IsLoopTrace(trace) && target == "aarch64") {
    LoopEmitOptions options;
    options.level = VectorLevel::kNeon;
    options.elsewhere = true;
    // Its address is a constant of the code.
    options.attention = reinterpret_cast<const std::atomic<int>*>(uintptr_t{0x7f0012345678});
    return MakeLoopEmitter(trace, options)->EmitBytes();
  }
  absl::StatusOr<TargetCode> code = CompileForTarget(trace, target);
  if (!code.ok()) return code.status();
  return std::move(code->bytes);
}

class DisassemblyTest : public testing::TestWithParam<std::string> {};

TEST_P(DisassemblyTest, IsWhatTheFileSays) {
  const std::string target = std::filesystem::path(GetParam()).parent_path().filename();
  const Disassembler disassembler = DisassemblerFor(target);
  if (std::system((disassembler.tool + " --version >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "no " << disassembler.tool;
  }
  const std::string text = ReadFile(GetParam());
  const size_t end = text.find("\n}\n");
  ASSERT_NE(end, std::string::npos);
  const size_t begin = text.find("trace @");
  const absl::StatusOr<Trace> trace = ParseTrace(text.substr(begin));
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_TRUE(Verify(*trace).ok()) << Verify(*trace);
  const absl::StatusOr<std::string> code = BytesFor(*trace, target);
  ASSERT_TRUE(code.ok()) << code.status();
  std::string found = text.substr(0, end + 3);
  for (const std::string& line : Disassemble(*code, disassembler)) absl::StrAppend(&found, "; ", line, "\n");
  if (const char* bless = std::getenv("LATHE_BLESS"); bless && std::string_view(bless) == "1") {
    std::ofstream(GetParam()) << found;
    return;
  }
  EXPECT_EQ(text, found);
}

INSTANTIATE_TEST_SUITE_P(Files, DisassemblyTest, testing::ValuesIn(FindLirFiles(Directory())),
                         [](const auto& file) { return LirTestName(file.param, Directory()); });

}  // namespace
}  // namespace lathe
