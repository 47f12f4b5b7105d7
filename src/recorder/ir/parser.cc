// A recursive-descent parser of traces, one line at a time, of all levels.
#include "src/recorder/ir/parser.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/text_reader.h"

namespace lathe {
namespace {

class Parser : public TextReader {
 public:
  explicit Parser(std::string_view text) : TextReader(text) {}

  absl::StatusOr<Trace> Run() {
    SkipBlankLines();
    for (; AcceptWord("kernel"); SkipBlankLines()) {
      if (!Kernel()) return error_;
    }
    if (!AcceptWord("trace")) Fail("expected 'trace'");
    return error_.ok() ? Body() : error_;
  }

 private:
  // What follows the word `trace` or `kernel`.
  absl::StatusOr<Trace> Body() {
    if (!Header()) return error_;
    while (!closed_) {
      SkipBlankLines();
      if (AtEnd()) {
        Fail("the trace has no closing '}'");
        return error_;
      }
      if (!Line()) return error_;
    }
    return std::move(trace_);
  }

  // A kernel is a trace of its own, with values of its own.
  bool Kernel() {
    SkipSpaces();
    const size_t begin = position_;
    Parser parser(text_);
    parser.position_ = position_;
    absl::StatusOr<Trace> kernel = parser.Body();
    position_ = parser.position_;
    if (!kernel.ok()) {
      error_ = kernel.status();
      return false;
    }
    const std::string name = kernel->name;
    const size_t index = trace_.AddKernel(std::make_shared<const Trace>(*std::move(kernel)));
    return kernels_.emplace(name, index).second ||
           FailAt(begin, absl::StrCat("@", name, " is defined twice"));
  }

  // ---- Names and types ------------------------------------------------------------------------------
  bool Name(std::string* name) {
    if (!Expect('%')) return false;
    const size_t begin = position_;
    while (!AtEnd() && IsWordChar(Peek())) ++position_;
    *name = text_.substr(begin, position_ - begin);
    return !name->empty() || Fail("expected a name");
  }
  bool Operand(Ref* ref) {
    SkipSpaces();
    const size_t begin = position_;
    std::string name;
    if (!Name(&name)) return false;
    const auto found = values_.find(name);
    if (found == values_.end()) return FailAt(begin, absl::StrCat("%", name, " is not defined"));
    *ref = found->second;
    return true;
  }
  bool Define(const std::string& name, size_t at, Ref ref) {
    if (!values_.emplace(name, ref).second) return FailAt(at, absl::StrCat("%", name, " is defined twice"));
    if (in_nest_) inner_names_.push_back(name);
    if (!IsDigit(name[0])) trace_.SetName(ref, name);
    return true;
  }
  bool DimOrExtent(Dim* dim) {
    SkipSpaces();
    const size_t begin = position_;
    if (Peek() != '%') {
      uint64_t extent = 0;
      if (!Integer(&extent)) return false;
      *dim = Dim::Constant(static_cast<int64_t>(extent));
      return true;
    }
    Ref ref = kNoRef;
    if (!Operand(&ref)) return false;
    if (trace_.at(ref).op != Op::kDim) return FailAt(begin, "an extent is an integer or a dim");
    *dim = Dim::Symbol(ref);
    return true;
  }
  bool Dims(std::vector<Dim>* dims) {
    if (!Accept('[')) return true;
    do {
      if (dims->size() == kMaxRank) return Fail(absl::StrCat("more than ", kMaxRank, " dimensions"));
      dims->emplace_back();
      if (!DimOrExtent(&dims->back())) return false;
    } while (Accept(','));
    return Expect(']');
  }
  bool DTypeOnly(DType* dtype) {
    SkipSpaces();
    const size_t begin = position_;
    const std::string_view word = Word();
    const std::optional<DType> found = FindDTypeWord(word);
    if (!found) return FailAt(begin, absl::StrCat("unknown dtype '", View(word), "'"));
    *dtype = *found;
    return true;
  }
  bool LayoutWord(size_t rank, Layout* layout) {
    *layout = Layout::Dense(static_cast<int>(rank));
    SkipSpaces();
    const size_t begin = position_;
    const std::string_view word = Word();
    if (word.empty()) return true;
    if (word.size() != rank) return FailAt(begin, "a layout has one letter for each dimension");
    for (size_t d = 0; d < rank; ++d) {
      const size_t code = std::string_view("bumg").find(word[d]);
      if (code == std::string_view::npos) return FailAt(begin + d, "a layout's letters are b, u, m and g");
      layout->set(static_cast<int>(d), static_cast<StrideClass>(code));
    }
    return true;
  }

