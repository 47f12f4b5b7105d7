// The run cut into equal slices of time: what each was spent with.
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

// What a slice is divided into. Compile spans contain those of passes and emission, so they are left out.
struct Band {
  SpanKind kind;
  char letter;
};
constexpr Band kBands[] = {{SpanKind::kRecord, 'r'}, {SpanKind::kPass, 'p'}, {SpanKind::kEmit, 'e'},
                           {SpanKind::kRun, 'R'},    {SpanKind::kLoop, 'L'}, {SpanKind::kForeign, 'F'}};
constexpr size_t kBandCount = std::size(kBands);

int BandOf(SpanKind kind) {
  for (size_t b = 0; b < kBandCount; ++b) {
    if (kBands[b].kind == kind) return static_cast<int>(b);
  }
  return -1;
}

using Slice = std::array<int64_t, kBandCount>;

std::vector<Slice> CutIntoSlices(const LogModel& model, size_t count) {
  std::vector<Slice> slices(count, Slice{});
  const int64_t width =
      std::max<int64_t>(1, (model.wall + static_cast<int64_t>(count) - 1) / static_cast<int64_t>(count));
  for (const Span& span : model.spans) {
    const int band = BandOf(span.kind);
    if (band < 0 || span.thread != 0) continue;
    const int64_t end = span.begin + span.nanoseconds;
    for (int64_t at = std::max<int64_t>(span.begin, 0); at < end;) {
      const int64_t k = at / width;
      if (k >= static_cast<int64_t>(count)) break;
      const int64_t stop = std::min(end, (k + 1) * width);
      slices[static_cast<size_t>(k)][static_cast<size_t>(band)] += stop - at;
      at = stop;
    }
  }
  return slices;
}

// Letters in proportion to the slice; dots for the rest, which is the interpreter and others.
std::string Bar(const Slice& slice, double width, size_t columns) {
  std::string bar;
  for (size_t b = 0; b < kBandCount; ++b) {
    const double share = static_cast<double>(slice[b]) / width;
    const auto letters = static_cast<size_t>(share * static_cast<double>(columns) + 0.5);
    bar.append(std::min(letters, columns - bar.size()), kBands[b].letter);
  }
  bar.append(columns - bar.size(), '.');
  return bar;
}

}  // namespace

std::string Timeline(Reading& reading, size_t slices, const Output& output) {
  const LogModel& model = reading.model();
  const std::vector<Slice> cut = CutIntoSlices(model, slices);
  const double width = static_cast<double>(std::max<int64_t>(model.wall, 1)) / static_cast<double>(slices);
  if (output.json) {
    Table table;
    table.columns = {{"begin_nanoseconds", "", Unit::kNanoseconds}};
    for (const Band& band : kBands) {
      table.columns.push_back(
          {absl::StrCat(View(SpanKindName(band.kind)), "_nanoseconds"), "", Unit::kNanoseconds});
    }
    for (size_t k = 0; k < cut.size(); ++k) {
      auto& row = table.rows.emplace_back();
      row.emplace_back(static_cast<int64_t>(static_cast<double>(k) * width));
      for (const int64_t nanoseconds : cut[k]) row.emplace_back(nanoseconds);
    }
    return TableAnswer(reading, table, "slices");
  }
  std::string text =
      "R array code  L loop code  F foreign  r recording  p passes  e emitting  . interpreter and other\n";
  const size_t columns = std::clamp<size_t>(output.style.width() - 14, 20, 100);
  for (size_t k = 0; k < cut.size(); ++k) {
    std::string begin = FormatDuration(static_cast<int64_t>(static_cast<double>(k) * width));
    begin.insert(0, 10 - std::min<size_t>(10, DisplayWidth(begin)), ' ');
    absl::StrAppend(&text, begin, "  ", Bar(cut[k], width, columns), "\n");
  }
  if (model.spans_dropped > 0) {
    absl::StrAppend(&text, "without ", FormatCount(static_cast<double>(model.spans_dropped)),
                    " stretches of at most ", FormatDuration(model.shortest_span), "\n");
  }
  return text;
}

}  // namespace lathe::profile
