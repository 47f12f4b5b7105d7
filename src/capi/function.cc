// Recorded functions and compiled handles of the C ABI.
#include <memory>

#include "lathe/jit.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

struct lathe_function {
  std::shared_ptr<void> owner;  // of the context
  JitFunction function;
};

struct lathe_handle {
  CompiledHandle handle;
};

namespace {

// Calls the caller's body with borrowed handles; what it returns is taken from it, whatever happens.
std::vector<Array> CallBody(lathe_function_body body, void* context, size_t result_count,
                            std::span<const Array> arguments) {
  std::vector<lathe_array> handles;
  std::vector<const lathe_array*> pointers;
  for (const Array& argument : arguments) handles.push_back(lathe_array{argument});
  for (const lathe_array& handle : handles) pointers.push_back(&handle);
  std::vector<lathe_array*> given(result_count);
  const lathe_status status = body(context, pointers.data(), pointers.size(), given.data(), result_count);
  std::vector<std::unique_ptr<lathe_array>> owned;
  for (lathe_array* handle : given) owned.emplace_back(handle);
  if (status != LATHE_OK) throw CalleeStatus{status};
  std::vector<Array> results;
  for (const std::unique_ptr<lathe_array>& handle : owned) results.push_back(ArrayOf(handle.get()));
  return results;
}

}  // namespace

lathe_status lathe_function_new(lathe_function_body body, size_t result_count, void* context,
                                void (*release)(void* context), lathe_function** result) {
  return Guard([&] {
    Needed(result, "the result");
    if (!body) throw ValueError("the body is null");
    JitFunction function(
        [=](std::span<const Array> arguments) { return CallBody(body, context, result_count, arguments); });
    auto made = std::make_unique<lathe_function>(lathe_function{nullptr, std::move(function)});
    if (release) made->owner = std::shared_ptr<void>(context, release);
    *result = made.release();
  });
}

void lathe_function_free(lathe_function* function) { delete function; }

lathe_status lathe_function_call(lathe_function* function, const lathe_array* const* arguments, size_t count,
                                 lathe_array** results) {
  return Guard([&] {
    const std::vector<Array> list = ArraysOf(arguments, count);
    GiveAll(Needed(function, "the function").function.Call(list), results);
  });
}

lathe_status lathe_function_recordings(const lathe_function* function, int* count) {
  return Guard([&] { Needed(count, "the result") = Needed(function, "the function").function.recordings(); });
}

lathe_status lathe_function_compile(lathe_function* function, const lathe_array* const* arguments,
                                    size_t count, lathe_handle** result) {
  return Guard([&] {
    const std::vector<Array> list = ArraysOf(arguments, count);
    GiveHandle(std::make_unique<lathe_handle>(
                   lathe_handle{Needed(function, "the function").function.CompileFor(list)}),
               result);
  });
}

void lathe_handle_free(lathe_handle* handle) { delete handle; }

lathe_status lathe_handle_run(const lathe_handle* handle, const void* const* inputs, size_t input_count,
                              void* const* outputs, size_t output_count) {
  return Guard([&] {
    if (input_count > 0) Needed(inputs, "the inputs");
    if (output_count > 0) Needed(outputs, "the outputs");
    Needed(handle, "the handle").handle.Run(std::span(inputs, input_count), std::span(outputs, output_count));
  });
}
