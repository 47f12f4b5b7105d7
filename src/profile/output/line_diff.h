// LineDiff: which lines of a text were taken out and put in to make another one.
#pragma once

#include <string_view>
#include <vector>

namespace lathe::profile {

struct DiffLine {
  char kind = ' ';  // ' ' in both, '-' only before, '+' only after
  std::string_view text;
};

// A shortest script of changes (Myers' algorithm); where texts differ in very many lines, all of the
// differing part is taken out and put in.
std::vector<DiffLine> DiffLines(const std::vector<std::string_view>& before,
                                const std::vector<std::string_view>& after);

}  // namespace lathe::profile
