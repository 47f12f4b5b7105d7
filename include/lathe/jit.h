// File: lathe/jit.h
//
// jit(): record a function of arrays once for each signature, then call its machine code without
// recording again.
//
//   auto axpy = lathe::jit([](lathe::Array a, lathe::Array x, lathe::Array y) { return a * x + y; });
//   lathe::Array z = axpy(a, x, y);               // first call: records and compiles
//   z = axpy(a, x, y);                            // later calls of this signature: replays
//
//   lathe::CompiledHandle call = axpy.Compile(a, x, y);
//   call.Run({a_ptr, x_ptr, y_ptr}, {z_ptr});     // raw buffers of the same shapes, no allocation
//
// The signature is the dtype, shape and strides of every argument: what the function may look at while it
// is recorded. A function that computes a value while it runs (prints, branches on an element), assigns
// into an array or keeps arrays elsewhere cannot be replayed; it is then simply called each time, and
// Compile throws. Values captured by the function are those of the call that was recorded.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "lathe/array.h"

namespace lathe {

// Machine code for one signature, called on raw buffers. Movable; one thread at a time.
class CompiledHandle {
 public:
  struct State;
  explicit CompiledHandle(std::unique_ptr<State> state);
  CompiledHandle(CompiledHandle&&) noexcept;
  CompiledHandle& operator=(CompiledHandle&&) noexcept;
  ~CompiledHandle();

  // `inputs`: the arguments' first elements, in order, with the shapes and strides of the signature;
  // `outputs`: dense memory for the results. An output may be an input of the same dtype and shape, else
  // they must not overlap. Throws MemoryError if a temporary cannot be had, ValueError for a wrong number of
  // buffers.
  void Run(std::span<const void* const> inputs, std::span<void* const> outputs) const;
  void Run(std::initializer_list<const void*> inputs, std::initializer_list<void*> outputs) const {
    Run(std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()));
  }

 private:
  std::unique_ptr<State> state_;
};

// The untyped function behind jit(): any number of arrays in and out. Not thread-safe: one per thread.
class JitFunction {
 public:
  using Body = std::function<std::vector<Array>(std::span<const Array>)>;
  explicit JitFunction(Body body);
  JitFunction(JitFunction&&) noexcept;
  JitFunction& operator=(JitFunction&&) noexcept;
  ~JitFunction();

  std::vector<Array> Call(std::span<const Array> arguments);
  CompiledHandle CompileFor(std::span<const Array> arguments);
  // How many signatures have been recorded.
  int recordings() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// What jit() returns: a callable with the arity of the function it was made from.
template <class Function>
class Jitted {
 public:
  explicit Jitted(Function function)
      : function_([function = std::move(function)](std::span<const Array> arguments) {
          return std::vector<Array>{Invoke(function, arguments)};
        }) {}

  template <class... Arguments>
  Array operator()(const Arguments&... arguments) {
    const Array list[] = {arguments...};
    return function_.Call(list)[0];
  }
  template <class... Arguments>
  CompiledHandle Compile(const Arguments&... arguments) {
    const Array list[] = {arguments...};
    return function_.CompileFor(list);
  }
  int recordings() const { return function_.recordings(); }

 private:
  static Array Invoke(const Function& function, std::span<const Array> a) {
    if constexpr (std::is_invocable_v<const Function&, Array>) {
      return function(a[0]);
    } else if constexpr (std::is_invocable_v<const Function&, Array, Array>) {
      return function(a[0], a[1]);
    } else if constexpr (std::is_invocable_v<const Function&, Array, Array, Array>) {
      return function(a[0], a[1], a[2]);
    } else if constexpr (std::is_invocable_v<const Function&, Array, Array, Array, Array>) {
      return function(a[0], a[1], a[2], a[3]);
    } else {
      static_assert(std::is_invocable_v<const Function&, Array, Array, Array, Array, Array>,
                    "jit() takes functions of one to five arrays; use JitFunction for more");
      return function(a[0], a[1], a[2], a[3], a[4]);
    }
  }
  JitFunction function_;
};

template <class Function>
Jitted<Function> jit(Function function) {
  return Jitted<Function>(std::move(function));
}

}  // namespace lathe
