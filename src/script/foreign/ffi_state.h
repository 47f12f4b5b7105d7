// What the ffi module of one VM has in common: the declarations, the classes of its objects, errno as the
// last call left it, and what went wrong in a callback until the call that led to it returns.
//
// Objects of the module hold the state, so that types outlive the values that have them.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/ffi/call_interface.h"
#include "src/ffi/declarations.h"
#include "src/script/vm.h"

namespace lathe::script {

class CallbackSlot;

struct FfiState {
  explicit FfiState(Vm& v);
  FfiState(const FfiState&) = delete;
  FfiState& operator=(const FfiState&) = delete;
  ~FfiState();

  Vm& vm;
  const std::thread::id thread;
  ffi::Declarations declarations;
  Ref<ClassObject> data, function, library, type, callback, elementwise;
  int error_number = 0;
  int64_t live_callbacks = 0;  // callbacks that the script holds: they may run its code in any call

  // ---- Calls and callbacks
  int depth = 0;                            // of foreign calls that are running
  Ref<ExceptionObject> callback_exception;  // the first that a callback raised
  // What callbacks on other threads, or after their end, did wrong: they cannot touch the VM.
  std::mutex misuse_mutex;
  std::string misuse;  // guarded by misuse_mutex
  std::atomic<bool> misused = false;
  // Callbacks whose object is gone, newest last: C may still call them, and gets an error.
  std::deque<std::unique_ptr<CallbackSlot>> retired;
  std::vector<Value> handles;  // ffi.new_handle's objects by number, Undefined once free
};
using FfiStateRef = std::shared_ptr<FfiState>;

// The module itself keeps the state.
class FfiModule : public ModuleObject {
 public:
  FfiModule(Vm& vm, FfiStateRef s) : ModuleObject("ffi"), state(std::move(s)) {
    variables.builtins = &vm.builtins();
  }
  // Handles may hold values that hold the state.
  ~FfiModule() override { state->handles.clear(); }
  FfiStateRef state;
};
// The state of the VM whose module ffi is loaded.
const FfiStateRef& StateOf(Vm& vm);

// Computes what is pending: C may read or write the memory of any array.
void FlushArrays();

}  // namespace lathe::script
