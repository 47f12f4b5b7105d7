// What the lowering of a nest needs of AArch64 beside vectors (emit/nest_target.h says what each function
// means).
#pragma once

#include <asmjit/arm/a64compiler.h>

#include <cstddef>

#include "src/codegen/a64/emitter.h"
#include "src/codegen/vector_level.h"

namespace lathe {

class A64Target {
 public:
  using Compiler = asmjit::a64::Compiler;
  using Emitter = A64Emitter;
  using Value = A64Vector;
  using Word = asmjit::a64::Gp;
  using Memory = asmjit::a64::Mem;
  using Strided = A64Strided;
  static constexpr bool kStreams = false;
  // Instructions address by a register and a constant: a register stands at the column.
  struct ColumnBase {
    Word address;
    bool is_set() const { return address.isValid(); }
  };

  A64Target(Compiler& compiler, VectorLevel) : cc_(compiler) {}

  asmjit::FuncNode* BeginFunction() {
    asmjit::FuncNode* const function =
        cc_.addFunc(asmjit::FuncSignatureT<void, const int64_t*>(asmjit::CallConvId::kCDecl));
    frame_ = cc_.newInt64();
    function->setArg(0, frame_);
    return function;
  }
  void EndFunction() {
    cc_.ret();
    cc_.endFunc();
  }
  void Comment(const char* text) { cc_.comment(text); }
  Memory FrameWord(size_t index) const { return asmjit::a64::ptr(frame_, static_cast<int32_t>(8 * index)); }

  Word NewZero() {
    const Word word = cc_.newInt64();
    cc_.mov(word, asmjit::imm(0));
    return word;
  }
  Word NewWord(size_t index) {
    const Word word = cc_.newInt64();
    cc_.ldr(word, FrameWord(index));
    return word;
  }
  Word NewWordAt(const Word& address) {
    const Word word = cc_.newInt64();
    cc_.ldr(word, At(address));
    return word;
  }
  Strided NewStrided(const Word& address, size_t index) { return {address, NewWord(index)}; }
  Word Sum(const Word& a, const Word& b) {
    const Word sum = cc_.newInt64();
    cc_.add(sum, a, b);
    return sum;
  }
  // Not by `sub`, whose result asmjit takes for an operand, too.
  Word Less(const Word& a, int b) {
    const Word difference = cc_.newInt64();
    cc_.mov(difference, asmjit::imm(-b));
    cc_.add(difference, difference, a);
    return difference;
  }

  Memory At(const Word& address) const { return asmjit::a64::ptr(address); }
  ColumnBase Column(const Word& address, const Word& column, int item) {
    const Word at = cc_.newInt64();
    cc_.add(at, address, column, asmjit::a64::lsl(item == 8 ? 3 : item == 4 ? 2 : item == 2 ? 1 : 0));
    return {at};
  }
  Memory Element(const ColumnBase& base, int bytes) const { return asmjit::a64::ptr(base.address, bytes); }

  void Add(const Word& to, const Word& word) { cc_.add(to, to, word); }
  void Add(const Word& to, int number) { cc_.add(to, to, asmjit::imm(number)); }
  void AddFrame(const Word& to, size_t index) { cc_.add(to, to, NewWord(index)); }
  void SubtractFrame(const Word& from, size_t index) { cc_.sub(from, from, NewWord(index)); }

  asmjit::Label NewLabel() { return cc_.newLabel(); }
  void Bind(const asmjit::Label& label) { cc_.bind(label); }
  void Jump(const asmjit::Label& label) { cc_.b(label); }
  void JumpIfGreater(const Word& a, const Word& b, const asmjit::Label& label) {
    cc_.cmp(a, b);
    cc_.b_gt(label);
  }
  void JumpIfNotGreater(const Word& a, const Word& b, const asmjit::Label& label) {
    cc_.cmp(a, b);
    cc_.b_le(label);
  }
  void JumpIfZero(size_t index, const asmjit::Label& label) { cc_.cbz(NewWord(index), label); }
  void CountDown(const Word& count, const asmjit::Label& label) {
    cc_.subs(count, count, asmjit::imm(1));
    cc_.b_ne(label);
  }
  void FenceStreams() {}

 private:
  Compiler& cc_;
  Word frame_;
};

}  // namespace lathe
