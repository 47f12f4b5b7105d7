// Comparison of recordings.
#include "src/recorder/lazy/miss_history.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace lathe {
namespace {

constexpr size_t kMostKnown = 10'000;
// Of one bucket, the newest ones are compared.
constexpr size_t kMostCompared = 16;
constexpr size_t kMostDifferences = 3;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

uint64_t KeyOfOps(const Recording& recording) {
  Fingerprint key;
  for (const Row& row : recording.rows()) {
    key.Add((static_cast<uint64_t>(row.op) << 16) | (static_cast<uint64_t>(row.combiner) << 8) |
            row.operand_count);
    for (size_t k = 0; k < row.operand_count; ++k)
      key.Add((static_cast<uint64_t>(row.operands[k].kind) << 32) | row.operands[k].index);
  }
  return key.low;
}

// Of the last operation; 0 if there is none, or if its place is not known.
uint64_t KeyOfPlace(const Recording& recording) {
  if (recording.rows().empty() || recording.rows().back().line == 0) return 0;
  const Row& last = recording.rows().back();
  return (uint64_t{last.file} << 32) | last.line;
}

// A bit for each dimension of an operand along which it is broadcast.
uint64_t BroadcastOf(const Recording& recording, const Row& row, size_t operand) {
  if (IsReduction(row.op)) return 0;
  const std::span<const int64_t> from = recording.ExtentsOf(row.operands[operand]);
  const size_t shift = row.rank - from.size();
  uint64_t bits = 0;
  for (size_t d = 0; d < from.size(); ++d) {
    if (from[d] == 1 && row.extents[d + shift] != 1) bits |= uint64_t{1} << d;
  }
  return bits;
}

std::string LayoutText(const Operand& array) {
  const Layout layout = ClassifyLayout(array);
  if (layout == Layout::Dense(array.rank)) return "dense";
  std::string text = "strided (";
  for (int d = 0; d < array.rank; ++d) {
    static constexpr const char* kWords[] = {"broadcast", "unit", "merging", "general"};
    absl::StrAppend(&text, d == 0 ? "" : ", ", kWords[static_cast<size_t>(layout.at(d))]);
  }
  return text + ")";
}

std::string RowText(const Row& row, size_t number) {
  return absl::StrCat("operation ", number + 1, ", ", View(Info(row.op).text),
                      row.line == 0 ? "" : absl::StrCat(" at line ", row.line), ",");
}

// The differences of two recordings with the same operations, worst first.
class Comparison {
 public:
  Comparison(const Recording& there, const Recording& here) : there_(there), here_(here) {
    CompareParameters(there.arrays(), here.arrays(), "array");
    CompareParameters(there.scalars(), here.scalars(), "scalar");
    for (size_t k = 0; k < here.rows().size(); ++k) CompareRows(k);
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Difference& a, const Difference& b) { return a.reason > b.reason; });
  }

  size_t count() const { return found_.size(); }
  MissReason reason() const { return found_.empty() ? MissReason::kNew : found_[0].reason; }
  std::string Text() const {
    std::string text;
    for (size_t k = 0; k < std::min(found_.size(), kMostDifferences); ++k)
      absl::StrAppend(&text, k == 0 ? "" : "; ", found_[k].text);
    if (found_.size() > kMostDifferences)
      absl::StrAppend(&text, "; and ", found_.size() - kMostDifferences, " more");
    return text;
  }

 private:
  struct Difference {
    MissReason reason;
    std::string text;
  };
  void Find(MissReason reason, std::string text) { found_.push_back({reason, std::move(text)}); }

  void CompareParameters(std::span<const Operand> there, std::span<const Operand> here, const char* kind) {
    if (there.size() != here.size())
      return Find(MissReason::kOps,
                  absl::StrCat(there.size(), " ", kind, "s are read there and ", here.size(), " here"));
    for (size_t k = 0; k < here.size(); ++k) {
      const std::string subject = absl::StrCat(kind, " ", k + 1);
      const Operand& a = there[k];
      const Operand& b = here[k];
      if (a.dtype != b.dtype) {
        Find(MissReason::kDType,
             absl::StrCat(subject, " is ", View(Name(a.dtype)), " there and ", View(Name(b.dtype)), " here"));
      }
      if (a.rank != b.rank) {
        Find(MissReason::kRank,
             absl::StrCat(subject, " has ", int{a.rank}, " dimensions there and ", int{b.rank}, " here"));
      } else if (ClassifyLayout(a) != ClassifyLayout(b)) {
        Find(MissReason::kLayout,
             absl::StrCat(subject, " is ", LayoutText(a), " there and ", LayoutText(b), " here"));
      }
    }
  }

  void CompareRows(size_t k) {
    const Row& a = there_.rows()[k];
    const Row& b = here_.rows()[k];
    if (a.attribute != b.attribute)
      Find(MissReason::kOps, absl::StrCat(RowText(b, k), " has another axis or constant"));
    if (a.live != b.live)
      Find(MissReason::kLiveResults,
           absl::StrCat("the result of ", RowText(b, k), " is kept ", b.live ? "here" : "there", " only"));
    for (size_t n = 0; n < b.operand_count; ++n) {
      if (BroadcastOf(there_, a, n) == BroadcastOf(here_, b, n)) continue;
      Find(MissReason::kBroadcast,
           absl::StrCat("operand ", n + 1, " of ", RowText(b, k), " is broadcast in another way"));
    }
    if (a.dtype != b.dtype && found_.empty()) {
      Find(MissReason::kDType, absl::StrCat(RowText(b, k), " gives ", View(Name(a.dtype)), " there and ",
                                            View(Name(b.dtype)), " here"));
    }
  }

  const Recording& there_;
  const Recording& here_;
  std::vector<Difference> found_;
};