  // ---- Lines ----------------------------------------------------------------------------------------
  bool Header() {
    if (!Expect('@')) return false;
    trace_.name = std::string(Word());
    if (trace_.name.empty()) return Fail("expected the trace's name");
    if (!Expect('(')) return false;
    if (!Accept(')')) {
      do {
        if (!Parameter()) return false;
      } while (Accept(','));
      if (!Expect(')')) return false;
    }
    return Expect('{') && EndOfLine();
  }

  bool Parameter() {
    SkipSpaces();
    const size_t begin = position_;
    std::string name;
    if (!Name(&name) || !Expect(':')) return false;
    Instruction instruction;
    std::vector<Dim> dims;
    if (AcceptWord("dim")) {
      instruction.op = Op::kDim;
      instruction.dtype = DType::kInt64;
      instruction.attribute = dim_count_++;
    } else {
      instruction.op = Op::kParam;
      instruction.attribute = param_count_++;
      if (!DTypeOnly(&instruction.dtype) || !Dims(&dims)) return false;
      if (!dims.empty() && !LayoutWord(dims.size(), &instruction.layout)) return false;
    }
    return Define(name, begin, trace_.Append(instruction, {}, dims));
  }

  bool Line() {
    if (Peek() == '%') return ValueLine();
    const size_t begin = position_;
    if (Accept('}')) return CloseBrace();
    const std::string_view word = Word();
    Op op;
    if (!FindOp(word, &op)) return FailAt(begin, absl::StrCat("unknown op '", View(word), "'"));
    if (Info(op).type_rule != TypeRule::kNone || op == Op::kEnd) {
      return FailAt(begin, absl::StrCat("a line cannot begin with '", View(word), "'"));
    }
    if (op == Op::kNest) return NestLine(begin);
    if (op == Op::kBlock) return BlockLine();
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = DType::kBool;
    std::vector<Ref> operands;
    if (!Rest(&instruction, &operands)) return false;
    // The dtype of an effect is that of the element it writes.
    const size_t source = op == Op::kAssign ? 0 : 1;
    if (HasEffect(op) && operands.size() > source) instruction.dtype = trace_.at(operands[source]).dtype;
    trace_.Append(instruction, operands, {});
    return true;
  }

  bool CloseBrace() {
    if (!EndOfLine()) return false;
    if (!in_nest_) {
      closed_ = true;
      return true;
    }
    in_nest_ = false;
    for (const std::string& name : inner_names_) values_.erase(name);
    inner_names_.clear();
    Instruction end;
    end.op = Op::kEnd;
    end.dtype = DType::kBool;
    trace_.Append(end, {}, {});
    return true;
  }

  bool NestLine(size_t begin) {
    if (in_nest_) return FailAt(begin, "nests do not nest: write one nest of several loops");
    std::vector<std::string> names;
    std::vector<size_t> positions;
    std::vector<Dim> extents;
    SkipSpaces();
    if (Peek() != '{') {
      do {
        if (extents.size() == kMaxRank) return Fail(absl::StrCat("more than ", kMaxRank, " loops"));
        SkipSpaces();
        positions.push_back(position_);
        names.emplace_back();
        extents.emplace_back();
        if (!Name(&names.back()) || !Expect('<') || !DimOrExtent(&extents.back())) return false;
      } while (Accept(','));
    }
    Instruction nest;
    nest.op = Op::kNest;
    nest.dtype = DType::kBool;
    nest.attribute = extents.size();
    if (!Expect('{') || !Place(&nest.line)) return false;
    trace_.Append(nest, {}, extents);
    in_nest_ = true;
    for (size_t loop = 0; loop < extents.size(); ++loop) {
      Instruction index;
      index.op = Op::kIndex;
      index.dtype = DType::kInt64;
      index.attribute = loop;
      if (!Define(names[loop], positions[loop], trace_.Append(index, {}, {}))) return false;
    }
    return true;
  }

