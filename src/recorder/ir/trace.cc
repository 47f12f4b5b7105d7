// Comparing traces.
#include "src/recorder/ir/trace.h"

#include <algorithm>

namespace lathe {

bool Trace::SameAs(const Trace& other) const {
  if (size() != other.size() || kernels != other.kernels) return false;
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
