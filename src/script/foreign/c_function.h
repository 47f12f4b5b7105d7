// Functions and libraries as scripts see them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "src/base/shared_library.h"
#include "src/recorder/ir/foreign.h"
#include "src/script/foreign/c_data.h"

namespace lathe::script {

// A C function that a library has and a declaration describes.
class CFunctionObject : public ForeignObject {
 public:
  CFunctionObject(FfiStateRef s, std::string n, std::string l, const ffi::CType& t, void* a, bool p, bool ts)
      : ForeignObject(s->function),
        state(std::move(s)),
        name(std::move(n)),
        library(std::move(l)),
        ctype(t),
        address(a),
        pure(p),
        thread_safe(ts) {}
  Value Call(Vm& vm, std::span<const Value> arguments, std::span<const Value> names) override;
  Value GetAttribute(Vm& vm, const Ref<StringObject>& attribute) override;
  uint64_t Identity() override { return reinterpret_cast<uint64_t>(address); }
  std::string Repr() override { return "<cfunction '" + ffi::DeclarationText(ctype, name) + "'>"; }

  const FfiStateRef state;
  const std::string name;
  const std::string library;  // "" if it came as a pointer
  const ffi::CType& ctype;
  void* const address;
  const bool pure, thread_safe;

 private:
  struct Frame;
  void CheckCount(size_t given) const;
  void StoreArgument(const Value& value, size_t k, Frame* frame) const;
  void StoreVariadic(const Value& value, size_t k, Frame* frame) const;
  std::optional<int64_t> LeastElements(size_t k, const Frame& frame) const;

  std::unique_ptr<ffi::CallInterface> interface_;  // of the fixed arguments; made by the first call
};

// A C function as an operation on arrays.
class ElementwiseObject : public ForeignObject {
 public:
  ElementwiseObject(const FfiStateRef& state, Ref<CFunctionObject> f, const ForeignFunction& r)
      : ForeignObject(state->elementwise), function(std::move(f)), record(r) {}
  Value Call(Vm& vm, std::span<const Value> arguments, std::span<const Value> names) override;
  std::string Repr() override {
    return "<elementwise '" + ffi::DeclarationText(function->ctype, function->name) + "'>";
  }

  const Ref<CFunctionObject> function;
  const ForeignFunction& record;
};

class LibraryObject : public ForeignObject {
 public:
  LibraryObject(FfiStateRef s, SharedLibrary l)
      : ForeignObject(s->library), state(std::move(s)), library(std::move(l)) {}
  Value GetAttribute(Vm& vm, const Ref<StringObject>& name) override;
  bool SetAttribute(Vm& vm, const Ref<StringObject>& name, const Value& value) override;
  // The function that is declared by this name and that the library has; null if there is none.
  Ref<CFunctionObject> FindFunction(const std::string& name);
  std::string Repr() override { return "<library '" + library.name() + "'>"; }

  const FfiStateRef state;
  const SharedLibrary library;

 private:
  // The address of what `declaration` declares; throws AttributeError if the library lacks it.
  void* Address(const ffi::Declaration& declaration) const;
  std::map<std::string, Ref<CFunctionObject>, std::less<>> functions_;
};

// A pointer to a function, as a function.
Ref<CFunctionObject> FunctionAt(const FfiStateRef& state, const ffi::CType& type, void* address);
// Raises what callbacks have left behind; called when a foreign call returns.
void RaiseCallbackErrors(FfiState& state);

}  // namespace lathe::script
