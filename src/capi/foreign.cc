// Foreign functions of the C ABI: lathe::ffi::Function and elementwise operations of them.
#include <memory>
#include <string>
#include <vector>

#include "lathe/ffi.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

struct lathe_foreign {
  ffi::Function function;
};

namespace {

ffi::Argument ArgumentOf(const lathe_argument& given) {
  switch (given.kind) {
    case LATHE_ARGUMENT_INT:
      return ffi::Argument(given.value.integer);
    case LATHE_ARGUMENT_UINT:
      return ffi::Argument(given.value.natural);
    case LATHE_ARGUMENT_FLOAT:
      return ffi::Argument(given.value.number);
    case LATHE_ARGUMENT_POINTER:
      return ffi::Argument(given.value.pointer);
    case LATHE_ARGUMENT_TEXT:
      return ffi::Argument(&Needed(given.value.text, "a text"));
    case LATHE_ARGUMENT_ARRAY:
      return ffi::Argument(ArrayOf(given.value.array));
    default:
      throw ValueError("there is no argument of kind " + std::to_string(given.kind));
  }
}

lathe_argument ResultOf(const ffi::Result& result) {
  lathe_argument given{};
  const Scalar scalar = result.scalar();
  if (result.is_pointer()) {
    given.kind = LATHE_ARGUMENT_POINTER;
    given.value.pointer = result.As<void*>();
  } else if (IsFloat(scalar.dtype)) {
    given.kind = LATHE_ARGUMENT_FLOAT;
    given.value.number = result.As<double>();
  } else if (scalar.dtype == DType::kUInt64) {
    given.kind = LATHE_ARGUMENT_UINT;
    given.value.natural = result.As<uint64_t>();
  } else {
    given.kind = LATHE_ARGUMENT_INT;
    given.value.integer = result.As<int64_t>();
  }
  return given;
}

void GiveFunction(ffi::Function function, lathe_foreign** result) {
  GiveHandle(std::make_unique<lathe_foreign>(lathe_foreign{std::move(function)}), result);
}

}  // namespace

lathe_status lathe_foreign_new(const char* declaration, const char* library, lathe_foreign** result) {
  return Guard([&] {
    GiveFunction(ffi::Function(TextOf(declaration, "the declaration"), library ? library : ""), result);
  });
}

lathe_status lathe_foreign_at(const char* declaration, const void* address, lathe_foreign** result) {
  return Guard([&] {
    Needed(static_cast<const char*>(address), "the address");
    GiveFunction(ffi::Function::At(TextOf(declaration, "the declaration"), address), result);
  });
}

void lathe_foreign_free(lathe_foreign* foreign) { delete foreign; }

lathe_status lathe_foreign_address(const lathe_foreign* foreign, const void** address) {
  return Guard([&] { Needed(address, "the result") = Needed(foreign, "the function").function.address(); });
}

lathe_status lathe_foreign_call(const lathe_foreign* foreign, const lathe_argument* arguments, size_t count,
                                lathe_argument* result) {
  return Guard([&] {
    const ffi::Function& function = Needed(foreign, "the function").function;
    if (count > 0) Needed(arguments, "the list of arguments");
    std::vector<ffi::Argument> list;
    for (size_t k = 0; k < count; ++k) list.push_back(ArgumentOf(arguments[k]));
    const ffi::Result given = function.Call(list);
    if (result) *result = ResultOf(given);
  });
}

lathe_status lathe_foreign_elementwise(const lathe_foreign* foreign, const lathe_input* inputs, size_t count,
                                       lathe_array** result) {
  return Guard([&] {
    const ffi::Elementwise operation(Needed(foreign, "the function").function);
    Give(operation.Apply(InputsOf(inputs, count)), result);
  });
}