// What the first difference is of two recordings whose operations differ.
std::string DifferenceOfOps(const Recording& there, const Recording& here) {
  const size_t common = std::min(there.rows().size(), here.rows().size());
  for (size_t k = 0; k < common; ++k) {
    const Row& a = there.rows()[k];
    const Row& b = here.rows()[k];
    if (a.op != b.op || a.combiner != b.combiner) {
      return absl::StrCat("operation ", k + 1, " is ", View(Info(a.op).text), " there and ",
                          View(Info(b.op).text), " here");
    }
    for (size_t n = 0; n < std::min(a.operand_count, b.operand_count); ++n) {
      if (a.operands[n].kind == b.operands[n].kind && a.operands[n].index == b.operands[n].index) continue;
      return absl::StrCat("operand ", n + 1, " of ", RowText(b, k), " is another one");
    }
  }
  return absl::StrCat(there.rows().size(), " operations there and ", here.rows().size(), " here");
}

}  // namespace

std::string_view TextOf(MissReason reason) {
  static constexpr std::string_view kTexts[] = {
#define MISS_REASON(ID, TEXT) TEXT,
#include "src/recorder/log/miss_reasons.def"
#undef MISS_REASON
  };
  return kTexts[static_cast<size_t>(reason)];
}

Miss MissHistory::Explain(const Recording& recording, const Fingerprint& fingerprint) const {
  if (const auto same = by_fingerprint_.find(fingerprint); same != by_fingerprint_.end())
    return {MissReason::kEvicted, known_[same->second].name, "the same trace; it was dropped since"};
  if (const auto bucket = by_ops_.find(KeyOfOps(recording)); bucket != by_ops_.end()) {
    std::optional<Comparison> best;
    size_t nearest = 0;
    const Bucket& candidates = bucket->second;
    for (size_t k = 0; k < std::min(candidates.size(), kMostCompared); ++k) {
      const size_t candidate = candidates[candidates.size() - 1 - k];
      Comparison comparison(known_[candidate].recording, recording);
      if (best && best->count() <= comparison.count()) continue;
      best.emplace(std::move(comparison));
      nearest = candidate;
    }
    return {best->reason(), known_[nearest].name, best->Text()};
  }
  const auto bucket = by_place_.find(KeyOfPlace(recording));
  if (bucket == by_place_.end()) return {};
  const Known& last = known_[bucket->second.back()];
  return {MissReason::kOps, last.name, DifferenceOfOps(last.recording, recording)};
}

void MissHistory::Add(const Recording& recording, const Fingerprint& fingerprint, std::string name) {
  if (known_.size() >= kMostKnown) return;
  const size_t position = known_.size();
  known_.push_back({std::move(name), recording});
  by_fingerprint_[fingerprint] = position;
  by_ops_[KeyOfOps(recording)].push_back(position);
  if (const uint64_t place = KeyOfPlace(recording); place != 0) by_place_[place].push_back(position);
}

}  // namespace lathe
