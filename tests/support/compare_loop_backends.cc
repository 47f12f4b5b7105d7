// Running one loop trace on several backends, in memory whose surroundings are watched.
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/literal.h"
#include "tests/support/random_loop_trace.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

constexpr size_t kMargin = 64;  // bytes on both sides of an array
constexpr uint64_t kUntouched = 0x5a5a5a5a5a5a5a5a;

uint64_t OneNan(DType dtype, uint64_t bits) {
  const Scalar scalar{dtype, bits};
  if (dtype == DType::kFloat64 && std::isnan(scalar.As<double>())) {
    return Scalar::Of(std::numeric_limits<double>::quiet_NaN()).bits;
  }
  if (dtype == DType::kFloat32 && std::isnan(scalar.As<float>())) {
    return Scalar::Of(std::numeric_limits<float>::quiet_NaN()).bits;
  }
  return bits;
}

// Scalars and the contents of arrays. The arrays lie at the same addresses in every run.
class Inputs {
 public:
  Inputs(const RandomLoop& loop, uint64_t seed) : loop_(loop) {
    std::mt19937_64 random(seed);
    for (const RandomLoop::Array& array : loop.arrays) {
      const size_t item = static_cast<size_t>(ItemSize(array.dtype));
      std::string bytes(2 * kMargin + item * static_cast<size_t>(array.length), '\x5a');
      for (int64_t k = 0; k < array.length; ++k) {
        const uint64_t bits = RandomValue(array.dtype, random);
        std::memcpy(&bytes[kMargin + item * static_cast<size_t>(k)], &bits, item);
      }
      contents_.push_back(bytes);
      memory_.push_back(std::move(bytes));
    }
    for (std::string& bytes : memory_) words_.push_back(reinterpret_cast<uint64_t>(&bytes[kMargin]));
    for (Ref ref = static_cast<Ref>(words_.size()); loop.trace.at(ref).op == Op::kParam; ++ref) {
      const DType dtype = loop.trace.at(ref).dtype;
      words_.push_back(ExtendedBits(dtype, RandomValue(dtype, random)));
    }
  }

  // What a run does, as text.
  std::string Run(const LoopExecutable& executable) {
    for (size_t k = 0; k < memory_.size(); ++k) {
      std::memcpy(memory_[k].data(), contents_[k].data(), contents_[k].size());
    }
    std::vector<uint64_t> values(64, kUntouched);
    const uint32_t exit = executable.Run(words_.data(), values.data());
    std::string text = absl::StrCat("exit ", exit, " (");
    const std::span<const Ref> snapshot = Snapshot(exit);
    for (size_t k = 0; k < snapshot.size(); ++k) {
      const DType dtype = loop_.trace.at(snapshot[k]).dtype;
      const uint64_t bits = OneNan(dtype, values[k]);
      absl::StrAppend(&text, k == 0 ? "" : ", ", FormatLiteral(dtype, bits));
      if (bits != ExtendedBits(dtype, bits)) absl::StrAppend(&text, " not extended");
    }
    text += ")";
    for (size_t k = snapshot.size(); k < values.size(); ++k) {
      if (values[k] != kUntouched) absl::StrAppend(&text, "\nvalue ", k, " is written");
    }
    for (size_t k = 0; k < memory_.size(); ++k) AppendArray(k, &text);
    return text;
  }

 private:
  std::span<const Ref> Snapshot(uint32_t exit) const {
    for (Ref ref = 0; ref < loop_.trace.size(); ++ref) {
      const bool exits = (Info(loop_.trace.at(ref).op).flags & kExits) != 0;
      if (exits && loop_.trace.at(ref).attribute == exit) return SnapshotOf(loop_.trace, ref);
    }
    return {};
  }

  void AppendArray(size_t k, std::string* text) const {
    const RandomLoop::Array& array = loop_.arrays[k];
    const std::string& bytes = memory_[k];
    const size_t item = static_cast<size_t>(ItemSize(array.dtype));
    absl::StrAppend(text, "\n[");
    for (int64_t i = 0; i < array.length; ++i) {
      uint64_t bits = 0;
      std::memcpy(&bits, &bytes[kMargin + item * static_cast<size_t>(i)], item);
      absl::StrAppend(text, i == 0 ? "" : ", ", FormatLiteral(array.dtype, OneNan(array.dtype, bits)));
      if (IsBool(array.dtype) && bits > 1) absl::StrAppend(text, " is no bool");
    }
    const std::string margin(kMargin, '\x5a');
    const bool kept = bytes.starts_with(margin) && bytes.ends_with(margin);
    absl::StrAppend(text, kept ? "]" : "] and around it");
  }

  const RandomLoop& loop_;
  std::vector<std::string> contents_;
  std::vector<std::string> memory_;
  std::vector<uint64_t> words_;
};

}  // namespace

std::string CompareLoopBackends(const RandomLoop& loop, const std::vector<LirLoopBackend>& backends,
                                uint64_t seed) {
  std::atomic<int> attention = 0;
  std::vector<std::unique_ptr<LoopExecutable>> executables;
  for (const LirLoopBackend& backend : backends) {
    absl::StatusOr<std::unique_ptr<LoopExecutable>> executable =
        backend.make()->CompileLoop(loop.trace, &attention);
    if (!executable.ok()) {
      return absl::StrCat(backend.name, ": ", absl::string_view(executable.status().message()));
    }
    executables.push_back(*std::move(executable));
  }
  for (uint64_t round = 0; round < 6; ++round) {
    Inputs inputs(loop, seed + round);
    attention = round == 5 ? kAttention : kNoAttention;
    const std::string expected = inputs.Run(*executables[0]);
    for (size_t k = 1; k < executables.size(); ++k) {
      const std::string found = inputs.Run(*executables[k]);
      if (found == expected) continue;
      return absl::StrCat("round ", round, ": ", backends[k].name, " gives\n", found, "\n", backends[0].name,
                          " gives\n", expected);
    }
  }
  return "";
}

}  // namespace lathe
