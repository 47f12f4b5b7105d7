// Addresses as sums.
#include "src/recorder/passes/loop_addresses.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "lathe/dtype.h"

namespace lathe {
namespace {

// A sum of more terms is a value by itself.
constexpr size_t kMostTerms = 8;

}  // namespace

LoopAddresses::Sum LoopAddresses::Opaque(Ref a, Ref b) {
  if (b != kNoRef && b < a) std::swap(a, b);
  Sum sum;
  sum.terms.push_back({a, b, 1});
  return sum;
}

void LoopAddresses::Add(const Sum& x, uint64_t factor, Sum* sum) {
  sum->constant += factor * x.constant;
  for (const Term& term : x.terms) {
    const auto place = std::lower_bound(
        sum->terms.begin(), sum->terms.end(), term,
        [](const Term& p, const Term& q) { return std::tie(p.a, p.b) < std::tie(q.a, q.b); });
    if (place == sum->terms.end() || place->a != term.a || place->b != term.b) {
      sum->terms.insert(place, {term.a, term.b, factor * term.factor});
      continue;
    }
    place->factor += factor * term.factor;
    if (place->factor == 0) sum->terms.erase(place);
  }
}

LoopAddresses::Sum LoopAddresses::Product(const Sum& x, const Sum& y, Ref a, Ref b) {
  if (!x.terms.empty() && y.terms.empty()) return Product(y, x, b, a);
  Sum product;
  if (x.terms.empty()) {
    if (x.constant != 0) Add(y, x.constant, &product);
    return product;
  }
  const auto is_linear = [](const Sum& sum) {
    return std::all_of(sum.terms.begin(), sum.terms.end(), [](const Term& t) { return t.b == kNoRef; });
  };
  if (!is_linear(x) || !is_linear(y) || x.terms.size() * y.terms.size() > kMostTerms) return Opaque(a, b);
  for (const Term& p : x.terms) {
    for (const Term& q : y.terms) Add(Opaque(p.a, q.a), p.factor * q.factor, &product);
    if (y.constant != 0) Add(Opaque(p.a), p.factor * y.constant, &product);
  }
  if (x.constant != 0) {
    for (const Term& q : y.terms) Add(Opaque(q.a), x.constant * q.factor, &product);
  }
  product.constant = x.constant * y.constant;
  return product;
}

const LoopAddresses::Sum& LoopAddresses::Of(Ref ref) {
  if (const auto found = sums_.find(ref); found != sums_.end()) return found->second;
  Sum sum = Compute(ref);
  std::erase_if(sum.terms, [](const Term& term) { return term.factor == 0; });
  if (sum.terms.size() > kMostTerms) sum = Opaque(ref);
  return sums_[ref] = std::move(sum);
}

LoopAddresses::Sum LoopAddresses::Compute(Ref ref) {
  Sum sum;
  const Instruction& instruction = trace_.at(ref);
  if (instruction.dtype != DType::kInt64) return Opaque(ref);
  const std::span<const Ref> x = trace_.operands(ref);
  switch (instruction.op) {
    case Op::kConst:
      sum.constant = instruction.attribute;
      return sum;
    case Op::kAdd:
    case Op::kCheckedAdd:
      Add(Of(x[0]), 1, &sum);
      Add(Of(x[1]), 1, &sum);
      return sum;
    case Op::kSub:
    case Op::kCheckedSub:
      Add(Of(x[0]), 1, &sum);
      Add(Of(x[1]), ~uint64_t{0}, &sum);
      return sum;
    case Op::kMul:
    case Op::kCheckedMul: {
      const Sum left = Of(x[0]);
      return Product(left, Of(x[1]), x[0], x[1]);
    }
    case Op::kAddress:
      Add(Of(x[0]), 1, &sum);
      for (size_t k = 1; k + 1 < x.size(); k += 2) {
        const Sum index = Of(x[k]);
        Add(Product(index, Of(x[k + 1]), x[k], x[k + 1]), 1, &sum);
      }
      return sum;
    default:
      return Opaque(ref);
  }
}

std::optional<uint64_t> LoopAddresses::Distance(Ref from, Ref to) {
  if (from == to) return 0;
  const Sum left = Of(from);
  const Sum& right = Of(to);
  if (left.terms != right.terms) return std::nullopt;
  return right.constant - left.constant;
}

bool LoopAddresses::AreDisjoint(Ref access, Ref other) {
  const auto distance = Distance(trace_.operands(access)[0], trace_.operands(other)[0]);
  if (!distance) return false;
  const auto size = static_cast<uint64_t>(ItemSize(trace_.at(access).dtype));
  const auto other_size = static_cast<uint64_t>(ItemSize(trace_.at(other).dtype));
  return *distance >= size && -*distance >= other_size;
}

bool LoopAddresses::AreSame(Ref access, Ref other) {
  if (ItemSize(trace_.at(access).dtype) != ItemSize(trace_.at(other).dtype)) return false;
  const auto distance = Distance(trace_.operands(access)[0], trace_.operands(other)[0]);
  return distance && *distance == 0;
}

bool LoopAddresses::Covers(Ref access, Ref other) {
  const auto distance = Distance(trace_.operands(access)[0], trace_.operands(other)[0]);
  const auto size = static_cast<uint64_t>(ItemSize(trace_.at(access).dtype));
  const auto other_size = static_cast<uint64_t>(ItemSize(trace_.at(other).dtype));
  return distance && *distance < size && other_size <= size - *distance;
}

}  // namespace lathe
