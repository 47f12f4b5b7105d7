// Calls: of C functions, of kernels, and of the function of an op that has no code of its own.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/codegen/loop/loop_emitter.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/foreign.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {

// Registers that a called function may change, of values that live on behind the instruction.
void LoopEmitter::SaveLive(Ref ref, bool restore) {
  const uint32_t at = allocation_.positions[ref];
  for (const LiveInterval& interval : allocation_.intervals) {
    if (interval.start > at) break;
    if (interval.end <= at) continue;
    const LoopPlace& place = PlaceOf(interval.ref);
    const auto index = static_cast<size_t>(place.index);
    if (place.kind == LoopPlace::Kind::kGeneral && index >= target_.preserved_general) {
      const Word word = ContextWord(LoopContext::kGeneral + place.index);
      restore ? Load(GeneralAt(place), word) : Save(word, GeneralAt(place));
    }
    if (place.kind == LoopPlace::Kind::kVector && index >= target_.preserved_vector) {
      const Word word = ContextWord(LoopContext::kVector + place.index);
      restore ? LoadFloat(VectorAt(place), word) : SaveFloat(word, VectorAt(place));
    }
  }
}

void LoopEmitter::StoreWord(Ref ref, int word) {
  if (IsFloat(At(ref).dtype)) {
    SaveFloat(ContextWord(word), InVector(ref, target_.vector_scratch[0]));
  } else {
    Save(ContextWord(word), InGeneral(ref, target_.general_scratch[0]));
  }
}

void LoopEmitter::EmitCall(Ref ref) {
  const LoopFunctionInfo& function = *FindLoopFunction(At(ref).attribute);
  if (function.pure && PlaceOf(ref).kind == LoopPlace::Kind::kNone) return;
  EmitCallOf(function.address, ref, trace_.operands(ref), function.result);
}

// The function's address is in its record: known now, if the record is.
void LoopEmitter::EmitForeign(Ref ref) {
  const std::span<const Ref> operands = trace_.operands(ref);
  if (!IsConstant(operands[0])) return EmitElementFunction(ref);
  const void* address = nullptr;
  if (!options_.elsewhere) address = reinterpret_cast<const ForeignFunction*>(WordOf(operands[0]))->address;
  EmitCallOf(address, ref, operands.subspan(1), At(ref).dtype);
}

// Arguments where the C calling convention has them. Words hold integers extended to 64 bits, as it wants
// them.
void LoopEmitter::PassArguments(std::span<const Ref> arguments) {
  if (arguments.size() == 1) {
    // Nothing else is in the way of its register.
    if (IsFloat(At(arguments[0]).dtype)) return MoveFloat(0, InVector(arguments[0], 0));
    return Move(target_.arguments[0], InGeneral(arguments[0], target_.arguments[0]));
  }
  for (size_t k = 0; k < arguments.size(); ++k)
    StoreWord(arguments[k], LoopContext::kArguments + static_cast<int>(k));
  size_t general = 0, vector = 0;
  for (size_t k = 0; k < arguments.size(); ++k) {
    const Word word = ContextWord(LoopContext::kArguments + static_cast<int>(k));
    const bool is_float = IsFloat(At(arguments[k]).dtype);
    if (is_float && vector < target_.vector_arguments) {
      LoadFloat(static_cast<Register>(vector++), word);
    } else if (!is_float && general < target_.arguments.size()) {
      Load(target_.arguments[general++], word);
    } else {
      const size_t most = is_float ? target_.vector_arguments : target_.arguments.size();
      return Fail(absl::UnimplementedError(
          absl::StrCat("a call with more than ", most, is_float ? " float" : " integer", " arguments")));
    }
  }
}

void LoopEmitter::Call(uint64_t address) { CallFunction(options_.elsewhere ? 0 : address); }

void LoopEmitter::EmitCallOf(const void* address, Ref ref, std::span<const Ref> arguments, DType result) {
  SaveLive(ref, false);
  PassArguments(arguments);
  Call(reinterpret_cast<uint64_t>(address));
  if (IsFloat(result)) {
    const Register value = target_.vector_scratch[0];
    MoveFloat(value, 0);
    SaveLive(ref, true);
    return StoreVector(ref, value);
  }
  const Register value = target_.general_scratch[0];
  Move(value, target_.result);
  SaveLive(ref, true);
  Extend(value, result);
  StoreGeneral(ref, value);
}

size_t LoopEmitter::context_words() const {
  size_t words = 0;
  for (const Instruction& i : trace_.instructions) {
    if (i.op == Op::kInvoke) words = std::max<size_t>(words, i.operand_count);
  }
  return static_cast<size_t>(LoopContext::kSlots + allocation_.slots) + words;
}

void LoopEmitter::EmitInvoke(Ref ref) {
  const int words = LoopContext::kSlots + allocation_.slots;
  const std::span<const Ref> operands = trace_.operands(ref);
  const KernelSite* const site = options_.elsewhere ? nullptr : options_.sites.at(ref);
  SaveLive(ref, false);
  for (size_t k = 0; k < operands.size(); ++k) StoreWord(operands[k], words + static_cast<int>(k));
  SetConstant(target_.arguments[0], static_cast<int64_t>(reinterpret_cast<uintptr_t>(site)));
  PointTo(target_.arguments[1], ContextWord(words));
  Call(reinterpret_cast<uint64_t>(&LatheInvokeKernel));
  const Register value = target_.general_scratch[0];
  Move(value, target_.result);
  SaveLive(ref, true);
  StoreGeneral(ref, value);
}

// On operands and a result in memory.
void LoopEmitter::EmitElementFunction(Ref ref) {
  const Instruction& i = At(ref);
  const std::span<const Ref> operands = trace_.operands(ref);
  const ElementFunction function =
      IsElementwise(i.op) || TakesFunction(i.op)
          ? FindElementFunction(i.op, OperandDType(trace_, i.op, operands), i.dtype)
          : nullptr;
  if (function == nullptr) {
    return Fail(absl::UnimplementedError(absl::StrCat(
        "no code for the op ", absl::string_view(Info(i.op).text.data(), Info(i.op).text.size()))));
  }
  constexpr int kResult = LoopContext::kArguments + 8, kPointers = LoopContext::kArguments + 12;
  const Register pointer = target_.general_scratch[1];
  SaveLive(ref, false);
  for (size_t k = 0; k < operands.size(); ++k) {
    const int word = LoopContext::kArguments + static_cast<int>(k);
    StoreWord(operands[k], word);
    PointTo(pointer, ContextWord(word));
    Save(ContextWord(kPointers + static_cast<int>(k)), pointer);
  }
  PointTo(target_.arguments[0], ContextWord(kResult));
  PointTo(target_.arguments[1], ContextWord(kPointers));
  SetConstant(target_.arguments[2], 1);
  Call(reinterpret_cast<uint64_t>(function));
  SaveLive(ref, true);
  if (IsFloat(i.dtype)) {
    const Register value = target_.vector_scratch[0];
    i.dtype == DType::kFloat32 ? LoadSingle(value, ContextWord(kResult))
                               : LoadFloat(value, ContextWord(kResult));
    return StoreVector(ref, target_.vector_scratch[0]);
  }
  Load(target_.general_scratch[0], ContextWord(kResult));
  Extend(target_.general_scratch[0], i.dtype);
  StoreGeneral(ref, target_.general_scratch[0]);
}

}  // namespace lathe
