// The C++ API: functions by declaration, their calls, and elementwise operations of them.
#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "lathe/ffi.h"
#include "src/array/foreign.h"
#include "src/array/foreign_call.h"
#include "src/array/thread_recorder.h"
#include "src/base/shared_library.h"
#include "src/ffi/argument_bits.h"
#include "src/ffi/array_argument.h"
#include "src/ffi/call_interface.h"
#include "src/ffi/callback.h"
#include "src/ffi/declarations.h"
#include "src/ffi/elementwise.h"

namespace lathe::ffi {

struct Function::State {
  Declarations declarations;
  const Declaration* declaration = nullptr;
  const void* address = nullptr;
  std::string library;                              // "" if the address was given
  std::unique_ptr<CallInterface> interface;         // null if there is "..."
  const CType *text = nullptr, *pointer = nullptr;  // types of arguments behind "..."
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
  CTypes& types = state->declarations.types();
  state->text = types.Pointer({types.Scalar(CScalar::kChar), true});
  state->pointer = types.Pointer({types.Void(), false});
  if (!state->declaration->type->variadic)
    state->interface = std::make_unique<CallInterface>(*state->declaration->type);
  return state;
}

std::string Where(const State& state, size_t k) {
  return state.declaration->name + "() argument " + std::to_string(k + 1);
}

uint64_t PointerBits(const State& state, size_t k, const Argument& argument,
                     const std::vector<uint64_t>& slots) {
  const CParameter& parameter = state.declaration->type->parameters[k];
  std::optional<int64_t> least;
  if (!LeastElements(parameter, slots.data(), &least))
    throw ValueError(Where(state, k) + ": the declared length is too large");
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

namespace {

void CheckCount(const State& state, size_t given) {
  const CType& type = *state.declaration->type;
  const size_t wanted = type.parameters.size();
  if (type.variadic ? given >= wanted : given == wanted) return;
  const std::string& name = state.declaration->name;
  throw Error(ErrorKind::kType, name + "() takes " + (type.variadic ? "at least " : "") +
                                    std::to_string(wanted) + " arguments (" + std::to_string(given) +
                                    " given): " + DeclarationText(type, name));
}

// The address of a struct that is passed by value.
void* BytesAddress(const State& state, size_t k, const Argument& argument) {
  const CType& type = *state.declaration->type->parameters[k].type;
  if (argument.kind() != Argument::Kind::kBytes) {
    throw Error(ErrorKind::kType, Where(state, k) + ": the bytes of a " + TypeText(type) + " are needed");
  }
  if (argument.bits() != type.size) {
    throw Error(ErrorKind::kType, Where(state, k) + ": " + TypeText(type) + " has " +
                                      std::to_string(type.size) + " bytes, not " +
                                      std::to_string(argument.bits()));
  }
  return const_cast<void*>(argument.pointer());
}

// The type of an argument behind "...", after C's default promotions, and its bits.
const CType* VariadicType(const State& state, size_t k, const Argument& argument, uint64_t* bits) {
  const CTypes& types = state.declarations.types();
  switch (argument.kind()) {
    case Argument::Kind::kInteger:
      *bits = argument.bits();
      return types.Scalar(CScalar::kLong);
    case Argument::Kind::kUnsigned:
      *bits = argument.bits();
      return types.Scalar(CScalar::kUnsignedLong);
    case Argument::Kind::kFloat:
      *bits = NumberBits(CScalar::kDouble, argument, Where(state, k));
      return types.Scalar(CScalar::kDouble);
    case Argument::Kind::kArray:
      *bits = reinterpret_cast<uint64_t>(
          ArrayAddress(*state.pointer, argument.array(), std::nullopt, Where(state, k)));
      return state.pointer;
    case Argument::Kind::kBytes:
      throw Error(ErrorKind::kNotImplemented, Where(state, k) + ": a struct behind '...' is not supported");
    case Argument::Kind::kText:
    case Argument::Kind::kPointer:
      *bits = reinterpret_cast<uint64_t>(argument.pointer());
      return argument.kind() == Argument::Kind::kText ? state.text : state.pointer;
  }
  return state.pointer;
}

Result ResultOf(const CType& type, std::vector<unsigned char> bytes) {
  if (type.IsAggregate()) {
    bytes.resize(type.size);
    return Result(std::move(bytes));
  }
  Scalar scalar;
  scalar.dtype = type.IsArithmetic() ? DTypeOf(type.scalar) : DType::kUInt64;
  std::memcpy(&scalar.bits, bytes.data(), type.Is(CKind::kVoid) ? 0 : type.size);
  return Result(scalar, type.Is(CKind::kPointer));
}

}  // namespace

Result Function::Call(std::span<const Argument> arguments) const {
  const State& state = *state_;
  const CType& type = *state.declaration->type;
  CheckCount(state, arguments.size());
  const size_t fixed = type.parameters.size();
  std::vector<uint64_t> slots(arguments.size());
  std::vector<void*> pointers(arguments.size());
  // Numbers first: a pointer's declared length may name them.
  for (const bool numbers : {true, false}) {
    for (size_t k = 0; k < fixed; ++k) {
      const CType& wanted = *type.parameters[k].type;
      if (wanted.IsArithmetic() != numbers) continue;
      pointers[k] = &slots[k];
      if (numbers) {
        slots[k] = NumberBits(wanted.scalar, arguments[k], Where(state, k));
      } else if (wanted.IsAggregate()) {
        pointers[k] = BytesAddress(state, k, arguments[k]);
      } else {
        slots[k] = PointerBits(state, k, arguments[k], slots);
      }
    }
  }
  std::vector<const CType*> more;
  for (size_t k = fixed; k < arguments.size(); ++k) {
    more.push_back(VariadicType(state, k, arguments[k], &slots[k]));
    pointers[k] = &slots[k];
  }
  std::optional<CallInterface> variadic;
  if (type.variadic) variadic.emplace(type, more);
  const CallInterface& interface = variadic ? *variadic : *state.interface;
  // C may read and write any array.
  if (!state.declaration->pure && !ThreadRecorder::Get().empty())
    ThreadRecorder::Get().Flush(EndReason::kForeign);
  std::vector<unsigned char> result(std::max(interface.result_bytes(), sizeof(uint64_t)));
  {
    const ForeignCall told(state.address, name(), state.library);
    interface.Call(reinterpret_cast<CodeAddress>(const_cast<void*>(state.address)), result.data(),
                   pointers.data());
  }
  RethrowFromCallbacks();
  return ResultOf(*type.target.type, std::move(result));
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
