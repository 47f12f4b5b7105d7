// Printing of traces and of their parts.
#include "src/recorder/ir/printer.h"

#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/loop_functions.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

bool IsIdentifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !letter(name[0])) return false;
  for (const char c : name) {
    if (!letter(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

bool DefinesValue(Op op) { return Info(op).type_rule != TypeRule::kNone; }

class Printer {
 public:
  Printer(const Trace& trace, std::string head)
      : trace_(trace), names_(trace), kernel_names_(KernelNames(trace)), head_(std::move(head)) {}

  std::string Run() {
    for (size_t k = 0; k < trace_.kernels.size(); ++k) {
      text_ += Printer(*trace_.kernels[k], absl::StrCat("kernel @", kernel_names_[k])).Run();
    }
    Ref ref = PrintHeader();
    for (; ref < trace_.size(); ++ref) {
      const Op op = trace_.at(ref).op;
      if (op == Op::kEnd && depth_ > 1) --depth_;
      if (op != Op::kBlock) text_.append(2 * depth_, ' ');
      if (op == Op::kNest) {
        ref = PrintNest(ref);
      } else if (op == Op::kBlock) {
        ref = PrintBlock(ref);
      } else if (op == Op::kEnd) {
        text_ += "}\n";
      } else {
        PrintLine(ref);
      }
    }
    text_ += "}\n";
    return std::move(text_);
  }

  // One line, without what its snapshot holds.
  std::string RunLine(Ref ref) {
    with_snapshots_ = false;
    PrintLine(ref);
    text_.pop_back();
    return std::move(text_);
  }

 private:
  Ref PrintHeader() {
    absl::StrAppend(&text_, head_, "(");
    Ref ref = 0;
    for (; ref < trace_.size(); ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op != Op::kDim && instruction.op != Op::kParam) break;
      absl::StrAppend(&text_, ref == 0 ? "" : ", ", names_.Of(ref), ": ",
                      instruction.op == Op::kDim ? "dim" : Type(ref));
    }
    text_ += ") {\n";
    return ref;
  }

  // The line that opens a nest stands for its Index instructions too. Returns the last one printed.
  Ref PrintNest(Ref nest) {
    const std::span<const Dim> extents = trace_.dims(nest);
    text_ += "nest ";
    Ref ref = nest;
    for (size_t loop = 0; loop < extents.size(); ++loop) {
      if (ref + 1 >= trace_.size() || trace_.at(ref + 1).op != Op::kIndex) break;
      ++ref;
      absl::StrAppend(&text_, loop == 0 ? "" : ", ", names_.Of(ref), " < ", Extent(extents[loop]));
    }
    text_ += extents.empty() ? "{" : " {";
    PrintPlace(nest);
    ++depth_;
    return ref;
  }

  // The line that opens a block stands for its parameters too. Returns the last one printed.
  Ref PrintBlock(Ref block) {
    absl::StrAppend(&text_, "block ", trace_.at(block).attribute);
    Ref ref = block;
    while (ref + 1 < trace_.size() && trace_.at(ref + 1).op == Op::kParameter) {
      absl::StrAppend(&text_, ref == block ? "(" : ", ", names_.Of(ref + 1), ": ", Type(ref + 1));
      ++ref;
    }
    text_ += ref == block ? ":" : "):";
    PrintPlace(block);
    return ref;
  }

  void PrintLine(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    if (DefinesValue(instruction.op)) absl::StrAppend(&text_, names_.Of(ref), ": ", Type(ref), " = ");
    absl::StrAppend(&text_, View(Info(instruction.op).text));
    if (instruction.op == Op::kReduce || instruction.op == Op::kAccumulate) {
      absl::StrAppend(&text_, ".", View(Info(instruction.combiner).text));
    }
    // A loop level op may have some behind its attribute, in parentheses.
    const std::span<const Ref> operands = trace_.operands(ref);
    const size_t behind = OperandsBehind(instruction);
    PrintOperands(" ", operands.first(operands.size() - behind));
    PrintAttribute(instruction);
    PrintLoopAttribute(instruction);
    const bool shown = with_snapshots_ || (Info(instruction.op).flags & kExits) == 0;
    if (shown && (behind != 0 || CallsByName(instruction.op))) {
      text_ += '(';
      PrintOperands("", operands.last(behind));
      text_ += ')';
    }
    PrintPlace(ref);
  }

  void PrintOperands(const char* separator, std::span<const Ref> operands) {
    for (const Ref operand : operands) {
      absl::StrAppend(&text_, separator, names_.Of(operand));
      separator = ", ";
    }
  }

  // A call of what its attribute names; what an operand names is called like any op.
  static bool CallsByName(Op op) { return Info(op).op_class == OpClass::kForeign && !TakesFunction(op); }

  static size_t OperandsBehind(const Instruction& instruction) {
    const OpInfo& info = Info(instruction.op);
    const bool behind =
        (info.flags & kExits) != 0 || instruction.op == Op::kJump || CallsByName(instruction.op);
    const size_t fixed = static_cast<size_t>(info.operand_count);
    return behind && instruction.operand_count > fixed ? instruction.operand_count - fixed : 0;
  }

  void PrintLoopAttribute(const Instruction& instruction) {
    const uint64_t attribute = instruction.attribute;
    switch (instruction.op) {
      case Op::kJump:
        absl::StrAppend(&text_, " ", attribute);
        break;
      case Op::kLeave:
      case Op::kPoll:
      case Op::kGuard:
      case Op::kCheckedAdd:
      case Op::kCheckedSub:
      case Op::kCheckedMul:
        absl::StrAppend(&text_, HasElseBlock(instruction) ? " else " : " exit ",
                        HasElseBlock(instruction) ? attribute & ~kElseBlock : attribute);
        break;
      case Op::kRead:
      case Op::kWrite:
        absl::StrAppend(&text_, " in ", attribute);
        break;
      case Op::kCall: {
        const LoopFunctionInfo* const function = FindLoopFunction(attribute);
        absl::StrAppend(&text_, " ", function == nullptr ? "?" : View(function->text));
        break;
      }
      case Op::kInvoke:
        absl::StrAppend(&text_, " @", attribute < kernel_names_.size() ? kernel_names_[attribute] : "?");
        break;
      default:
        break;
    }
  }

  void PrintAttribute(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kConst:
        absl::StrAppend(&text_, " ", FormatLiteral(instruction.dtype, instruction.attribute));
        break;
      case Op::kIota:
        absl::StrAppend(&text_, " ", instruction.attribute);
        break;
      case Op::kAlloc:
        if (instruction.attribute != 0) {
          absl::StrAppend(&text_, " reuse ", names_.Of(static_cast<Ref>(instruction.attribute - 1)));
        }
        break;
      case Op::kReduce:
      case Op::kArgMax:
      case Op::kArgMin:
      case Op::kAccumulate:
        PrintAxes(instruction.attribute);
        break;
      default:
        break;
    }
  }

  void PrintAxes(uint64_t attribute) {
    const uint64_t axes = attribute & (kKeepDims - 1);
    text_ += axes == 0 ? " over none" : " over ";
    const char* separator = "";
    for (int axis = 0; axis < 32; ++axis) {
      if (((axes >> axis) & 1) == 0) continue;
      absl::StrAppend(&text_, separator, axis);
      separator = ", ";
    }
    if (attribute & kKeepDims) text_ += " keep";
  }

  void PrintPlace(Ref ref) {
    const uint32_t line = trace_.at(ref).line;
    if (line != 0) {
      absl::StrAppend(&text_, "  at ", trace_.file, trace_.file.empty() ? "" : ":", line);
    }
    text_ += '\n';
  }

  std::string Extent(Dim dim) const {
    return dim.is_constant() ? std::to_string(dim.value) : names_.Of(dim.ref());
  }

  std::string Type(Ref ref) const {
    const Instruction& instruction = trace_.at(ref);
    std::string type = names_.Type(instruction.dtype, trace_.dims(ref));
    const bool in_memory = instruction.op == Op::kParam || instruction.op == Op::kAlloc;
    if (!in_memory || instruction.rank == 0 || instruction.layout == Layout::Dense(instruction.rank))
      return type;
    type += ' ';
    for (int d = 0; d < instruction.rank; ++d) type += "bumg"[static_cast<int>(instruction.layout.at(d))];
    return type;
  }

  const Trace& trace_;
  const ValueNames names_;
  const std::vector<std::string> kernel_names_;
  const std::string head_;
  std::string text_;
  size_t depth_ = 1;
  bool with_snapshots_ = true;
};

}  // namespace

