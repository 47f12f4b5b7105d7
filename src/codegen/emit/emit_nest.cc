// The generic lowering of a nest's innermost loop: hoists what does not change, then emits the body three
// times: unrolled for the main loop, once for the rest in whole vectors, and for single elements.
#include "src/codegen/emit/emit_nest.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: asmjit's types throughout this file

// Body size, in plain operations, up to which the main loop is unrolled four or two times.
constexpr int kUnrollFour = 8;
constexpr int kUnrollTwo = 40;

class NestEmitter {
 public:
  NestEmitter(const Trace& trace, const NestPlan& plan, const EmitOptions& options, CodeHolder* code)
      : trace_(trace), plan_(plan), options_(options), cc_(code) {}

  NestCode Run() {
    PlanFrame();
    FindInvariants();
    FuncNode* function = cc_.addFunc(FuncSignatureT<void, const int64_t*>(CallConvId::kHost));
    if (options_.avx) {
      function->frame().setAvxEnabled();
      function->frame().setAvxCleanup();
    }
    frame_ = cc_.newIntPtr("frame");
    function->setArg(0, frame_);
    EmitLoops();
    cc_.ret();
    cc_.endFunc();
    return std::move(result_);
  }
  x86::Compiler& compiler() { return cc_; }

 private:
  struct Pointer {
    x86::Gp address;
    x86::Gp stride;
  };

  bool IsScalarParam(Ref ref) const { return trace_.at(ref).op == Op::kParam && trace_.at(ref).rank == 0; }

