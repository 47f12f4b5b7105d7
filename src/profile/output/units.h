// Numbers for people: three significant digits and a unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::profile {

std::string FormatDuration(int64_t nanoseconds);                    // "1.24 s", "87.0 µs", "0"
bool ParseDuration(const std::string& text, int64_t* nanoseconds);  // "250us", "1.5 ms"; false if it is none
std::string FormatBytes(double bytes);                              // "4.20 MB" (powers of 1000)
std::string FormatCount(double count);                              // "12 345", from a million "1.23 M"
std::string FormatRate(double per_second, const char* unit);        // "1.23 G" + unit
std::string FormatPercent(double share);                            // 0.123 -> "12.3 %"

// Shares of `parts` in tenths of a per cent that add up to 1000 (largest remainder). All 0 if the sum is.
std::vector<int> PerMilleShares(const std::vector<int64_t>& parts);

// Columns that a text takes up in a terminal: code points of its UTF-8.
size_t DisplayWidth(std::string_view text);
// The text in at most `width` columns, with "…" if it was longer.
std::string Shorten(std::string_view text, size_t width);

}  // namespace lathe::profile
