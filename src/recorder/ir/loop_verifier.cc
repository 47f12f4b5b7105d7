// The verifier of the loop level: first that blocks are well formed and lead to each other as they may, so
// that their flow can be found, then every instruction by itself.
#include "src/recorder/ir/loop_verifier.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/foreign.h"
#include "src/recorder/ir/invoke.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/type_rules.h"
#include "src/recorder/ir/verifier.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }
absl::string_view Word(DType dtype) { return View(DTypeWord(dtype)); }
bool DefinesValue(Op op) { return Info(op).type_rule != TypeRule::kNone; }

// Where blocks begin and end, and which may be reached how. `ref()` is the guilty instruction of an error.
class StructureVerifier {
 public:
  explicit StructureVerifier(const Trace& trace) : trace_(trace) {}

  std::string Run() {
    for (ref_ = 0; ref_ < trace_.size(); ++ref_) {
      if (std::string message = CheckPlace(); !message.empty()) return message;
    }
    ref_ = blocks_.back();
    if (!ended_) return "does not end with jump or leave";
    for (ref_ = 0; ref_ < trace_.size(); ++ref_) {
      if (std::string message = CheckNumbers(); !message.empty()) return message;
    }
    for (ref_ = 0; ref_ < trace_.size(); ++ref_) {
      if (at().op != Op::kJump) continue;
      const Ref target = by_number_.at(at().attribute);
      if (target == blocks_[0]) return "goes back to the entry block";
      if (elses_.contains(target)) return Numbered("goes to block ", ", which is the else of a guard");
    }
    return "";
  }
  Ref ref() const { return ref_; }
  const absl::flat_hash_map<uint64_t, Ref>& by_number() const { return by_number_; }

 private:
  const Instruction& at() const { return trace_.at(ref_); }

  std::string CheckPlace() {
    const Op op = at().op;
    if (op == Op::kParam) {
      if (!blocks_.empty()) return "stands after the parameters";
      return at().attribute == params_++ ? "" : "has the wrong position";
    }
    if (op == Op::kDim) return "does not belong to the loop level";
    if (op == Op::kBlock) return OpenBlock();
    if (blocks_.empty()) return "stands before the first block";
    if (ended_) return "stands after the end of its block";
    if (op == Op::kParameter) {
      if (blocks_.size() == 1) return "is a parameter of the entry block";
      const Op before = trace_.at(ref_ - 1).op;
      const bool at_head = before == Op::kBlock || before == Op::kParameter;
      return at_head ? "" : "does not stand at the head of its block";
    }
    ended_ = IsTerminator(op);
    return "";
  }

  std::string OpenBlock() {
    if (!ended_) {
      ref_ = blocks_.back();
      return "does not end with jump or leave";
    }
    if (at().attribute > UINT32_MAX) return "has no number";
    if (!by_number_.emplace(at().attribute, ref_).second) return "has the number of another block";
    blocks_.push_back(ref_);
    ended_ = false;
    return "";
  }

  std::string CheckNumbers() {
    const Op op = at().op;
    const bool exits = (Info(op).flags & kExits) != 0;
    if (!exits && op != Op::kJump) return "";
    const bool takes_else = exits && op != Op::kLeave;
    if (op != Op::kJump && !(takes_else && HasElseBlock(at()))) {
      return at().attribute <= UINT32_MAX ? "" : "has no exit number";
    }
    const auto found = by_number_.find(op == Op::kJump ? at().attribute : at().attribute & ~kElseBlock);
    if (found == by_number_.end()) return Numbered("goes to block ", ", which is not there");
    return takes_else ? CheckElse(found->second) : "";
  }

  std::string CheckElse(Ref target) {
    if (target == blocks_[0]) return "goes back to the entry block";
    if (!elses_.emplace(target, ref_).second) {
      return Numbered("goes to block ", ", which is the else of another guard");
    }
    if (trace_.at(target + 1).op == Op::kParameter) return Numbered("its else block ", " has parameters");
    return SnapshotOf(trace_, ref_).empty() ? "" : "has an else block and a snapshot";
  }

  std::string Numbered(std::string_view before, std::string_view behind) const {
    return absl::StrCat(View(before), at().attribute & ~kElseBlock, View(behind));
  }

  const Trace& trace_;
  Ref ref_ = 0;
  std::vector<Ref> blocks_;
  absl::flat_hash_map<uint64_t, Ref> by_number_;
  absl::flat_hash_map<Ref, Ref> elses_;  // the guard of an else block
  bool ended_ = true;
  uint64_t params_ = 0;
};

