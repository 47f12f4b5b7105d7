// How a function of a given C type is called, and how C calls back: the two uses of libffi, which no other
// file of Lathe includes but call_interface.cc and closure.cc.
#pragma once

#include <memory>
#include <span>

#include "src/ffi/c_type.h"

namespace lathe::ffi {

using CodeAddress = void (*)();

class CallInterface {
 public:
  // For a function of type `function`; `more`: the types of the arguments behind "...", after promotion.
  // Throws Error(kNotImplemented) for what cannot be passed (unions by value).
  explicit CallInterface(const CType& function, std::span<const CType* const> more = {});
  CallInterface(CallInterface&&) noexcept;
  CallInterface& operator=(CallInterface&&) noexcept;
  ~CallInterface();

  // Calls `function`. `arguments`: the address of each value. `result` has room for result_bytes().
  void Call(CodeAddress function, void* result, void** arguments) const;
  size_t result_bytes() const;

  struct State;
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// A function that C can call and that somebody in C++ answers.
class Closure {
 public:
  // What a call does. It must not throw.
  class Handler {
   public:
    virtual ~Handler() = default;
    // `arguments`: the address of each one; the result goes to `result`, as a value of the function's type.
    virtual void Called(void* result, void** arguments) = 0;
  };

  // `handler` and `interface` must outlive the closure. Throws MemoryError if no executable memory is to be
  // had.
  Closure(const CallInterface& interface, Handler* handler);
  Closure(const Closure&) = delete;
  Closure& operator=(const Closure&) = delete;
  ~Closure();
  void* address() const { return address_; }

 private:
  void* address_ = nullptr;
  void* closure_;  // libffi's, writable; made after address_, which its making sets
};

}  // namespace lathe::ffi