  bool BlockLine() {
    Instruction block;
    block.op = Op::kBlock;
    block.dtype = DType::kBool;
    if (!Number32(&block.attribute)) return false;
    const Ref ref = trace_.Append(block, {}, {});
    if (Accept('(')) {
      do {
        SkipSpaces();
        const size_t begin = position_;
        std::string name;
        Instruction parameter;
        parameter.op = Op::kParameter;
        if (!Name(&name) || !Expect(':') || !DTypeOnly(&parameter.dtype)) return false;
        if (!Define(name, begin, trace_.Append(parameter, {}, {}))) return false;
      } while (Accept(','));
      if (!Expect(')')) return false;
    }
    return Expect(':') && Place(&trace_.instructions[ref].line);
  }

  bool ValueLine() {
    const size_t begin = position_;
    std::string name;
    Instruction instruction;
    std::vector<Dim> dims;
    if (!Name(&name) || !Expect(':') || !DTypeOnly(&instruction.dtype) || !Dims(&dims)) return false;
    SkipSpaces();
    const size_t layout_at = position_;
    if (Peek() != '=' && !LayoutWord(dims.size(), &instruction.layout)) return false;
    if (!Expect('=')) return false;
    SkipSpaces();
    const size_t op_at = position_;
    const std::string_view word = Word();
    if (!FindOp(word, &instruction.op)) return FailAt(op_at, absl::StrCat("unknown op '", View(word), "'"));
    const Op op = instruction.op;
    if (Info(op).type_rule == TypeRule::kNone || op == Op::kParam || op == Op::kDim || op == Op::kIndex ||
        op == Op::kParameter) {
      return FailAt(op_at, absl::StrCat("'", View(word), "' cannot stand after '='"));
    }
    if (op == Op::kAlloc && instruction.layout == Layout()) {
      instruction.layout = Layout::Dense(static_cast<int>(dims.size()));
    } else if (op != Op::kAlloc && instruction.layout != Layout()) {
      return FailAt(layout_at, "only parameters and allocs have a layout");
    }
    std::vector<Ref> operands;
    if (!Rest(&instruction, &operands)) return false;
    return Define(name, begin, trace_.Append(instruction, operands, dims));
  }

  // What follows the op's word: combiner, operands, attributes, place, end of line.
  bool Rest(Instruction* instruction, std::vector<Ref>* operands) {
    if (instruction->op == Op::kReduce || instruction->op == Op::kAccumulate) {
      if (!Expect('.')) return false;
      const size_t begin = position_;
      const std::string_view word = Word();
      if (!FindOp(word, &instruction->combiner)) {
        return FailAt(begin, absl::StrCat("unknown op '", View(word), "'"));
      }
    }
    SkipSpaces();
    if (Peek() == '%' && !Operands(operands)) return false;
    return Attribute(instruction) && LoopAttribute(instruction, operands) && Place(&instruction->line);
  }
  bool Operands(std::vector<Ref>* operands) {
    do {
      operands->emplace_back();
      if (!Operand(&operands->back())) return false;
    } while (Accept(','));
    return true;
  }

  bool Attribute(Instruction* instruction) {
    switch (instruction->op) {
      case Op::kConst:
        return Literal(instruction);
      case Op::kIota:
        return Integer(&instruction->attribute);
      case Op::kAlloc: {
        if (!AcceptWord("reuse")) return true;
        Ref donor = kNoRef;
        if (!Operand(&donor)) return false;
        instruction->attribute = uint64_t{donor} + 1;
        return true;
      }
      case Op::kReduce:
      case Op::kArgMax:
      case Op::kArgMin:
      case Op::kAccumulate:
        return Axes(&instruction->attribute);
      default:
        return true;
    }
  }

