// Comparing traces.
#include "src/recorder/ir/trace.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace lathe {
namespace {

template <class T>
bool SameBytes(const std::vector<T>& a, const std::vector<T>& b) {
  static_assert(std::has_unique_object_representations_v<T>);
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace

bool Trace::SameAs(const Trace& other) const {
  if (size() != other.size() || kernels != other.kernels) return false;
  // Most who ask have a trace that nobody has touched.
  const bool untouched = SameBytes(instructions, other.instructions) &&
                         SameBytes(operand_pool, other.operand_pool) && SameBytes(dim_pool, other.dim_pool);
  if (untouched && names == other.names) return true;
  for (Ref ref = 0; ref < size(); ++ref) {
    const Instruction& a = at(ref);
    const Instruction& b = other.at(ref);
    if (a.op != b.op || a.dtype != b.dtype || a.combiner != b.combiner || a.attribute != b.attribute ||
        a.layout != b.layout || a.line != b.line || NameOf(ref) != other.NameOf(ref))
      return false;
    if (!std::ranges::equal(operands(ref), other.operands(ref)) ||
        !std::ranges::equal(dims(ref), other.dims(ref)))
      return false;
  }
  return true;
}

}  // namespace lathe
