// ForeignObject: an object whose behaviour the module that makes it brings along - the ffi module's pointers,
// structs, functions and libraries. The VM's files ask it by these hooks, each at one place, and know nothing
// else of it. Hooks may throw as natives do: whoever calls them is inside Vm::Guard.
#pragma once

#include <string>

#include "src/script/objects.h"

namespace lathe::script {

class ForeignObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kForeign;
  explicit ForeignObject(Ref<ClassObject> c) : Object(kKind), object_class(std::move(c)) {}

  // Undefined means: this object has no such thing, and the VM raises its usual error.
  virtual Value Call(Vm&, std::span<const Value>, std::span<const Value>) { return Value(); }
  virtual Value GetAttribute(Vm&, const Ref<StringObject>&) { return Value(); }
  virtual Value GetItem(Vm&, const Value&) { return Value(); }
  // The operators + and - with this object on the left or (`reflected`) on the right.
  virtual Value Arithmetic(Vm&, Bytecode, const Value&, bool) { return Value(); }
  // False: not supported.
  virtual bool SetAttribute(Vm&, const Ref<StringObject>&, const Value&) { return false; }
  virtual bool SetItem(Vm&, const Value&, const Value&) { return false; }
  virtual bool Truth() { return true; }
  // Negative: it has no length.
  virtual int64_t Length() { return -1; }
  // Objects with equal identities compare equal and hash alike; 0: the object is only equal to itself.
  virtual uint64_t Identity() { return 0; }
  virtual std::string Repr() = 0;

  const Ref<ClassObject> object_class;
};

// The object as one of a class derived from ForeignObject; null if it is none.
template <class T>
T* AsForeign(const Value& value) {
  auto* foreign = value.As<ForeignObject>();
  return foreign ? dynamic_cast<T*>(foreign) : nullptr;
}

}  // namespace lathe::script
