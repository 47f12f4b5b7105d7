// Printing of shapes.
#include "lathe/shape.h"

namespace lathe {

std::string Shape::ToString() const {
  std::string text = "(";
  for (int d = 0; d < rank_; ++d) text += (d ? ", " : "") + std::to_string(values_[d]);
  return text + (rank_ == 1 ? ",)" : ")");
}

}  // namespace lathe
