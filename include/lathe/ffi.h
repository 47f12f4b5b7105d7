// File: lathe/ffi.h
//
// Calling C functions of shared libraries, found by their declarations at run time, and making elementwise
// operations of them that fuse with others.
//
//   lathe::ffi::Function j0("double j0(double) __attribute__((const))", "m");
//   double y = j0(0.5).As<double>();
//   lathe::Array z = lathe::elementwise(j0)(x) * 2.0;   // one loop, which calls j0 directly
//
// A declaration is C, as header files have it once the preprocessor has run; docs/ffi.md says what is
// understood. Two attributes say what C cannot: `const` that the result depends on the arguments alone, so
// that calls may be merged, moved or left out; `threadsafe` that several threads may call the function at
// once.
//
// Arguments are checked against the declaration: numbers must fit, arrays must have the dtype that the
// pointer points to, be contiguous and, where C may write, writable; where a parameter says its length
// (`double x[n]`) they must have that many elements. Throws TypeError-kind errors, DTypeError, ValueError and
// FileError accordingly. Memory of arguments is C's only until the call returns.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lathe/array.h"
#include "lathe/error.h"

namespace lathe::ffi {

class Callback;

// A struct that is passed by value: its bytes as C lays them out.
struct Bytes {
  const void* data;
  size_t size;
  template <class T>
  static Bytes Of(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return {&value, sizeof value};
  }
};

// What is passed: a number, a pointer, a text, an array, a struct. Refers to the array, text or struct it was
// made from.
class Argument {
 public:
  enum class Kind { kInteger, kUnsigned, kFloat, kPointer, kText, kArray, kBytes };
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  Argument(T value)  // NOLINT: implicit on purpose
      : kind_(std::is_floating_point_v<T> ? Kind::kFloat
              : std::is_signed_v<T>       ? Kind::kInteger
                                          : Kind::kUnsigned) {
    if constexpr (std::is_floating_point_v<T>) {
      number_ = static_cast<double>(value);
    } else {
      bits_ = static_cast<uint64_t>(value);
    }
  }
  Argument(std::nullptr_t) : kind_(Kind::kPointer) {}                    // NOLINT: implicit
  Argument(void* pointer) : kind_(Kind::kPointer), pointer_(pointer) {}  // NOLINT: implicit
  Argument(const char* text) : kind_(Kind::kText), pointer_(text) {}     // NOLINT: implicit
  Argument(Array& array) : kind_(Kind::kArray), array_(&array) {}        // NOLINT: implicit
  Argument(const Callback& callback);                                    // NOLINT: implicit
  Argument(Bytes bytes)                                                  // NOLINT: implicit
      : kind_(Kind::kBytes), bits_(bytes.size), pointer_(bytes.data) {}
  Kind kind() const { return kind_; }
  uint64_t bits() const { return bits_; }
  double number() const { return number_; }
  const void* pointer() const { return pointer_; }
  Array& array() const { return *array_; }

 private:
  Kind kind_;
  uint64_t bits_ = 0;
  double number_ = 0;
  const void* pointer_ = nullptr;
  Array* array_ = nullptr;
};

// What came back, or a callback is given: nothing, a number, a pointer, or a struct.
class Result {
 public:
  explicit Result(std::vector<unsigned char> bytes) : bytes_(std::move(bytes)) {}
  explicit Result(Scalar scalar, bool is_pointer = false) : scalar_(scalar), is_pointer_(is_pointer) {}
  // The number converted to T as C++ does, or the pointer, or the struct, which T must be as large as.
  template <class T>
  T As() const {
    if constexpr (std::is_class_v<T>) {
      static_assert(std::is_trivially_copyable_v<T>);
      if (bytes_.size() != sizeof(T)) throw ValueError("the result is no struct of this size");
      T value;
      std::memcpy(&value, bytes_.data(), sizeof value);
      return value;
    } else if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<T>(scalar_.bits);
    } else {
      return scalar_.To<T>();
    }
  }
  Scalar scalar() const { return scalar_; }
  bool is_pointer() const { return is_pointer_; }

 private:
  Scalar scalar_{};
  bool is_pointer_ = false;
  std::vector<unsigned char> bytes_;  // of a struct
};

// A function of the program that C can call, as long as the object lives: pass it where C wants a pointer to
// a function. An exception of the body waits until C has come back, and is thrown by the call then; meanwhile
// callbacks of the thread return zero.
//
//   Callback compare("int compare(const void *, const void *)", [](std::span<const Result> given) {
//     return Argument(*given[0].As<const int*>() - *given[1].As<const int*>()); });
//   qsort(values, count, sizeof(int), compare);
class Callback {
 public:
  // Takes numbers and pointers; what it returns is not looked at if C wants nothing.
  using Body = std::function<Argument(std::span<const Result>)>;
  Callback(std::string_view declaration, Body body);
  Callback(Callback&&) noexcept;
  Callback& operator=(Callback&&) noexcept;
  ~Callback();
  void* address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline Argument::Argument(const Callback& callback) : kind_(Kind::kPointer), pointer_(callback.address()) {}

// A C function. Copies share it; calls are as thread-safe as the function.
class Function {
 public:
  struct State;
  // The function that `declaration` declares, from a library found as the loader finds it: "m", "libz.so.1",
  // a path, or "" for the program itself and the C library.
  Function(std::string_view declaration, const std::string& library);
  // The function at `address`.
  static Function At(std::string_view declaration, const void* address);

  Result Call(std::span<const Argument> arguments) const;
  template <class... T>
  Result operator()(T&&... arguments) const {
    if constexpr (sizeof...(T) == 0) {
      return Call({});
    } else {
      const Argument list[] = {Argument(arguments)...};
      return Call(list);
    }
  }
  const std::string& name() const;
  const void* address() const;

  // For Lathe's own rooms.
  const State& state() const { return *state_; }

 private:
  explicit Function(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// A C function of one to three numbers as an operation on arrays.
class Elementwise {
 public:
  explicit Elementwise(const Function& function);
  template <class... T>
  Array operator()(T&&... inputs) const {
    const Input list[] = {Input(std::forward<T>(inputs))...};
    return Apply(list);
  }
  Array Apply(std::span<const Input> inputs) const;

 private:
  std::string name_, library_;
  const void* record_;
};

}  // namespace lathe::ffi

namespace lathe {

// Inputs broadcast and are converted to the types of the parameters where nothing is lost. A function that is
// not declared `const` is called once for each element, in C order and at once; one that is becomes a part of
// the loops around it, and runs on several threads if it is declared `threadsafe`.
inline ffi::Elementwise elementwise(const ffi::Function& function) { return ffi::Elementwise(function); }

}  // namespace lathe
