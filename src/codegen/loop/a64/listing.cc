// Names instead of numbers.
#include "src/codegen/loop/a64/listing.h"

#include <array>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace lathe {
namespace {

// By asmjit's numbers of conditions.
constexpr std::array<absl::string_view, 16> kConditions = {"al", "na", "eq", "ne", "hs", "lo", "mi", "pl",
                                                           "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"};

// Instructions whose last operand is a condition.
constexpr std::array<absl::string_view, 8> kConditional = {"csel", "fcsel", "cset", "csetm",
                                                           "cneg", "csinc", "ccmp", "ccmn"};

bool IsRegister(absl::string_view operand) {
  return !operand.empty() && absl::StrContains("xw", operand.substr(0, 1));
}

// What an amount that stands behind the registers of such an instruction does.
absl::string_view ShiftOf(absl::string_view mnemonic, const std::vector<absl::string_view>& operands) {
  if (absl::StartsWith(mnemonic, "mov")) return operands.size() == 3 ? "lsl" : "";
  if (operands.size() < 3 || !IsRegister(operands[operands.size() - 2])) return "";
  if (mnemonic == "cmp") return "asr";
  return mnemonic == "add" && operands.size() == 4 ? "lsl" : "";
}

std::string ReadableLine(absl::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  const size_t space = begin == absl::string_view::npos ? begin : line.find(' ', begin);
  if (space == absl::string_view::npos || line[begin] == ';') return std::string(line);
  const absl::string_view mnemonic = line.substr(begin, space - begin);
  std::vector<absl::string_view> operands = absl::StrSplit(line.substr(space + 1), ", ");
  int number = 0;
  if (!absl::SimpleAtoi(operands.back(), &number) || number < 0) return std::string(line);
  std::string last;
  if (absl::c_linear_search(kConditional, mnemonic) && static_cast<size_t>(number) < kConditions.size()) {
    last = std::string(kConditions[static_cast<size_t>(number)]);
  } else if (const absl::string_view shift = ShiftOf(mnemonic, operands); !shift.empty()) {
    last = absl::StrCat(shift, " ", number);
  } else {
    return std::string(line);
  }
  operands.back() = last;
  return absl::StrCat(line.substr(0, space + 1), absl::StrJoin(operands, ", "));
}

}  // namespace

std::string ReadableA64Listing(std::string_view listing) {
  std::vector<std::string> lines;
  for (const absl::string_view line :
       absl::StrSplit(absl::string_view(listing.data(), listing.size()), '\n')) {
    lines.push_back(ReadableLine(line));
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace lathe
