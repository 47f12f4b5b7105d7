// Addresses of a loop trace as sums, to tell whether two accesses meet. All of it is modulo 2^64, as
// addresses are computed, so nothing needs to be known of ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

class LoopAddresses {
 public:
  explicit LoopAddresses(const Trace& trace) : trace_(trace) {}

  // `value` stands for `ref` from now on; sums that have been asked for stay as they are.
  void Replace(Ref ref, Ref value) {
    Sum sum = Of(value);
    sums_[ref] = std::move(sum);
  }

  // to - from, if that is the same whatever the values that both are computed from.
  std::optional<uint64_t> Distance(Ref from, Ref to);

  // Two accesses, by their instructions, which must be of one alias class.
  bool AreDisjoint(Ref access, Ref other);
  bool AreSame(Ref access, Ref other);  // the same bytes
  bool Covers(Ref access, Ref other);   // all bytes of `other`

 private:
  // factor * a * b; b is kNoRef for 1.
  struct Term {
    Ref a = kNoRef;
    Ref b = kNoRef;
    uint64_t factor = 0;
    friend bool operator==(const Term&, const Term&) = default;
  };
  // The terms are in order, and no two of the same values.
  struct Sum {
    std::vector<Term> terms;
    uint64_t constant = 0;
  };

  const Sum& Of(Ref ref);
  Sum Compute(Ref ref);
  static Sum Opaque(Ref a, Ref b = kNoRef);
  static void Add(const Sum& x, uint64_t factor, Sum* sum);
  // The product of the values, whose sums are `x` and `y`.
  static Sum Product(const Sum& x, const Sum& y, Ref a, Ref b);

  const Trace& trace_;
  absl::flat_hash_map<Ref, Sum> sums_;
};

}  // namespace lathe
