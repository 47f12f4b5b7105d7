// Names and hierarchy of the error kinds, expanded from errors.def.
#include "lathe/error.h"

namespace lathe {

const char* ErrorKindName(ErrorKind kind) {
  static constexpr const char* kNames[] = {
#define ERROR_KIND(ID, PYTHON_NAME, PARENT_ID) PYTHON_NAME,
#include "lathe/errors.def"
#undef ERROR_KIND
  };
  return kNames[static_cast<int>(kind)];
}

bool ErrorKindIsA(ErrorKind kind, ErrorKind ancestor) {
  static constexpr ErrorKind kParents[] = {
#define ERROR_KIND(ID, PYTHON_NAME, PARENT_ID) ErrorKind::k##PARENT_ID,
#include "lathe/errors.def"
#undef ERROR_KIND
  };
  while (kind != ancestor) {
    const ErrorKind parent = kParents[static_cast<int>(kind)];
    if (parent == kind) return false;
    kind = parent;
  }
  return true;
}

}  // namespace lathe
