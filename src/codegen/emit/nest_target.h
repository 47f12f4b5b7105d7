// What the lowering of a nest (nest_lowering.h) needs of an instruction set. Two classes provide it:
//   the target    words of 64 bits in general registers: the frame, pointers, counters, jumps
//   its Emitter   vectors: loads, stores and every elementwise op; what each function means, x64/emitter.h
//   says
// docs/porting.md tells how to write them.
#pragma once

#include <asmjit/core.h>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>

#include "lathe/dtype.h"
#include "src/codegen/emit/fused_form.h"
#include "src/codegen/vector_level.h"
#include "src/recorder/ir/op.h"

namespace lathe {

template <class T>
concept VectorEmitter = requires(T emitter, const T& fixed, typename T::Value value,
                                 typename T::Memory memory, typename T::Strided strided,
                                 std::span<const typename T::Value> values, typename T::Word word,
                                 asmjit::Label label, DType dtype, uint64_t bits) {
  // What it can do beyond the rest: may leave lanes out, bypass the cache, fuse more than products and sums.
  { fixed.can_mask() } -> std::same_as<bool>;
  { fixed.has_fma() } -> std::same_as<bool>;
  { fixed.can_choose_by_sign() } -> std::same_as<bool>;
  { fixed.can_fuse_bits() } -> std::same_as<bool>;
  { fixed.registers_for_constants() } -> std::same_as<int>;
  { fixed.lanes() } -> std::same_as<int>;
  emitter.LeaveAddressesOut();
  // Values and memory.
  { emitter.Splat(dtype, memory) } -> std::same_as<typename T::Value>;
  { emitter.SplatConstant(dtype, bits) } -> std::same_as<typename T::Value>;
  { emitter.ConstantInMemory(dtype, bits) } -> std::same_as<typename T::Value>;
  { emitter.Load(dtype, memory) } -> std::same_as<typename T::Value>;
  { emitter.LoadStrided(dtype, strided) } -> std::same_as<typename T::Value>;
  emitter.Store(memory, value);
  emitter.StoreStrided(strided, value);
  emitter.AdvanceStrided(strided);
  { emitter.SplatCounter(word) } -> std::same_as<typename T::Value>;
  { emitter.CounterAt(value, int64_t{0}) } -> std::same_as<typename T::Value>;
  { emitter.Copy(value) } -> std::same_as<typename T::Value>;
  emitter.Assign(value, value);
  emitter.Replace(value, value);
  // Operations.
  { emitter.Emit(Op::kAdd, dtype, values, std::optional<uint64_t>()) } -> std::same_as<typename T::Value>;
  { emitter.EmitFused(FusedForm::kProductPlus, value, value, value, 0) } -> std::same_as<typename T::Value>;
  { emitter.EmitExtreme(true, value, value) } -> std::same_as<typename T::Value>;
  emitter.AssignWhere(value, value, value);
  emitter.KeepOrdered(value, value, value);
  emitter.JumpIfNone(value, label);
  emitter.JumpIfAll(value, label);
  { emitter.JoinLanes(Op::kAdd, values, false) } -> std::same_as<typename T::Value>;
};

template <class T>
concept NestTarget = VectorEmitter<typename T::Emitter> &&
    requires(T target, typename T::Word word, typename T::ColumnBase column, asmjit::Label label,
             size_t index) {
  // A function of one argument, the frame, and a word of that.
  { target.BeginFunction() } -> std::same_as<asmjit::FuncNode*>;
  target.EndFunction();
  { target.FrameWord(index) } -> std::same_as<typename T::Memory>;
  // New registers: zero, a word of the frame, the word at an address, the stride of an access.
  { target.NewZero() } -> std::same_as<typename T::Word>;
  { target.NewWord(index) } -> std::same_as<typename T::Word>;
  { target.NewWordAt(word) } -> std::same_as<typename T::Word>;
  { target.NewStrided(word, index) } -> std::same_as<typename T::Strided>;
  { target.Sum(word, word) } -> std::same_as<typename T::Word>;
  { target.Less(word, 8) } -> std::same_as<typename T::Word>;
  // Addresses: of a word, of an element so many bytes behind a column of a dense access.
  { target.At(word) } -> std::same_as<typename T::Memory>;
  { target.Column(word, word, 8) } -> std::same_as<typename T::ColumnBase>;
  { target.Element(column, 16) } -> std::same_as<typename T::Memory>;
  // Arithmetic in place.
  target.Add(word, word);
  target.Add(word, 8);
  target.AddFrame(word, index);
  target.SubtractFrame(word, index);
  // Jumps.
  { target.NewLabel() } -> std::same_as<asmjit::Label>;
  target.Bind(label);
  target.Jump(label);
  target.JumpIfGreater(word, word, label);
  target.JumpIfNotGreater(word, word, label);
  target.JumpIfZero(index, label);
  target.CountDown(word, label);
};

}  // namespace lathe