// Types, definitions and uses.
class LoopVerifier {
 public:
  explicit LoopVerifier(const Trace& trace) : trace_(trace) {}

  absl::Status Run() {
    if (absl::Status status = CheckKernels(); !status.ok()) return status;
    StructureVerifier structure(trace_);
    if (const std::string message = structure.Run(); !message.empty()) return Error(structure.ref(), message);
    const Flow flow(trace_);
    for (const FlowBlock& block : flow.blocks()) {
      if (!block.reachable) return Error(block.begin, "is never reached");
    }
    if (flow.irreducible_block() != kNoBlock) {
      return Error(flow.block(flow.irreducible_block()).begin, "is one of several entries of a cycle");
    }
    flow_ = &flow;
    blocks_ = &structure.by_number();
    for (ref_ = 0; ref_ < trace_.size(); ++ref_) {
      if (const std::string message = Check(); !message.empty()) return Error(ref_, message);
    }
    return absl::OkStatus();
  }

 private:
  const Instruction& at() const { return trace_.at(ref_); }
  DType OperandType(size_t index) const { return trace_.at(trace_.operands(ref_)[index]).dtype; }

  absl::Status Error(Ref ref, const std::string& message) const {
    const Instruction& instruction = trace_.at(ref);
    const absl::string_view op = View(Info(instruction.op).text);
    std::string place;
    if (DefinesValue(instruction.op)) {
      place = absl::StrCat(ValueNames(trace_).Of(ref), " = ", op);
    } else if (instruction.op == Op::kBlock) {
      place = absl::StrCat("block ", instruction.attribute);
    } else {
      Ref block = ref;
      while (block > 0 && trace_.at(block).op != Op::kBlock) --block;
      place = trace_.at(block).op != Op::kBlock ? std::string(op)
                                                : absl::StrCat(op, " in block ", trace_.at(block).attribute);
    }
    return absl::InternalError(absl::StrCat(place, ": ", message));
  }

  std::string Check() {
    if (std::string message = CheckOperands(); !message.empty()) return message;
    if (at().rank != 0) return "is not a scalar";
    const Op op = at().op;
    if (IsElementwise(op)) return CheckElementwise();
    if (Info(op).lowering != Lowering::kFlow && op != Op::kConst && op != Op::kParam) {
      return "does not belong to the loop level";
    }
    if (std::string message = CheckSnapshot(); !message.empty()) return message;
    switch (op) {
      case Op::kJump:
        return CheckJump();
      case Op::kGuard:
        return Expect(0, DType::kBool);
      case Op::kCheckedAdd:
      case Op::kCheckedSub:
      case Op::kCheckedMul:
        return CheckIntegers(2);
      case Op::kAddress:
        if (at().operand_count % 2 == 0) return "has an index without a stride";
        return CheckIntegers(at().operand_count);
      case Op::kRead:
      case Op::kWrite:
        return CheckAccess();
      case Op::kCall:
        return CheckCall();
      case Op::kInvoke:
        return CheckInvoke();
      case Op::kCallForeign:
      case Op::kAsk:
        if (at().operand_count > ForeignFunction::kMaxArguments + 1) return "has too many arguments";
        return Expect(0, DType::kInt64);
      default:
        return "";
    }
  }

  absl::Status CheckKernels() const {
    const std::vector<std::string> names = KernelNames(trace_);
    for (size_t k = 0; k < names.size(); ++k) {
      const Trace& kernel = *trace_.kernels[k];
      absl::Status status = Verify(kernel);
      if (status.ok() && !IsArrayTrace(kernel)) status = absl::InternalError("is not at the array level");
      if (!status.ok()) {
        return absl::InternalError(absl::StrCat("kernel @", names[k], ": ", status.message()));
      }
    }
    return absl::OkStatus();
  }

  std::string CheckOperands() const {
    const OpInfo& info = Info(at().op);
    const size_t fixed = static_cast<size_t>(info.operand_count);
    const size_t count = at().operand_count;
    if (count < fixed || (count > fixed && !info.repeats)) {
      return absl::StrCat("takes ", info.repeats ? "at least " : "", fixed, " operands, not ", count);
    }
    for (const Ref operand : trace_.operands(ref_)) {
      if (operand >= ref_ || !DefinesValue(trace_.at(operand).op)) return "an operand is not defined";
      if (!flow_->Dominates(operand, ref_)) {
        return absl::StrCat(ValueNames(trace_).Of(operand), " is not defined on every way here");
      }
    }
    return "";
  }