  // What stands behind the operands of an op of the loop level, more operands among it.
  bool LoopAttribute(Instruction* instruction, std::vector<Ref>* operands) {
    switch (instruction->op) {
      case Op::kJump:
        return Number32(&instruction->attribute) && MoreOperands(operands);
      case Op::kLeave:
        return Exit(instruction, operands);
      case Op::kPoll:
      case Op::kGuard:
      case Op::kCheckedAdd:
      case Op::kCheckedSub:
      case Op::kCheckedMul:
        if (!AcceptWord("else")) return Exit(instruction, operands);
        if (!Number32(&instruction->attribute)) return false;
        instruction->attribute |= kElseBlock;
        return true;
      case Op::kRead:
      case Op::kWrite:
        return (AcceptWord("in") || Fail("expected 'in'")) && Number32(&instruction->attribute);
      case Op::kCall:
        return FunctionName(&instruction->attribute) && MoreOperands(operands);
      case Op::kInvoke:
        return KernelName(&instruction->attribute) && MoreOperands(operands);
      default:
        return true;
    }
  }
  bool Number32(uint64_t* number) {
    SkipSpaces();
    const size_t begin = position_;
    if (!Integer(number)) return false;
    return *number <= UINT32_MAX || FailAt(begin, "the number is too large");
  }
  // [ "(" operands ")" ]
  bool MoreOperands(std::vector<Ref>* operands) {
    if (!Accept('(') || Accept(')')) return true;
    return Operands(operands) && Expect(')');
  }
  bool Exit(Instruction* instruction, std::vector<Ref>* operands) {
    if (!AcceptWord("exit")) {
      return Fail(Info(instruction->op).op_class == OpClass::kGuard ? "expected 'exit' or 'else'"
                                                                    : "expected 'exit'");
    }
    return Number32(&instruction->attribute) && MoreOperands(operands);
  }
  bool FunctionName(uint64_t* index) {
    SkipSpaces();
    const size_t begin = position_;
    const std::string_view word = Word();
    const LoopFunctionInfo* const function = FindLoopFunction(word);
    if (function == nullptr) return FailAt(begin, absl::StrCat("unknown function '", View(word), "'"));
    *index = LoopFunctionIndex(*function);
    return true;
  }

  bool KernelName(uint64_t* index) {
    SkipSpaces();
    const size_t begin = position_;
    if (!Expect('@')) return false;
    const std::string_view word = Word();
    const auto found = kernels_.find(View(word));
    if (found == kernels_.end()) return FailAt(begin, absl::StrCat("@", View(word), " is not defined"));
    *index = found->second;
    return true;
  }

  bool Literal(Instruction* instruction) {
    SkipSpaces();
    const size_t begin = position_;
    while (!AtEnd() &&
           (IsWordChar(Peek()) || Peek() == '-' || Peek() == '+' || Peek() == '.' || Peek() == ':')) {
      ++position_;
    }
    const std::string_view word = text_.substr(begin, position_ - begin);
    const std::optional<uint64_t> bits = ParseLiteral(instruction->dtype, word);
    if (!bits) {
      return FailAt(begin, absl::StrCat("'", View(word), "' is no ", View(DTypeWord(instruction->dtype))));
    }
    instruction->attribute = *bits;
    return true;
  }

  bool Axes(uint64_t* mask) {
    if (!AcceptWord("over")) return Fail("expected 'over'");
    if (!AcceptWord("none")) {
      do {
        const size_t begin = position_;
        uint64_t axis = 0;
        if (!Integer(&axis)) return false;
        if (axis >= kMaxRank) return FailAt(begin, "no such axis");
        *mask |= uint64_t{1} << axis;
      } while (Accept(','));
    }
    if (AcceptWord("keep")) *mask |= kKeepDims;
    return true;
  }

  // [ "at" [ file ":" ] line ] and the end of the line.
  bool Place(uint32_t* line) {
    if (!AcceptWord("at")) return EndOfLine();
    SkipSpaces();
    const size_t begin = position_;
    while (!AtEnd() && Peek() != '\n') ++position_;
    std::string_view place = text_.substr(begin, position_ - begin);
    while (!place.empty() && (place.back() == ' ' || place.back() == '\r')) place.remove_suffix(1);
    const size_t colon = place.rfind(':');
    if (colon != std::string_view::npos) trace_.file = std::string(place.substr(0, colon));
    const std::string_view digits = colon == std::string_view::npos ? place : place.substr(colon + 1);
    const std::optional<uint64_t> number = ParseLiteral(DType::kUInt32, digits);
    if (!number || *number == 0) return FailAt(begin, "expected a line number");
    *line = static_cast<uint32_t>(*number);
    return EndOfLine();
  }

  Trace trace_;
  absl::flat_hash_map<std::string, Ref> values_;
  absl::flat_hash_map<std::string, size_t> kernels_;
  std::vector<std::string> inner_names_;
  uint64_t dim_count_ = 0;
  uint64_t param_count_ = 0;
  bool in_nest_ = false;
  bool closed_ = false;
};

}  // namespace

absl::StatusOr<Trace> ParseTrace(std::string_view text) { return Parser(text).Run(); }

}  // namespace lathe