ValueNames::ValueNames(const Trace& trace) {
  names_.resize(trace.size());
  absl::flat_hash_set<std::string> visible;
  std::vector<std::string> inner;  // names of the open nest
  bool in_nest = false;
  int next = 0;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    if (op == Op::kNest) in_nest = true;
    if (op == Op::kEnd) {
      in_nest = false;
      for (const std::string& name : inner) visible.erase(name);
      inner.clear();
    }
    if (!DefinesValue(op)) continue;
    std::string name(trace.NameOf(ref));
    if (!IsIdentifier(name) || !visible.insert(name).second) {
      names_[ref] = std::to_string(next++);
      continue;
    }
    if (in_nest) inner.push_back(name);
    names_[ref] = std::move(name);
  }
}

std::string ValueNames::Of(Ref ref) const {
  if (ref >= names_.size() || names_[ref].empty()) return "%?";
  return "%" + names_[ref];
}

std::string ValueNames::Shape(std::span<const Dim> dims) const {
  std::string text = "[";
  for (size_t d = 0; d < dims.size(); ++d) {
    absl::StrAppend(&text, d == 0 ? "" : ", ",
                    dims[d].is_constant() ? std::to_string(dims[d].value) : Of(dims[d].ref()));
  }
  return text + "]";
}

std::string ValueNames::Type(DType dtype, std::span<const Dim> dims) const {
  const std::string_view word = DTypeWord(dtype);
  return dims.empty() ? std::string(word) : absl::StrCat(View(word), Shape(dims));
}

std::string ListingComment(const ValueNames& names, const Trace& trace, Ref ref) {
  const Instruction& instruction = trace.at(ref);
  const std::string name = DefinesValue(instruction.op) ? absl::StrCat(names.Of(ref), " = ") : "";
  const std::string line = instruction.line == 0 ? "" : absl::StrCat("  at ", instruction.line);
  return absl::StrCat("; ", name, View(Info(instruction.op).text), line);
}

std::vector<std::string> KernelNames(const Trace& trace) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> taken;
  for (const std::shared_ptr<const Trace>& kernel : trace.kernels) {
    const bool own = IsIdentifier(kernel->name) && taken.insert(kernel->name).second;
    names.push_back(own ? kernel->name : std::to_string(names.size()));
  }
  return names;
}

std::string InstructionText(const Trace& trace, Ref ref) { return Printer(trace, "").RunLine(ref); }

std::string PrintTrace(const Trace& trace) {
  return Printer(trace, absl::StrCat("trace @", trace.name)).Run();
}

}  // namespace lathe