  void PlanFrame() {
    FrameLayout& frame = result_.frame;
    frame.first_index = frame.first_access + 2 * static_cast<int>(plan_.accesses.size());
    frame.first_scalar = frame.first_index + static_cast<int>(plan_.indices.size());
    int slot = 4;
    const auto widen = [&](DType dtype) { slot = std::max(slot, std::min(ItemSize(dtype), 8)); };
    for (const Ref ref : plan_.body) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op != Op::kStore && instruction.op != Op::kAccumulate) widen(instruction.dtype);
      const std::span<const Ref> operands = trace_.operands(ref);
      for (size_t k = instruction.op == Op::kLoad     ? operands.size()
                      : IsElementwise(instruction.op) ? 0
                                                      : 1;
           k < operands.size(); ++k) {
        const bool is_value = IsElementwise(instruction.op) || k == 1;
        if (!is_value) continue;
        widen(trace_.at(operands[k]).dtype);
        if (!IsScalarParam(operands[k])) continue;
        if (std::find(frame.scalars.begin(), frame.scalars.end(), operands[k]) == frame.scalars.end())
          frame.scalars.push_back(operands[k]);
      }
    }
    frame.words = frame.first_scalar + static_cast<int>(frame.scalars.size());
    slot_ = slot;
    lanes_ = (options_.avx ? 32 : 16) / slot;
  }

  const Access* AccessOf(Ref ref) const {
    for (const Access& access : plan_.accesses) {
      if (access.instruction == ref) return &access;
    }
    return nullptr;
  }
  bool IsInnerIndex(Ref ref) const {
    return !plan_.loops.empty() && trace_.at(ref).op == Op::kIndex &&
           static_cast<int>(trace_.at(ref).attribute) == plan_.loops.back().last;
  }
  // Whether a value is the same for all elements of the innermost loop.
  bool Invariant(Ref ref) const {
    const Op op = trace_.at(ref).op;
    if (op == Op::kIndex) return !IsInnerIndex(ref);
    return op == Op::kConst || op == Op::kParam || invariant_.contains(ref);
  }
  void FindInvariants() {
    std::set<Ref> written;
    for (const Access& access : plan_.accesses) {
      if (access.kind != Access::Kind::kLoad) written.insert(access.buffer);
    }
    for (const Ref ref : plan_.body) {
      const Op op = trace_.at(ref).op;
      if (op == Op::kLoad) {
        const Access& access = *AccessOf(ref);
        if (access.inner == StrideClass::kBroadcast && !written.contains(access.buffer))
          invariant_.insert(ref);
      } else if (IsElementwise(op)) {
        const std::span<const Ref> operands = trace_.operands(ref);
        if (std::all_of(operands.begin(), operands.end(), [&](Ref operand) { return Invariant(operand); }))
          invariant_.insert(ref);
      }
    }
  }

  DType ElementDType(const Access& access) const {
    return trace_.at(access.kind == Access::Kind::kLoad ? access.instruction : access.value).dtype;
  }
  x86::Mem Word(int index) const { return x86::ptr(frame_, 8 * index, 8); }
  int AccessWord(const Access& access) const {
    return result_.frame.first_access + 2 * static_cast<int>(&access - plan_.accesses.data());
  }

  // The value of `ref` for the body being emitted; hoisted ones were made before the loops.
  Vector ValueOf(X64Emitter& emitter, std::map<Ref, Vector>& values, Ref ref) {
    if (const auto found = hoisted_.find(ref); found != hoisted_.end()) return found->second;
    if (const auto found = values.find(ref); found != values.end()) return found->second;
    return MakeLeaf(emitter, ref);
  }
  // Constants, scalar parameters and outer loop counters, in every lane; kept for the whole function.
  Vector MakeLeaf(X64Emitter& emitter, Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    x86::Mem memory;
    if (instruction.op == Op::kConst) {
      memory = cc_.newConst(ConstPoolScope::kLocal, &instruction.attribute, 8);
    } else if (instruction.op == Op::kIndex) {
      memory = Word(result_.frame.first_index + static_cast<int>(instruction.attribute));
    } else {
      const std::vector<Ref>& scalars = result_.frame.scalars;
      memory = Word(result_.frame.first_scalar +
                    static_cast<int>(std::find(scalars.begin(), scalars.end(), ref) - scalars.begin()));
    }
    return emitter.Splat(instruction.dtype, memory);
  }

  Vector EmitOp(X64Emitter& emitter, std::map<Ref, Vector>& values, Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    std::vector<Vector> operands;
    for (const Ref operand : trace_.operands(ref)) operands.push_back(ValueOf(emitter, values, operand));
    std::optional<uint64_t> shift;
    if (instruction.op == Op::kShiftLeft || instruction.op == Op::kShiftRight) {
      const Instruction& count = trace_.at(trace_.operands(ref)[1]);
      if (count.op == Op::kConst) shift = count.attribute;
    }
    return emitter.Emit(instruction.op, instruction.dtype, operands, shift);
  }

  void Hoist(X64Emitter& emitter) {
    std::set<Ref> leaves;
    for (const Ref ref : plan_.body) {
      const Op op = trace_.at(ref).op;
      const std::span<const Ref> operands = trace_.operands(ref);
      for (size_t k = 0; k < operands.size(); ++k) {
        const bool is_value = IsElementwise(op) || (op != Op::kLoad && k == 1);
        const Op operand_op = trace_.at(operands[k]).op;
        const bool is_leaf = operand_op == Op::kConst || operand_op == Op::kParam ||
                             (operand_op == Op::kIndex && !IsInnerIndex(operands[k]));
        if (is_value && is_leaf) leaves.insert(operands[k]);
      }
    }
    for (const Ref ref : leaves) hoisted_[ref] = MakeLeaf(emitter, ref);
    std::map<Ref, Vector> none;
    for (const Ref ref : plan_.body) {
      if (!invariant_.contains(ref)) continue;
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kLoad) {
        const x86::Gp pointer = cc_.newIntPtr();
        cc_.mov(pointer, Word(AccessWord(*AccessOf(ref))));
        hoisted_[ref] = emitter.Splat(instruction.dtype, x86::ptr(pointer));
      } else {
        hoisted_[ref] = EmitOp(emitter, none, ref);
      }
    }
  }

  void LoadPointers() {
    for (const Access& access : plan_.accesses) {
      Pointer pointer;
      pointer.address = cc_.newIntPtr();
      if (!invariant_.contains(access.instruction)) {
        cc_.mov(pointer.address, Word(AccessWord(access)));
        if (access.inner == StrideClass::kGeneral) {
          pointer.stride = cc_.newIntPtr();
          cc_.mov(pointer.stride, Word(AccessWord(access) + 1));
        }
      }
      pointers_.push_back(pointer);
    }
    for (const Ref ref : plan_.indices) {
      if (IsInnerIndex(ref) && plan_.index_used[trace_.at(ref).attribute]) {
        counter_ = cc_.newInt64("counter");
        counts_ = true;
        cc_.mov(counter_, Word(result_.frame.first_index + static_cast<int>(trace_.at(ref).attribute)));
      }
    }
  }

  // The body for `copies` vectors of the emitter's lanes, their instructions interleaved.
  void EmitBody(X64Emitter& emitter, int copies) {
    std::vector<std::map<Ref, Vector>> values(static_cast<size_t>(copies));
    const int lanes = emitter.lanes();
    if (counts_) {
      for (int copy = 0; copy < copies; ++copy) {
        const x86::Gp start = cc_.newInt64();
        cc_.lea(start, x86::ptr(counter_, copy * lanes));
        values[static_cast<size_t>(copy)][plan_.indices[static_cast<size_t>(plan_.loops.back().last)]] =
            emitter.Counter(start);
      }
    }
    for (const Ref ref : plan_.body) {
      if (invariant_.contains(ref)) continue;
      for (int copy = 0; copy < copies; ++copy)
        EmitBodyOp(emitter, values[static_cast<size_t>(copy)], ref, copy);
    }
    Advance(lanes * copies);
  }

  // The address of an access for the copy-th vector.
  x86::Gp StridedAddress(const Pointer& pointer, int lanes, int copy) {
    if (copy == 0) return pointer.address;
    const x86::Gp address = cc_.newIntPtr();
    cc_.imul(address, pointer.stride, imm(lanes * copy));
    cc_.add(address, pointer.address);
    return address;
  }

  void EmitBodyOp(X64Emitter& emitter, std::map<Ref, Vector>& values, Ref ref, int copy) {
    const Instruction& instruction = trace_.at(ref);
    const Access* access = AccessOf(ref);
    if (!access) {
      values[ref] = EmitOp(emitter, values, ref);
      return;
    }
    const Pointer& pointer = pointers_[static_cast<size_t>(access - plan_.accesses.data())];
    const int lanes = emitter.lanes();
    // An accumulated value goes to the scratch block, densely.
    const bool unit = access->inner == StrideClass::kUnit || access->kind == Access::Kind::kAccumulate;
    const x86::Mem dense = x86::ptr(pointer.address, lanes * copy * ItemSize(ElementDType(*access)));
    if (access->kind == Access::Kind::kLoad) {
      values[ref] =
          unit ? emitter.Load(instruction.dtype, dense)
          : access->inner == StrideClass::kBroadcast
              ? emitter.Splat(instruction.dtype, x86::ptr(pointer.address))
              : emitter.LoadStrided(instruction.dtype, StridedAddress(pointer, lanes, copy), pointer.stride);
      return;
    }
    const Vector value = ValueOf(emitter, values, access->value);
    if (unit) {
      emitter.Store(dense, value);
    } else if (access->inner == StrideClass::kGeneral) {
      emitter.StoreStrided(StridedAddress(pointer, lanes, copy), pointer.stride, value);
    } else {
      X64Emitter single(cc_, options_.avx, slot_, 1);
      single.Store(x86::ptr(pointer.address), value);
    }
  }

  void Advance(int elements) {
    for (const Access& access : plan_.accesses) {
      if (invariant_.contains(access.instruction)) continue;
      const Pointer& pointer = pointers_[static_cast<size_t>(&access - plan_.accesses.data())];
      const int item = ItemSize(ElementDType(access));
      if (access.inner == StrideClass::kUnit || access.kind == Access::Kind::kAccumulate) {
        cc_.add(pointer.address, imm(item * elements));
      } else if (access.inner == StrideClass::kGeneral) {
        const x86::Gp step = cc_.newIntPtr();
        cc_.imul(step, pointer.stride, imm(elements));
        cc_.add(pointer.address, step);
      }
    }
    if (counts_) cc_.add(counter_, imm(elements));
  }

  // while (remaining >= elements) { body; remaining -= elements; }
  void EmitLoop(X64Emitter& emitter, int copies) {
    const int elements = emitter.lanes() * copies;
    const Label head = cc_.newLabel();
    const Label done = cc_.newLabel();
    cc_.cmp(remaining_, imm(elements));
    cc_.jl(done);
    cc_.bind(head);
    EmitBody(emitter, copies);
    cc_.sub(remaining_, imm(elements));
    cc_.cmp(remaining_, imm(elements));
    cc_.jge(head);
    cc_.bind(done);
  }

  void EmitLoops() {
    X64Emitter vectors(cc_, options_.avx, slot_, lanes_);
    X64Emitter singles(cc_, options_.avx, slot_, 1);
    Hoist(vectors);
    LoadPointers();
    if (plan_.loops.empty()) return EmitBody(singles, 1);
    remaining_ = cc_.newInt64("remaining");
    cc_.mov(remaining_, Word(FrameLayout::kCount));
    const int copies = plan_.weight <= kUnrollFour ? 4 : plan_.weight <= kUnrollTwo ? 2 : 1;
    if (copies > 1) EmitLoop(vectors, copies);
    EmitLoop(vectors, 1);
    EmitLoop(singles, 1);
  }

  const Trace& trace_;
  const NestPlan& plan_;
  const EmitOptions& options_;
  x86::Compiler cc_;
  NestCode result_;
  int slot_ = 8;
  int lanes_ = 1;
  std::set<Ref> invariant_;
  std::map<Ref, Vector> hoisted_;
  x86::Gp frame_, remaining_, counter_;
  bool counts_ = false;
  std::vector<Pointer> pointers_;  // by access
};

}  // namespace

absl::StatusOr<NestCode> EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options) {
  CodeHolder code;
  code.init(Environment::host());
  StringLogger logger;
  if (options.keep_listing) code.setLogger(&logger);
  NestEmitter emitter(trace, plan, options, &code);
  NestCode result = emitter.Run();
  if (const Error error = emitter.compiler().finalize(); error != kErrorOk) {
    return absl::InternalError(absl::StrCat("emitting machine code: ", DebugUtils::errorAsString(error)));
  }
  absl::StatusOr<CodeBlock> block = InstallCode(code);
  if (!block.ok()) return block.status();
  result.block = *std::move(block);
  if (options.keep_listing) result.listing = logger.data();
  return result;
}

}  // namespace lathe
