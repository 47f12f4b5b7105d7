// Three digits are all that a measurement deserves; sums of percentages are exact.
#include "src/profile/output/units.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lathe::profile {
namespace {

struct Scale {
  double limit;  // the first scale whose limit is above the value is taken
  double unit;
  const char* name;
};

std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return absl::StrFormat("%.0f", value);
  if (size >= 9.995) return absl::StrFormat("%.1f", value);
  return absl::StrFormat("%.2f", value);
}

template <size_t N>
std::string Scaled(double value, const Scale (&scales)[N]) {
  for (const Scale& scale : scales) {
    if (std::abs(value) < scale.limit) return absl::StrCat(ThreeDigits(value / scale.unit), " ", scale.name);
  }
  const Scale& last = scales[N - 1];
  return absl::StrCat(ThreeDigits(value / last.unit), " ", last.name);
}

constexpr Scale kMetric[] = {
    {999.5, 1, ""}, {999.5e3, 1e3, "k"}, {999.5e6, 1e6, "M"}, {999.5e9, 1e9, "G"}, {999.5e12, 1e12, "T"}};

}  // namespace

std::string FormatDuration(int64_t nanoseconds) {
  static constexpr Scale kScales[] = {
      {999.5, 1, "ns"}, {999.5e3, 1e3, "µs"}, {999.5e6, 1e6, "ms"}, {999.5e9, 1e9, "s"}};
  if (nanoseconds == 0) return "0";
  if (std::abs(nanoseconds) < 1000) return absl::StrCat(nanoseconds, " ns");
  return Scaled(static_cast<double>(nanoseconds), kScales);
}

bool ParseDuration(const std::string& text, int64_t* nanoseconds) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const size_t end = text.find_first_not_of("0123456789.");
  double number = 0;
  if (end == 0 || end == std::string::npos || !absl::SimpleAtod(text.substr(0, end), &number)) return false;
  const size_t unit_begin = text.find_first_not_of(' ', end);
  const std::string_view unit =
      unit_begin == std::string::npos ? std::string_view() : std::string_view(text).substr(unit_begin);
  for (const auto& [name, size] : kUnits) {
    if (unit != name || number * size > 9e18) continue;
    *nanoseconds = static_cast<int64_t>(number * size);
    return true;
  }
  return false;
}

std::string FormatBytes(double bytes) {
  if (std::abs(bytes) < 999.5) return absl::StrFormat("%.0f B", bytes);
  return Scaled(bytes, kMetric) + "B";
}

std::string FormatCount(double count) {
  if (std::abs(count) >= 999'999.5) return Scaled(count, kMetric);
  const std::string digits = absl::StrFormat("%.0f", count);
  const size_t sign = count < 0 ? 1 : 0;
  if (digits.size() - sign <= 4) return digits;
  return absl::StrCat(digits.substr(0, digits.size() - 3), " ", digits.substr(digits.size() - 3));
}

std::string FormatRate(double per_second, const char* unit) {
  if (per_second <= 0) return "-";
  return Scaled(per_second, kMetric) + unit;
}

std::string FormatPercent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

std::vector<int> PerMilleShares(const std::vector<int64_t>& parts) {
  const int64_t sum = std::accumulate(parts.begin(), parts.end(), int64_t{0});
  std::vector<int> shares(parts.size(), 0);
  if (sum <= 0) return shares;
  std::vector<std::pair<double, size_t>> remainders;
  int given = 0;
  for (size_t k = 0; k < parts.size(); ++k) {
    const double exact = 1000.0 * static_cast<double>(parts[k]) / static_cast<double>(sum);
    shares[k] = static_cast<int>(exact);
    given += shares[k];
    remainders.emplace_back(shares[k] - exact, k);
  }
  std::stable_sort(remainders.begin(), remainders.end());
  for (size_t k = 0; given < 1000; ++k, ++given) ++shares[remainders[k % remainders.size()].second];
  return shares;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

std::string Shorten(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string kept;
  size_t used = 0;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && used + 1 >= width) break;
    used += starts;
    kept += c;
  }
  return kept + "…";
}

}  // namespace lathe::profile
