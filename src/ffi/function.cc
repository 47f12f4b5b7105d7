// The C++ API: functions by declaration, their calls, and elementwise operations of them.
#include <algorithm>
#include <cstring>
#include <vector>

#include "lathe/ffi.h"
#include "src/array/foreign.h"
#include "src/array/foreign_call.h"
#include "src/array/thread_recorder.h"
#include "src/ffi/array_argument.h"
#include "src/ffi/call_interface.h"
#include "src/ffi/declarations.h"
#include "src/ffi/elementwise.h"
#include "src/ffi/library.h"

namespace lathe::ffi {

struct Function::State {
  Declarations declarations;
  const Declaration* declaration = nullptr;
  const void* address = nullptr;
  std::string library;  // "" if the address was given
  std::unique_ptr<CallInterface> interface;
};

namespace {

using State = Function::State;

std::shared_ptr<State> Declare(std::string_view text) {
  auto state = std::make_shared<State>();
  const size_t end = text.find_last_not_of(" \t\n;");
  state->declarations.Add(std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1)) + ";");
  state->declaration = state->declarations.Only();
  if (!state->declaration || !state->declaration->type->Is(CKind::kFunction)) {
    throw ValueError("'" + std::string(text) + "' does not declare one function");
  }
  if (state->declaration->type->variadic) {
    throw Error(ErrorKind::kNotImplemented, "functions with '...' can be called from scripts only");
  }
  if (state->declaration->type->target.type->IsAggregate()) {
    throw Error(ErrorKind::kNotImplemented, "structs by value can be passed from scripts only");
  }
  state->interface = std::make_unique<CallInterface>(*state->declaration->type);
  return state;
}

std::string Where(const State& state, size_t k) {
  return state.declaration->name + "() argument " + std::to_string(k + 1);
}

template <class T>
uint64_t BitsOf(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

uint64_t NumberBits(const State& state, size_t k, const Argument& argument) {
  const CScalar scalar = state.declaration->type->parameters[k].type->scalar;
  const DType dtype = DTypeOf(scalar);
  const Argument::Kind kind = argument.kind();
  const bool is_unsigned = kind == Argument::Kind::kUnsigned;
  if (kind != Argument::Kind::kInteger && !is_unsigned && kind != Argument::Kind::kFloat) {
    throw Error(ErrorKind::kType, Where(state, k) + ": a number is needed");
  }
  if (IsFloating(scalar)) {
    const double integer = is_unsigned ? static_cast<double>(argument.bits())
                                       : static_cast<double>(static_cast<int64_t>(argument.bits()));
    const double number = kind == Argument::Kind::kFloat ? argument.number() : integer;
    return dtype == DType::kFloat32 ? BitsOf(static_cast<float>(number)) : BitsOf(number);
  }
  if (kind == Argument::Kind::kFloat)
    throw Error(ErrorKind::kType, Where(state, k) + ": an integer is needed");
  return VisitDType(dtype, [&](auto type) -> uint64_t {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return argument.bits() != 0;
    } else if constexpr (std::is_integral_v<T>) {
      const bool fits = is_unsigned ? std::in_range<T>(argument.bits())
                                    : std::in_range<T>(static_cast<int64_t>(argument.bits()));
      if (!fits)
        throw Error(ErrorKind::kOverflow,
                    Where(state, k) + ": the number does not fit into " + std::string(Name(dtype)));
    }
    return argument.bits();
  });
}

uint64_t PointerBits(const State& state, size_t k, const Argument& argument,
                     const std::vector<uint64_t>& slots) {
  const CParameter& parameter = state.declaration->type->parameters[k];
  std::optional<int64_t> least;
  if (parameter.length) {
    least = parameter.length->factor;
    for (const size_t other : parameter.length->parameters) *least *= static_cast<int64_t>(slots[other]);
  }
  switch (argument.kind()) {
    case Argument::Kind::kPointer:
      return reinterpret_cast<uint64_t>(argument.pointer());
    case Argument::Kind::kArray:
      return reinterpret_cast<uint64_t>(
          ArrayAddress(*parameter.type, argument.array(), least, Where(state, k)));
    case Argument::Kind::kText:
      if (!parameter.type->target.constant || !parameter.type->target.type->IsCharacter()) {
        throw Error(ErrorKind::kType, Where(state, k) + ": a text can only be 'const char *'");
      }
      return reinterpret_cast<uint64_t>(argument.pointer());
    default:
      throw Error(ErrorKind::kType, Where(state, k) + ": a pointer or an array is needed");
  }
}

}  // namespace

Function::Function(std::string_view declaration, const std::string& library) {
  std::shared_ptr<State> state = Declare(declaration);
  const SharedLibrary opened = SharedLibrary::Open(library);
  state->address = opened.Find(state->declaration->name);
  if (!state->address) {
    throw Error(ErrorKind::kAttribute,
                "library '" + opened.name() + "' has no '" + state->declaration->name + "'");
  }
  state->library = opened.name();
  state_ = std::move(state);
}

Function Function::At(std::string_view declaration, const void* address) {
  std::shared_ptr<State> state = Declare(declaration);
  state->address = address;
  return Function(std::move(state));
}

const std::string& Function::name() const { return state_->declaration->name; }
const void* Function::address() const { return state_->address; }

Result Function::Call(std::span<const Argument> arguments) const {
  const State& state = *state_;
  const CType& type = *state.declaration->type;
  if (arguments.size() != type.parameters.size()) {
    throw Error(ErrorKind::kType, name() + "() takes " + std::to_string(type.parameters.size()) +
                                      " arguments (" + std::to_string(arguments.size()) +
                                      " given): " + DeclarationText(type, name()));
  }
  std::vector<uint64_t> slots(arguments.size());
  std::vector<void*> pointers(arguments.size());
  for (const bool numbers : {true, false}) {
    for (size_t k = 0; k < arguments.size(); ++k) {
      const bool is_number = type.parameters[k].type->IsArithmetic();
      if (is_number != numbers) continue;
      slots[k] = is_number ? NumberBits(state, k, arguments[k]) : PointerBits(state, k, arguments[k], slots);
      pointers[k] = &slots[k];
    }
  }
  // C may read and write any array.
  if (!state.declaration->pure && !ThreadRecorder::Get().empty())
    ThreadRecorder::Get().Flush(EndReason::kForeign);
  uint64_t result[2] = {};
  const ForeignCall told(state.address, name(), state.library);
  state.interface->Call(reinterpret_cast<CodeAddress>(const_cast<void*>(state.address)), result,
                        pointers.data());
  Scalar scalar;
  const CType& returned = *type.target.type;
  scalar.dtype = returned.IsArithmetic() ? DTypeOf(returned.scalar) : DType::kUInt64;
  std::memcpy(&scalar.bits, result, returned.Is(CKind::kVoid) ? 0 : returned.size);
  return Result(scalar);
}

Elementwise::Elementwise(const Function& function)
    : name_(function.name()),
      library_(function.state().library),
      record_(&ElementwiseRecordOf(*function.state().declaration->type, function.address(),
                                   function.state().declaration->pure,
                                   function.state().declaration->thread_safe, function.name())) {}

Array Elementwise::Apply(std::span<const Input> inputs) const {
  return RecordForeign(*static_cast<const ForeignFunction*>(record_), name_, library_, inputs);
}

}  // namespace lathe::ffi
