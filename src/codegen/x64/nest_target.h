// What the lowering of a nest needs of x86-64 beside vectors (emit/nest_target.h says what each function
// means).
#pragma once

#include <asmjit/x86.h>

#include <cstddef>

#include "src/codegen/vector_level.h"
#include "src/codegen/x64/emitter.h"

namespace lathe {

class X64Target {
 public:
  using Compiler = asmjit::x86::Compiler;
  using Emitter = X64Emitter;
  using Value = Vector;
  using Word = asmjit::x86::Gp;
  using Memory = asmjit::x86::Mem;
  using Strided = StridedPointer;
  static constexpr bool kStreams = true;
  // Instructions address elements by a pointer and a column.
  struct ColumnBase {
    Word address;
    Word column;
    uint32_t shift = 0;
    bool is_set() const { return address.isValid(); }
  };

  X64Target(Compiler& compiler, VectorLevel level) : cc_(compiler), level_(level) {}

  asmjit::FuncNode* BeginFunction();
  void EndFunction() {
    cc_.ret();
    cc_.endFunc();
  }
  void Comment(const char* text) { cc_.comment(text); }
  Memory FrameWord(size_t index) const {
    return asmjit::x86::ptr(frame_, static_cast<int32_t>(8 * index), 8);
  }

  Word NewZero() {
    const Word word = cc_.newInt64();
    cc_.xor_(word.r32(), word.r32());
    return word;
  }
  Word NewWord(size_t index) {
    const Word word = cc_.newInt64();
    cc_.mov(word, FrameWord(index));
    return word;
  }
  Word NewWordAt(const Word& address) {
    const Word word = cc_.newInt64();
    cc_.mov(word, At(address));
    return word;
  }
  Strided NewStrided(const Word& address, size_t index) {
    const Word stride = NewWord(index);
    const Word three_strides = cc_.newInt64();
    cc_.lea(three_strides, asmjit::x86::ptr(stride, stride, 1));
    return {address, stride, three_strides};
  }
  Word Sum(const Word& a, const Word& b) {
    const Word sum = cc_.newInt64();
    cc_.lea(sum, asmjit::x86::ptr(a, b));
    return sum;
  }
  Word Less(const Word& a, int b) {
    const Word difference = cc_.newInt64();
    cc_.lea(difference, asmjit::x86::ptr(a, -b));
    return difference;
  }
  // a - b; to the label if it is zero.
  Word Difference(const Word& a, const Word& b, const asmjit::Label& if_zero) {
    const Word difference = cc_.newInt64();
    cc_.mov(difference, a);
    cc_.sub(difference, b);
    cc_.jz(if_zero);
    return difference;
  }

  Memory At(const Word& address) const { return asmjit::x86::ptr(address); }
  ColumnBase Column(const Word& address, const Word& column, int item) const {
    return {address, column, item == 8 ? 3u : item == 4 ? 2u : item == 2 ? 1u : 0u};
  }
  Memory Element(const ColumnBase& base, int bytes) const {
    return asmjit::x86::ptr(base.address, base.column, base.shift, bytes);
  }

  void Move(const Word& to, const Word& from) { cc_.mov(to, from); }
  void Add(const Word& to, const Word& word) { cc_.add(to, word); }
  void Add(const Word& to, int number) { cc_.add(to, asmjit::imm(number)); }
  void AddFrame(const Word& to, size_t index) { cc_.add(to, FrameWord(index)); }
  void SubtractFrame(const Word& from, size_t index) { cc_.sub(from, FrameWord(index)); }

  asmjit::Label NewLabel() { return cc_.newLabel(); }
  void Bind(const asmjit::Label& label) { cc_.bind(label); }
  void Jump(const asmjit::Label& label) { cc_.jmp(label); }
  void JumpIfGreater(const Word& a, const Word& b, const asmjit::Label& label) {
    cc_.cmp(a, b);
    cc_.jg(label);
  }
  void JumpIfNotGreater(const Word& a, const Word& b, const asmjit::Label& label) {
    cc_.cmp(a, b);
    cc_.jle(label);
  }
  // If that word of the frame is zero.
  void JumpIfZero(size_t index, const asmjit::Label& label) {
    cc_.cmp(FrameWord(index), asmjit::imm(0));
    cc_.je(label);
  }
  // One less; to the label unless that is zero.
  void CountDown(const Word& count, const asmjit::Label& label) {
    cc_.dec(count);
    cc_.jnz(label);
  }
  // After stores that bypass the cache.
  void FenceStreams() { cc_.sfence(); }

 private:
  Compiler& cc_;
  const VectorLevel level_;
  Word frame_;
};

inline asmjit::FuncNode* X64Target::BeginFunction() {
  asmjit::FuncNode* const function =
      cc_.addFunc(asmjit::FuncSignatureT<void, const int64_t*>(asmjit::CallConvId::kX64SystemV));
  if (level_ != VectorLevel::kSse42) {
    function->frame().setAvxEnabled();
    function->frame().setAvxCleanup();
  }
  if (level_ == VectorLevel::kAvx512) function->frame().setAvx512Enabled();
  frame_ = cc_.newInt64();
  function->setArg(0, frame_);
  return function;
}

}  // namespace lathe
