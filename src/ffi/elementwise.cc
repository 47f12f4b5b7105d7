// Records of C functions for elementwise calls, and how the interpreter makes such calls: directly where all
// types are one float type, which is what libraries of functions have; through libffi else.
#include "src/ffi/elementwise.h"

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "lathe/error.h"
#include "src/ffi/call_interface.h"

namespace lathe::ffi {
namespace {

// A record with what calls through libffi need.
struct Record {
  std::unique_ptr<CallInterface> interface;
  ForeignFunction function;
};

template <class T>
void DirectLanes(const ForeignFunction& function, void* out, const void* const* inputs, int64_t n) {
  T* result = static_cast<T*>(out);
  const auto at = [&](size_t k, int64_t i) { return static_cast<const T*>(inputs[k])[i]; };
  void* const address = const_cast<void*>(function.address);
  if (function.arity == 1) {
    const auto call = reinterpret_cast<T (*)(T)>(address);
    for (int64_t i = 0; i < n; ++i) result[i] = call(at(0, i));
  } else if (function.arity == 2) {
    const auto call = reinterpret_cast<T (*)(T, T)>(address);
    for (int64_t i = 0; i < n; ++i) result[i] = call(at(0, i), at(1, i));
  } else {
    const auto call = reinterpret_cast<T (*)(T, T, T)>(address);
    for (int64_t i = 0; i < n; ++i) result[i] = call(at(0, i), at(1, i), at(2, i));
  }
}

void GeneralLanes(const ForeignFunction& function, void* out, const void* const* inputs, int64_t n) {
  const auto& interface = *static_cast<const CallInterface*>(function.caller);
  const auto code = reinterpret_cast<CodeAddress>(const_cast<void*>(function.address));
  const auto result_size = static_cast<size_t>(ItemSize(function.result));
  for (int64_t i = 0; i < n; ++i) {
    void* arguments[ForeignFunction::kMaxArguments];
    for (size_t k = 0; k < static_cast<size_t>(function.arity); ++k) {
      arguments[k] =
          const_cast<char*>(static_cast<const char*>(inputs[k])) + i * ItemSize(function.arguments[k]);
    }
    uint64_t result = 0;
    interface.Call(code, &result, arguments);
    std::memcpy(static_cast<char*>(out) + static_cast<size_t>(i) * result_size, &result, result_size);
  }
}

// All dtypes are `dtype`.
bool IsAll(const ForeignFunction& function, DType dtype) {
  for (size_t k = 0; k < static_cast<size_t>(function.arity); ++k) {
    if (function.arguments[k] != dtype) return false;
  }
  return function.result == dtype;
}

[[noreturn]] void Refuse(const CType& type, const std::string& name) {
  throw Error(ErrorKind::kType, "an elementwise function takes one to " +
                                    std::to_string(ForeignFunction::kMaxElementwiseArguments) +
                                    " numbers and returns a number, not: " + DeclarationText(type, name));
}

DType PassedAs(const CType& type) { return type.IsArithmetic() ? DTypeOf(type.scalar) : DType::kInt64; }

std::unique_ptr<Record> MakeRecord(const CType& type, const void* address, bool pure, bool thread_safe) {
  auto record = std::make_unique<Record>();
  ForeignFunction& function = record->function;
  function.address = address;
  // What a function without a result returns is not looked at.
  function.result = type.target.type->IsArithmetic() ? DTypeOf(type.target.type->scalar) : DType::kInt64;
  function.arity = static_cast<int8_t>(type.parameters.size());
  function.pure = pure;
  function.thread_safe = thread_safe;
  for (size_t k = 0; k < type.parameters.size(); ++k)
    function.arguments[k] = PassedAs(*type.parameters[k].type);
  const bool direct = function.arity > 0 && function.arity <= ForeignFunction::kMaxElementwiseArguments;
  if (direct && IsAll(function, DType::kFloat64)) {
    function.lanes = DirectLanes<double>;
  } else if (direct && IsAll(function, DType::kFloat32)) {
    function.lanes = DirectLanes<float>;
  } else {
    record->interface = std::make_unique<CallInterface>(type);
    function.lanes = GeneralLanes;
    function.caller = record->interface.get();
  }
  return record;
}

}  // namespace

bool HasRecord(const CType& type) {
  if (type.variadic || !(type.target.type->IsArithmetic() || type.target.type->Is(CKind::kVoid)))
    return false;
  int words = 0, floats = 0;
  for (const CParameter& parameter : type.parameters) {
    if (!parameter.type->IsArithmetic() && !parameter.type->Is(CKind::kPointer)) return false;
    ++(IsFloat(PassedAs(*parameter.type)) ? floats : words);
  }
  return words <= ForeignFunction::kMaxWords && floats <= ForeignFunction::kMaxFloats;
}

const ForeignFunction& RecordOf(const CType& type, const void* address, bool pure, bool thread_safe) {
  using Key = std::tuple<const void*, std::string, bool, bool>;
  static std::mutex mutex;
  // Pending arrays and kernels that run refer to records, at the end of the program too.
  static auto* const records = new std::map<Key, std::unique_ptr<Record>>;
  const std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<Record>& record = (*records)[{address, TypeText(type), pure, thread_safe}];
  if (!record) record = MakeRecord(type, address, pure, thread_safe);
  return record->function;
}

const ForeignFunction& ElementwiseRecordOf(const CType& type, const void* address, bool pure,
                                           bool thread_safe, const std::string& name) {
  bool fits = !type.parameters.empty() && !type.variadic && type.target.type->IsArithmetic() &&
              type.parameters.size() <= ForeignFunction::kMaxElementwiseArguments;
  for (const CParameter& parameter : type.parameters) fits = fits && parameter.type->IsArithmetic();
  if (!fits) Refuse(type, name);
  return RecordOf(type, address, pure, thread_safe);
}

}  // namespace lathe::ffi
