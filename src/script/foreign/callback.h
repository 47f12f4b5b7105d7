// Callbacks: script functions that C can call.
//
// A CallbackSlot is what C holds the address of. It outlives the script's object: when that goes, the slot
// retires and stays callable, so that a call that comes too late is an error and no crash. The newest
// kMaxRetired retired slots are kept; with the VM they are handed over to the process.
#pragma once

#include <memory>

#include "src/script/foreign/c_data.h"

namespace lathe::script {

class CallbackSlot : public ffi::Closure::Handler {
 public:
  static constexpr size_t kMaxRetired = 1024;

  CallbackSlot(FfiState* state, const ffi::CType& type, Value function);
  void Called(void* result, void** arguments) override;
  void* address() const { return closure_.address(); }
  void Retire() { function_ = Value(); }
  // The VM is gone.
  void Orphan() {
    Retire();
    state_ = nullptr;
  }

 private:
  void Run(void* result, void** arguments);
  void Misuse(const std::string& what);

  FfiState* state_;
  const ffi::CType* type_;
  const size_t result_bytes_;
  Value function_;  // Undefined once retired
  ffi::CallInterface interface_;
  ffi::Closure closure_;
};

class CallbackObject : public ForeignObject {
 public:
  CallbackObject(FfiStateRef s, const ffi::CType& t, Value function);
  ~CallbackObject() override;
  uint64_t Identity() override { return reinterpret_cast<uint64_t>(slot->address()); }
  std::string Repr() override;

  const FfiStateRef state;
  const ffi::CType& ctype;  // the function's type
  std::unique_ptr<CallbackSlot> slot;
};

}  // namespace lathe::script
