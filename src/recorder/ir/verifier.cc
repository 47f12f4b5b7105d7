// The verifier walks a trace of the array or nest level once, in order, with the state that a reader of the
// text would keep: what is defined, which nest is open, what has been assigned.
#include "src/recorder/ir/verifier.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/loop_verifier.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }
absl::string_view Word(DType dtype) { return View(DTypeWord(dtype)); }

class Verifier {
 public:
  explicit Verifier(const Trace& trace) : trace_(trace) {}

  absl::Status Run() {
    if (!trace_.kernels.empty()) return absl::InternalError("kernels belong to the loop level");
    if (trace_.size() == 0 || trace_.at(trace_.size() - 1).op != Op::kReturn) {
      return absl::InternalError("the trace does not end with ret");
    }
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Op op = trace_.at(ref).op;
      if (op == Op::kNest || op == Op::kAlloc) nest_level_ = true;
    }
    visible_.assign(trace_.size(), false);
    for (ref_ = 0; ref_ < trace_.size(); ++ref_) {
      const std::string message = Check();
      if (!message.empty()) return absl::InternalError(Place() + ": " + message);
      if (Info(at().op).type_rule != TypeRule::kNone) visible_[ref_] = true;
    }
    return absl::OkStatus();
  }

 private:
  const Instruction& at() const { return trace_.at(ref_); }
  const Instruction& operand(size_t index) const { return trace_.at(trace_.operands(ref_)[index]); }

  std::string Place() const {
    const OpInfo& info = Info(at().op);
    if (info.type_rule == TypeRule::kNone) return std::string(info.text);
    return absl::StrCat(ValueNames(trace_).Of(ref_), " = ", View(info.text));
  }

  // The empty string if the instruction is right. Names are made only for a message.
  std::string Check() {
    if (Info(at().op).lowering == Lowering::kFlow) return "belongs to the loop level";
    if (std::string message = CheckShape(); !message.empty()) return message;
    if (std::string message = CheckPlace(); !message.empty()) return message;
    switch (Info(at().op).op_class) {
      case OpClass::kElementwise:
        return CheckElementwise();
      case OpClass::kReduction:
        return CheckReduction();
      case OpClass::kMovement:
        return CheckBroadcast();
      case OpClass::kGenerate:
        return CheckIota();
      case OpClass::kMemory:
        return CheckMemory();
      case OpClass::kControl:
        return CheckControl();
      case OpClass::kScalar:
      case OpClass::kGuard:
      case OpClass::kForeign:
        break;
    }
    return "";
  }

  // Operands and dimensions as such: their number, that they are defined, ranks.
  std::string CheckShape() {
    const OpInfo& info = Info(at().op);
    const size_t fixed = static_cast<size_t>(info.operand_count);
    const size_t count = at().operand_count;
    if (count < fixed || (count > fixed && !info.repeats)) {
      return absl::StrCat("takes ", info.repeats ? "at least " : "", fixed, " operands, not ", count);
    }
    for (const Ref operand : trace_.operands(ref_)) {
      if (operand >= ref_ || Info(trace_.at(operand).op).type_rule == TypeRule::kNone) {
        return "an operand is not defined";
      }
      if (!visible_[operand]) return absl::StrCat(ValueNames(trace_).Of(operand), " belongs to another nest");
    }
    if (at().rank > kMaxRank) return absl::StrCat("rank ", at().rank, " is more than ", kMaxRank);
    for (const Dim dim : trace_.dims(ref_)) {
      if (!dim.is_constant() && (dim.ref() >= ref_ || trace_.at(dim.ref()).op != Op::kDim)) {
        return "an extent is neither a constant nor a dim";
      }
    }
    return "";
  }

  // Where the instruction stands: parameters first, effects last, computation inside nests.
  std::string CheckPlace() {
    const Op op = at().op;
    const bool is_parameter = op == Op::kParam || op == Op::kDim;
    if (is_parameter && past_parameters_) return "stands after the parameters";
    past_parameters_ |= !is_parameter;
    if (has_assign_ && op != Op::kReturn) return "stands after assign";
    if (op == Op::kReturn && ref_ + 1 != trace_.size()) return "is not the last instruction";
    if (is_parameter || op == Op::kConst || op == Op::kReturn) {
      return op == Op::kReturn && in_nest_ ? "stands inside a nest" : "";
    }
    const bool structure = op == Op::kAlloc || op == Op::kNest;
    const bool nest_only =
        op == Op::kIndex || op == Op::kLoad || op == Op::kStore || op == Op::kAccumulate || op == Op::kEnd;
    if (structure && in_nest_) return "stands inside a nest";
    if (nest_only && !in_nest_) return "stands outside a nest";
    if (in_nest_ && Info(op).lowering == Lowering::kNest) return "stands inside a nest";
    if (nest_level_ && !structure && !in_nest_) return "stands outside a nest, at the nest level";
    return "";
  }

  // Operands must be values, not memory; at the nest level elements.
  std::string CheckValue(Ref ref) const {
    const Instruction& instruction = trace_.at(ref);
    const bool memory = instruction.op == Op::kAlloc || (nest_level_ && instruction.rank > 0);
    if (memory) return absl::StrCat(ValueNames(trace_).Of(ref), " is a buffer, not a value");
    if (instruction.op == Op::kDim) return absl::StrCat(ValueNames(trace_).Of(ref), " is a dim, not a value");
    return "";
  }
  std::string CheckValues() const {
    for (const Ref ref : trace_.operands(ref_)) {
      if (std::string message = CheckValue(ref); !message.empty()) return message;
    }
    return "";
  }

  std::string CheckType(DType dtype, std::span<const Dim> dims) const {
    if (at().dtype == dtype && SameDims(trace_.dims(ref_), dims)) return "";
    const ValueNames names(trace_);
    return absl::StrCat("has type ", names.Type(at().dtype, trace_.dims(ref_)), ", not ",
                        names.Type(dtype, dims));
  }

  std::string CheckElementwise() const {
    if (std::string message = CheckValues(); !message.empty()) return message;
    const absl::StatusOr<ValueType> type =
        InferElementwise(trace_, at().op, trace_.operands(ref_), at().dtype);
    if (!type.ok()) return std::string(type.status().message());
    return CheckType(type->dtype, type->dims);
  }

  std::string CheckCombiner(Op combiner, DType dtype) const {
    if (!IsCombiner(combiner)) return absl::StrCat(View(Info(combiner).text), " cannot combine a reduction");
    if (!Allows(Info(combiner).dtypes, dtype)) {
      return absl::StrCat(View(Info(combiner).text), " does not take ", Word(dtype));
    }
    return "";
  }
  std::string CheckAxes(uint64_t rank) const {
    const uint64_t axes = at().attribute & (kKeepDims - 1);
    if (axes == 0) return "reduces no axis";
    return (axes >> rank) != 0 ? "reduces an axis that is not there" : "";
  }

  std::string CheckReduction() const {
    if (std::string message = CheckValues(); !message.empty()) return message;
    if (std::string message = CheckAxes(operand(0).rank); !message.empty()) return message;
    const bool reduce = at().op == Op::kReduce;
    if (reduce) {
      if (std::string message = CheckCombiner(at().combiner, operand(0).dtype); !message.empty())
        return message;
    }
    return CheckType(reduce ? operand(0).dtype : DType::kInt64,
                     ReducedDims(trace_.dims(trace_.operands(ref_)[0]), at().attribute));
  }

  std::string CheckBroadcast() const {
    if (std::string message = CheckValues(); !message.empty()) return message;
    if (std::string message = CheckType(operand(0).dtype, trace_.dims(ref_)); !message.empty())
      return message;
    return CheckBroadcastTo(trace_.dims(ref_));
  }
  std::string CheckBroadcastTo(std::span<const Dim> dims) const {
    const Ref source = trace_.operands(ref_).back();
    if (BroadcastsTo(trace_.dims(source), dims)) return "";
    const ValueNames names(trace_);
    return absl::StrCat("shape ", names.Shape(trace_.dims(source)), " does not broadcast to ",
                        names.Shape(dims));
  }

  std::string CheckIota() const {
    if (!IsInteger(at().dtype)) return absl::StrCat("iota does not make ", Word(at().dtype));
    return at().attribute < at().rank ? "" : "counts along an axis that is not there";
  }

  std::string CheckMemory() {
    switch (at().op) {
      case Op::kConst:
        return at().rank == 0 ? "" : "a constant has rank 0";
      case Op::kParam:
        return CheckParam();
      case Op::kDim:
        return at().attribute == dims_++ ? "" : "has the wrong position";
      case Op::kAlloc:
        return CheckAlloc();
      case Op::kAssign:
        return CheckAssign();
      case Op::kLoad:
        if (std::string message = CheckAccess(1); !message.empty()) return message;
        return CheckType(operand(0).dtype, {});
      case Op::kStore:
        if (std::string message = CheckAccess(2); !message.empty()) return message;
        return CheckWritten(operand(0).dtype);
      default:
        return CheckAccumulate();
    }
  }

  std::string CheckParam() {
    if (at().attribute != params_++) return "has the wrong position";
    if (at().rank == 0) return "";
    const StrideClass last = at().layout.at(at().rank - 1);
    return last == StrideClass::kMerges ? "the last dimension has none to merge with" : "";
  }

  std::string CheckAlloc() const {
    if (at().layout != Layout::Dense(at().rank)) return "an alloc is dense";
    if (at().attribute == 0) return "";
    const Ref donor = static_cast<Ref>(at().attribute - 1);
    const bool buffer = donor < ref_ && IsBuffer(trace_.at(donor));
    if (!buffer) return "reuses what is no buffer before it";
    return CheckType(trace_.at(donor).dtype, trace_.dims(donor));
  }

  std::string CheckAssign() {
    if (operand(0).op != Op::kParam || operand(0).rank == 0) return "assigns to what is no array parameter";
    if (std::string message = CheckValue(trace_.operands(ref_)[1]); !message.empty()) return message;
    if (operand(1).dtype != operand(0).dtype) {
      return absl::StrCat("operand 2 is ", Word(operand(1).dtype), ", not ", Word(operand(0).dtype));
    }
    has_assign_ = true;
    return CheckBroadcastTo(trace_.dims(trace_.operands(ref_)[0]));
  }

  static bool IsBuffer(const Instruction& instruction) {
    return instruction.op == Op::kAlloc || (instruction.op == Op::kParam && instruction.rank > 0);
  }

  // A load, store or accumulate: its buffer, and its indices from operand `first` on.
  std::string CheckAccess(size_t first) const {
    const std::span<const Ref> operands = trace_.operands(ref_);
    if (!IsBuffer(operand(0))) return absl::StrCat(ValueNames(trace_).Of(operands[0]), " is no buffer");
    if (first == 2) {
      if (std::string message = CheckValue(operands[1]); !message.empty()) return message;
    }
    if (operands.size() - first != operand(0).rank) {
      return absl::StrCat("has ", operands.size() - first, " indices for rank ", operand(0).rank);
    }
    for (size_t k = first; k < operands.size(); ++k) {
      const Instruction& index = trace_.at(operands[k]);
      if (index.dtype == DType::kInt64 && index.op == Op::kConst && index.attribute == 0) continue;
      if (index.op != Op::kIndex) {
        return absl::StrCat("index ", k - first + 1, " is neither an index of the nest nor the constant 0");
      }
      const Dim extent = trace_.dims(operands[0])[k - first];
      if (extent != trace_.dims(nest_)[index.attribute]) {
        return absl::StrCat("index ", k - first + 1, " does not run over the buffer's extent");
      }
    }
    return "";
  }
  std::string CheckWritten(DType dtype) const {
    if (operand(1).dtype == dtype) return "";
    return absl::StrCat("writes ", Word(operand(1).dtype), " to a buffer of ", Word(dtype));
  }

  std::string CheckAccumulate() const {
    if (std::string message = CheckAccess(2); !message.empty()) return message;
    if (operand(0).op != Op::kAlloc) return "accumulates into what is no alloc";
    if (std::string message = CheckAxes(trace_.at(nest_).rank); !message.empty()) return message;
    for (Ref other = nest_; other < ref_; ++other) {
      const bool differs =
          trace_.at(other).op == Op::kAccumulate && trace_.at(other).attribute != at().attribute;
      if (differs) return "reduces other loops than an accumulation before it in the nest";
    }
    for (size_t k = 2; k < at().operand_count; ++k) {
      const Instruction& index = operand(k);
      if (index.op == Op::kIndex && ((at().attribute >> index.attribute) & 1) != 0) {
        return "is indexed by a loop that it reduces";
      }
    }
    const Op combiner = at().combiner;
    if (combiner == Op::kArgMax || combiner == Op::kArgMin) {
      return operand(0).dtype == DType::kInt64 ? "" : "writes i64 to a buffer of another dtype";
    }
    if (std::string message = CheckCombiner(combiner, operand(1).dtype); !message.empty()) return message;
    return CheckWritten(operand(0).dtype);
  }

  std::string CheckControl() {
    switch (at().op) {
      case Op::kNest:
        return OpenNest();
      case Op::kIndex:
        return CheckIndex();
      case Op::kEnd:
        in_nest_ = false;
        for (Ref ref = nest_; ref < ref_; ++ref) visible_[ref] = false;
        return "";
      default:
        return CheckReturn();
    }
  }

  std::string OpenNest() {
    if (at().attribute != at().rank) return "has not one extent for each loop";
    in_nest_ = true;
    nest_ = ref_;
    for (Ref loop = 0; loop < at().rank; ++loop) {
      const Ref index = ref_ + 1 + loop;
      if (index >= trace_.size() || trace_.at(index).op != Op::kIndex || trace_.at(index).attribute != loop) {
        return "is not followed by its indices";
      }
    }
    return "";
  }
  std::string CheckIndex() const {
    if (ref_ - nest_ > trace_.at(nest_).rank) return "does not stand at the head of its nest";
    return CheckType(DType::kInt64, {});
  }

  std::string CheckReturn() const {
    for (const Ref ref : trace_.operands(ref_)) {
      const Instruction& value = trace_.at(ref);
      if (nest_level_ && value.op != Op::kAlloc) {
        return absl::StrCat(ValueNames(trace_).Of(ref), " is not an alloc");
      }
      if (value.op == Op::kDim) return absl::StrCat(ValueNames(trace_).Of(ref), " is a dim, not a value");
    }
    return "";
  }

  const Trace& trace_;
  Ref ref_ = 0;
  std::vector<bool> visible_;
  bool nest_level_ = false;
  bool past_parameters_ = false;
  bool in_nest_ = false;
  Ref nest_ = 0;
  bool has_assign_ = false;
  uint64_t dims_ = 0;
  uint64_t params_ = 0;
};

}  // namespace

absl::Status Verify(const Trace& trace) {
  return IsLoopTrace(trace) ? VerifyLoop(trace) : Verifier(trace).Run();
}

}  // namespace lathe
