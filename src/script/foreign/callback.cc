// What happens when C calls a script function.
//
// Nothing may be thrown through C: what a callback raises is put aside, the callback returns zero, further
// callbacks of the same call return zero at once, and the foreign call raises the exception when it comes
// back.
#include "src/script/foreign/callback.h"

#include <algorithm>
#include <cstring>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/foreign/convert.h"

namespace lathe::script {

using ffi::CType;

CallbackSlot::CallbackSlot(FfiState* state, const CType& type, Value function)
    : state_(state),
      type_(&type),
      result_bytes_(type.target.type->size),
      function_(std::move(function)),
      interface_(type),
      closure_(interface_, this) {}

void CallbackSlot::Misuse(const std::string& what) {
  const std::lock_guard<std::mutex> lock(state_->misuse_mutex);
  if (!state_->misused) state_->misuse = what;
  state_->misused = true;
}

void CallbackSlot::Called(void* result, void** arguments) {
  std::memset(result, 0, std::max(result_bytes_, sizeof(uint64_t)));
  if (!state_) {
    std::cerr << "lathe: C called a callback after the script had ended\n";
    return;
  }
  if (std::this_thread::get_id() != state_->thread) {
    return Misuse(
        "a callback was called from another thread than the script's: only functions of the script's own "
        "thread can "
        "call back");
  }
  if (function_.IsUndefined()) {
    return Misuse(
        "C called a callback that nothing holds any more: keep what ffi.callback returns for as long as C "
        "may "
        "call it");
  }
  if (state_->callback_exception) return;
  Run(result, arguments);
}

void CallbackSlot::Run(void* result, void** arguments) {
  Vm& vm = state_->vm;
  const Value function = function_;
  const FfiStateRef state = StateOf(vm);
  const int saved = state->error_number;
  const Value done = vm.Guard([&] {
    std::vector<Value> values;
    for (size_t k = 0; k < type_->parameters.size(); ++k) {
      values.push_back(
          ResultValue(state, {type_->parameters[k].type, false}, static_cast<const char*>(arguments[k])));
    }
    Value value = vm.Call(function, values);
    if (value.IsError() || type_->target.type->Is(ffi::CKind::kVoid)) return value;
    static const std::string kResult = "the result of the callback";
    // C reads the result when nobody holds it any more: only what outlives this call can be returned.
    StoreValue(*state, *type_->target.type, value, static_cast<char*>(result), nullptr, {&kResult});
    return value;
  });
  state->error_number = saved;
  if (!done.IsError()) return;
  std::memset(result, 0, std::max(result_bytes_, sizeof(uint64_t)));
  state->callback_exception = vm.TakePending();
}

CallbackObject::CallbackObject(FfiStateRef s, const CType& t, Value function)
    : ForeignObject(s->callback), state(std::move(s)), ctype(t) {
  if (ctype.variadic) throw Error(ErrorKind::kType, "a callback cannot take '...'");
  slot = std::make_unique<CallbackSlot>(state.get(), ctype, std::move(function));
  ++state->live_callbacks;
}

CallbackObject::~CallbackObject() {
  if (!slot) return;
  slot->Retire();
  --state->live_callbacks;
  state->retired.push_back(std::move(slot));
  if (state->retired.size() > CallbackSlot::kMaxRetired) state->retired.pop_front();
}

std::string CallbackObject::Repr() { return "<callback '" + ffi::TypeText(ctype) + "'>"; }

FfiState::FfiState(Vm& v) : vm(v), thread(std::this_thread::get_id()) {}

FfiState::~FfiState() {
  // C may keep the addresses of callbacks beyond the VM. These few must never die.
  static std::mutex mutex;
  static auto* const orphans = new std::vector<std::unique_ptr<CallbackSlot>>;
  const std::lock_guard<std::mutex> lock(mutex);
  for (std::unique_ptr<CallbackSlot>& slot : retired) {
    slot->Orphan();
    orphans->push_back(std::move(slot));
  }
}

}  // namespace lathe::script
