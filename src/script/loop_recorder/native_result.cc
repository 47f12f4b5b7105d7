// What the values that native operations give are to a trace.
#include <memory>
#include <utility>

#include "src/script/arrays.h"
#include "src/script/loop_recorder/entry.h"
#include "src/script/loop_recorder/native_site.h"

namespace lathe::script {
namespace {

Abstract ArrayResult(const Array& array) {
  Abstract result;
  result.kind = AbstractKind::kArray;
  result.dtype = array.dtype();
  auto parts = std::make_shared<AbstractParts>();
  parts->rank = array.rank();
  parts->writable = array.writable();
  parts->strides = KnownStrides(array);
  parts->refs.assign(1 + 2 * static_cast<size_t>(array.rank()), kNoRef);
  result.parts = std::move(parts);
  return result;
}

}  // namespace

Abstract NativeResultOf(const Value& value) {
  switch (value.tag()) {
    case Tag::kNone:
      return Abstract::Constant(value);
    case Tag::kBool:
      return Abstract::Bool(kNoRef);
    case Tag::kInt:
      return Abstract::Int(kNoRef);
    case Tag::kFloat:
      return Abstract::Float(kNoRef);
    case Tag::kScalar:
      return Abstract::ScalarOf(value.scalar().dtype, kNoRef);
    case Tag::kObject: {
      if (auto* array = AsProperArray(value)) return ArrayResult(array->array);
      Abstract object;
      if (value.As<ListObject>()) {
        object.kind = AbstractKind::kList;
      } else {
        object.kind = AbstractKind::kObject;
        object.object_kind = value.object()->kind();
      }
      return object;
    }
    default:
      return Abstract();
  }
}

}  // namespace lathe::script
