// Myers' greedy algorithm, with the state of each round kept to walk back.
#include "src/profile/output/line_diff.h"

#include <algorithm>
#include <cstdint>

namespace lathe::profile {
namespace {

constexpr int64_t kMostChanges = 2000;  // the rounds' states take the square of it in memory

using Lines = std::vector<std::string_view>;

// The changes between the parts of two texts that have no common beginning or end, in reverse.
class Differ {
 public:
  Differ(const Lines& before, const Lines& after, size_t begin, size_t before_end, size_t after_end)
      : before_(before),
        after_(after),
        begin_(begin),
        n_(static_cast<int64_t>(before_end - begin)),
        m_(static_cast<int64_t>(after_end - begin)) {}

  std::vector<DiffLine> Run() {
    const int64_t most = std::min(n_ + m_, kMostChanges);
    std::vector<int64_t> reach(static_cast<size_t>(2 * most + 3), 0);  // furthest x on diagonal k - most - 1
    for (int64_t d = 0; d <= most; ++d) {
      rounds_.emplace_back(reach.begin() + (most + 1 - d - 1), reach.begin() + (most + 1 + d + 2));
      for (int64_t k = -d; k <= d; k += 2) {
        int64_t& here = reach[static_cast<size_t>(k + most + 1)];
        const int64_t left = reach[static_cast<size_t>(k + most)];
        const int64_t right = reach[static_cast<size_t>(k + most + 2)];
        int64_t x = k == -d || (k != d && left < right) ? right : left + 1;
        while (x < n_ && x - k < m_ && Before(x) == After(x - k)) ++x;
        here = x;
        if (x >= n_ && x - k >= m_) return WalkBack(d);
      }
    }
    return ReplaceAll();
  }

 private:
  std::string_view Before(int64_t x) const { return before_[begin_ + static_cast<size_t>(x)]; }
  std::string_view After(int64_t y) const { return after_[begin_ + static_cast<size_t>(y)]; }

  std::vector<DiffLine> WalkBack(int64_t rounds) const {
    std::vector<DiffLine> reversed;
    int64_t x = n_, y = m_;
    for (int64_t d = rounds; d >= 0; --d) {
      const std::vector<int64_t>& reach = rounds_[static_cast<size_t>(d)];  // of diagonals -d-1 … d+1
      const auto at = [&](int64_t k) { return reach[static_cast<size_t>(k + d + 1)]; };
      const int64_t k = x - y;
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      const int64_t from_x = d == 0 ? 0 : down ? at(k + 1) : at(k - 1);
      const int64_t from_y = d == 0 ? 0 : from_x - (down ? k + 1 : k - 1);
      while (x > from_x && y > from_y) reversed.push_back({' ', Before(--x)}), --y;
      if (d == 0) break;
      if (down) {
        reversed.push_back({'+', After(--y)});
      } else {
        reversed.push_back({'-', Before(--x)});
      }
    }
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
  }

  std::vector<DiffLine> ReplaceAll() const {
    std::vector<DiffLine> lines;
    for (int64_t x = 0; x < n_; ++x) lines.push_back({'-', Before(x)});
    for (int64_t y = 0; y < m_; ++y) lines.push_back({'+', After(y)});
    return lines;
  }

  const Lines& before_;
  const Lines& after_;
  size_t begin_;
  int64_t n_, m_;
  std::vector<std::vector<int64_t>> rounds_;
};

}  // namespace

std::vector<DiffLine> DiffLines(const Lines& before, const Lines& after) {
  size_t begin = 0;
  size_t before_end = before.size(), after_end = after.size();
  while (begin < before_end && begin < after_end && before[begin] == after[begin]) ++begin;
  while (before_end > begin && after_end > begin && before[before_end - 1] == after[after_end - 1]) {
    --before_end;
    --after_end;
  }
  std::vector<DiffLine> lines;
  for (size_t k = 0; k < begin; ++k) lines.push_back({' ', before[k]});
  for (const DiffLine& line : Differ(before, after, begin, before_end, after_end).Run())
    lines.push_back(line);
  for (size_t k = before_end; k < before.size(); ++k) lines.push_back({' ', before[k]});
  return lines;
}

}  // namespace lathe::profile
