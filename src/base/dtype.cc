// Look-up of dtypes by name.
#include "lathe/dtype.h"

namespace lathe {

bool FindDType(std::string_view name, DType* dtype) {
  for (int k = 0; k < kDTypeCount; ++k) {
    if (kDTypeInfos[k].name == name) {
      *dtype = static_cast<DType>(k);
      return true;
    }
  }
  return false;
}

}  // namespace lathe
