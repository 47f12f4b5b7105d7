// Callbacks of the C++ API: a closure of libffi that calls a std::function. An exception cannot go through C:
// it waits for the end of the call, and until then further callbacks of the thread return zero.
#include "src/ffi/callback.h"

#include <cstring>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "lathe/ffi.h"
#include "src/ffi/argument_bits.h"
#include "src/ffi/call_interface.h"
#include "src/ffi/declarations.h"

namespace lathe::ffi {
namespace {

thread_local std::exception_ptr thrown;

void CheckPlain(const CType& type, const std::string& name) {
  if (type.IsArithmetic() || type.Is(CKind::kPointer)) return;
  throw Error(ErrorKind::kNotImplemented,
              name + "(): a callback takes and returns numbers and pointers, not " + TypeText(type));
}

}  // namespace

void RethrowFromCallbacks() {
  if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
}

struct Callback::State final : Closure::Handler {
  Declarations declarations;
  const Declaration* declaration = nullptr;
  Body body;
  std::optional<CallInterface> interface;
  std::optional<Closure> closure;

  const CType& returned() const { return *declaration->type->target.type; }

  void Called(void* result, void** arguments) override {
    if (!returned().Is(CKind::kVoid)) std::memset(result, 0, returned().size);
    if (thrown) return;
    try {
      Answer(result, arguments);
    } catch (...) {
      thrown = std::current_exception();
    }
  }

  void Answer(void* result, void** arguments) const {
    std::vector<Result> given;
    for (size_t k = 0; k < declaration->type->parameters.size(); ++k) {
      const CType& type = *declaration->type->parameters[k].type;
      Scalar scalar;
      scalar.dtype = type.IsArithmetic() ? DTypeOf(type.scalar) : DType::kUInt64;
      std::memcpy(&scalar.bits, arguments[k], type.size);
      given.emplace_back(scalar, type.Is(CKind::kPointer));
    }
    const Argument answer = body(given);
    const CType& type = returned();
    if (type.Is(CKind::kVoid)) return;
    const std::string where = "what the callback " + declaration->name + "() returns";
    uint64_t bits = 0;
    if (type.IsArithmetic()) {
      bits = NumberBits(type.scalar, answer, where);
    } else if (answer.kind() == Argument::Kind::kPointer) {
      bits = reinterpret_cast<uint64_t>(answer.pointer());
    } else {
      throw Error(ErrorKind::kType, where + ": a pointer is needed");
    }
    std::memcpy(result, &bits, type.size);
  }
};

Callback::Callback(std::string_view declaration, Body body) : state_(std::make_unique<State>()) {
  const size_t end = declaration.find_last_not_of(" \t\n;");
  state_->declarations.Add(std::string(declaration.substr(0, end == std::string_view::npos ? 0 : end + 1)) +
                           ";");
  state_->declaration = state_->declarations.Only();
  const bool is_function = state_->declaration && state_->declaration->type->Is(CKind::kFunction);
  if (!is_function) throw ValueError("'" + std::string(declaration) + "' does not declare one function");
  if (!body) throw ValueError("the callback's body is empty");
  const CType& type = *state_->declaration->type;
  if (type.variadic) throw Error(ErrorKind::kNotImplemented, "a callback cannot have '...'");
  if (!type.target.type->Is(CKind::kVoid)) CheckPlain(*type.target.type, state_->declaration->name);
  for (const CParameter& parameter : type.parameters) CheckPlain(*parameter.type, state_->declaration->name);
  state_->body = std::move(body);
  state_->interface.emplace(type);
  state_->closure.emplace(*state_->interface, state_.get());
}

Callback::Callback(Callback&&) noexcept = default;
Callback& Callback::operator=(Callback&&) noexcept = default;
Callback::~Callback() = default;

void* Callback::address() const { return state_->closure->address(); }

}  // namespace lathe::ffi