  std::string Expect(size_t index, DType dtype) const {
    if (OperandType(index) == dtype) return "";
    return absl::StrCat("operand ", index + 1, " is ", Word(OperandType(index)), ", not ", Word(dtype));
  }
  std::string CheckType(DType dtype) const {
    if (at().dtype == dtype) return "";
    return absl::StrCat("has type ", Word(at().dtype), ", not ", Word(dtype));
  }
  // An i64 of `count` operands that are i64.
  std::string CheckIntegers(size_t count) const {
    for (size_t k = 0; k < count; ++k) {
      if (std::string message = Expect(k, DType::kInt64); !message.empty()) return message;
    }
    return CheckType(DType::kInt64);
  }

  std::string CheckElementwise() const {
    const absl::StatusOr<ValueType> type =
        InferElementwise(trace_, at().op, trace_.operands(ref_), at().dtype);
    return type.ok() ? CheckType(type->dtype) : std::string(type.status().message());
  }

  // Equal exits have equal snapshots.
  std::string CheckSnapshot() {
    if ((Info(at().op).flags & kExits) == 0 || HasElseBlock(at())) return "";
    const Ref first = exits_.emplace(at().attribute, ref_).first->second;
    const std::span<const Ref> known = SnapshotOf(trace_, first);
    const std::span<const Ref> snapshot = SnapshotOf(trace_, ref_);
    if (std::equal(known.begin(), known.end(), snapshot.begin(), snapshot.end())) return "";
    return absl::StrCat("exit ", at().attribute, " has another snapshot elsewhere");
  }

  std::string CheckJump() const {
    const FlowBlock& target = flow_->block(flow_->BlockOf(blocks_->at(at().attribute)));
    if (target.parameter_count() != at().operand_count) {
      return absl::StrCat("passes ", at().operand_count, " arguments to block ", target.number,
                          ", which has ", target.parameter_count(), " parameters");
    }
    for (uint32_t k = 0; k < target.parameter_count(); ++k) {
      if (std::string message = Expect(k, trace_.at(target.parameter(k)).dtype); !message.empty()) {
        return message;
      }
    }
    return "";
  }

  std::string CheckAccess() const {
    if (std::string message = Expect(0, DType::kInt64); !message.empty()) return message;
    if (at().attribute > UINT32_MAX) return "has no alias class";
    if (at().op == Op::kRead || OperandType(1) == at().dtype) return "";
    return absl::StrCat("is a write of ", Word(at().dtype), " but writes ", Word(OperandType(1)));
  }

  std::string CheckCall() const {
    const LoopFunctionInfo* const function = FindLoopFunction(at().attribute);
    if (function == nullptr) return "calls a function that is not there";
    if (function->arguments.size() != at().operand_count) {
      return absl::StrCat(View(function->text), " takes ", function->arguments.size(), " operands, not ",
                          at().operand_count);
    }
    for (size_t k = 0; k < function->arguments.size(); ++k) {
      if (std::string message = Expect(k, function->arguments[k]); !message.empty()) return message;
    }
    return CheckType(function->result);
  }

  std::string CheckInvoke() const {
    if (at().attribute >= trace_.kernels.size()) return "invokes a kernel that is not there";
    const std::vector<InvokeOperand> operands = InvokeOperands(*trace_.kernels[at().attribute]);
    if (operands.size() != at().operand_count) {
      return absl::StrCat("@", KernelNames(trace_)[at().attribute], " takes ", operands.size(),
                          " operands, not ", at().operand_count);
    }
    for (size_t k = 0; k < operands.size(); ++k) {
      if (std::string message = Expect(k, operands[k].dtype); !message.empty()) return message;
    }
    return CheckType(DType::kInt64);
  }

  const Trace& trace_;
  const Flow* flow_ = nullptr;
  const absl::flat_hash_map<uint64_t, Ref>* blocks_ = nullptr;  // by number
  absl::flat_hash_map<uint64_t, Ref> exits_;                    // the first instruction that takes an exit
  Ref ref_ = 0;
};

}  // namespace

absl::Status VerifyLoop(const Trace& trace) { return LoopVerifier(trace).Run(); }

}  // namespace lathe
