// Reading, executing and printing of run lines.
#include "tests/support/run_line.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/recorder/ir/literal.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  absl::StatusOr<RunLine> Run() {
    RunLine line;
    if (!Accept("run:") || !Accept("@")) return Error();
    Word();
    if (!Accept("(")) return Error();
    if (!Accept(")")) {
      do {
        RunLine::Argument argument;
        if (Accept("%")) {
          argument.dim = std::string(Word());
          if (!Accept("=")) return Error();
        }
        if (!Value(&argument.value)) return Error();
        line.arguments.push_back(std::move(argument));
      } while (Accept(","));
      if (!Accept(")")) return Error();
    }
    line.call = std::string(text_.substr(0, position_));
    if (!Accept("==")) return Error();
    SkipSpaces();
    while (position_ < text_.size()) {
      line.results.emplace_back();
      if (!Value(&line.results.back())) return Error();
      SkipSpaces();
      if (position_ < text_.size() && !Accept(",")) return Error();
    }
    return line;
  }

 private:
  absl::Status Error() const {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read the run line at '", View(text_.substr(position_)), "'"));
  }
  void SkipSpaces() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool Accept(std::string_view word) {
    SkipSpaces();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  std::string_view Word() {
    SkipSpaces();
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(" ,=()[]", position_), text_.size());
    return text_.substr(begin, position_ - begin);
  }
  bool Value(LirValue* value) {
    if (!Accept("[")) {
      value->word = std::string(Word());
      return !value->word.empty();
    }
    value->is_list = true;
    if (Accept("]")) return true;
    do {
      value->items.emplace_back();
      if (!Value(&value->items.back())) return false;
    } while (Accept(","));
    return Accept("]");
  }

  const std::string_view text_;
  size_t position_ = 0;
};

// An operand and the memory behind it.
struct Buffer {
  std::vector<std::byte> memory;
  Operand operand;
};

void SetStrides(const Layout& layout, Buffer* buffer) {
  Operand& operand = buffer->operand;
  const int64_t item = ItemSize(operand.dtype);
  int64_t span = item;
  for (int d = 0; d < operand.rank; ++d) {
    if (layout.at(d) != StrideClass::kUnit) continue;
    operand.strides[d] = item;
    span = item * std::max<int64_t>(operand.extents[d], 1);
  }
  for (int d = operand.rank - 1; d >= 0; --d) {
    const StrideClass stride = layout.at(d);
    if (stride == StrideClass::kUnit) continue;
    // Room is left between elements, so that a general stride is none of the others.
    operand.strides[d] = stride == StrideClass::kBroadcast ? 0
                         : stride == StrideClass::kMerges  ? operand.strides[d + 1] * operand.extents[d + 1]
                                                           : 2 * span;
    span = std::max(span, operand.strides[d] * std::max<int64_t>(operand.extents[d], 1));
  }
  buffer->memory.assign(static_cast<size_t>(span) + sizeof(uint64_t), std::byte{0});
  operand.data = buffer->memory.data();
}

std::byte* Element(const Operand& operand, const std::vector<int64_t>& indices) {
  std::byte* address = static_cast<std::byte*>(operand.data);
  for (size_t d = 0; d < indices.size(); ++d) address += indices[d] * operand.strides[d];
  return address;
}

absl::Status WriteValue(const Operand& operand, const LirValue& value, std::vector<int64_t>* indices) {
  const size_t depth = indices->size();
  if (depth == operand.rank) {
    const std::optional<uint64_t> bits =
        value.is_list ? std::nullopt : ParseLiteral(operand.dtype, value.word);
    if (!bits) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", value.word, "' is no ", View(DTypeWord(operand.dtype))));
    }
    std::memcpy(Element(operand, *indices), &*bits, static_cast<size_t>(ItemSize(operand.dtype)));
    return absl::OkStatus();
  }
  if (!value.is_list || static_cast<int64_t>(value.items.size()) != operand.extents[depth]) {
    return absl::InvalidArgumentError(
        absl::StrCat("a list of ", operand.extents[depth], " is wanted, not of ", value.items.size()));
  }
  for (size_t k = 0; k < value.items.size(); ++k) {
    indices->push_back(static_cast<int64_t>(k));
    if (absl::Status status = WriteValue(operand, value.items[k], indices); !status.ok()) return status;
    indices->pop_back();
  }
  return absl::OkStatus();
}

std::string FormatValue(const Operand& operand, std::vector<int64_t>* indices) {
  const size_t depth = indices->size();
  if (depth == operand.rank) {
    uint64_t bits = 0;
    std::memcpy(&bits, Element(operand, *indices), static_cast<size_t>(ItemSize(operand.dtype)));
    // The payload and sign of a NaN are not promised.
    const std::string text = FormatLiteral(operand.dtype, bits);
    return text.starts_with("nan") ? "nan" : text;
  }
  std::vector<std::string> items;
  for (int64_t k = 0; k < operand.extents[depth]; ++k) {
    indices->push_back(k);
    items.push_back(FormatValue(operand, indices));
    indices->pop_back();
  }
  return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
}
std::string FormatValue(const Operand& operand) {
  std::vector<int64_t> indices;
  return FormatValue(operand, &indices);
}

std::string CanonicalWord(DType dtype, const LirValue& value, absl::Status* status) {
  if (value.is_list) {
    std::vector<std::string> items;
    for (const LirValue& item : value.items) items.push_back(CanonicalWord(dtype, item, status));
    return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
  }
  const std::optional<uint64_t> bits = ParseLiteral(dtype, value.word);
  if (!bits) {
    *status = absl::InvalidArgumentError(absl::StrCat("'", value.word, "' is no ", View(DTypeWord(dtype))));
    return "";
  }
  return FormatLiteral(dtype, *bits);
}

// The arrays that a run gives back: what is returned, then the parameters that are assigned to.
struct ResultRefs {
  std::vector<Ref> returned;
  std::vector<Ref> assigned;
};
ResultRefs FindResults(const Trace& trace) {
  ResultRefs results;
  const std::span<const Ref> returned = trace.operands(trace.size() - 1);
  results.returned.assign(returned.begin(), returned.end());
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    if (op != Op::kAssign && op != Op::kStore) continue;
    const Ref target = trace.operands(ref)[0];
    if (trace.at(target).op == Op::kParam) results.assigned.push_back(target);
  }
  return results;
}

class Execution {
 public:
  explicit Execution(const Trace& trace) : trace_(trace) {}

  absl::Status Bind(const RunLine& line) {
    size_t next = 0;
    std::map<std::string, int64_t> given;
    std::vector<const LirValue*> values;
    for (const RunLine::Argument& argument : line.arguments) {
      if (argument.dim.empty()) {
        values.push_back(&argument.value);
      } else {
        given[argument.dim] = std::stoll(argument.value.word);
      }
    }
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kDim) {
        const auto found = given.find(std::string(trace_.NameOf(ref)));
        extents_.push_back(found == given.end() ? -1 : found->second);
      }
      if (instruction.op != Op::kParam) continue;
      if (next == values.size()) return absl::InvalidArgumentError("too few arguments");
      if (absl::Status status = BindParam(ref, *values[next++]); !status.ok()) return status;
    }
    if (next != values.size()) return absl::InvalidArgumentError("too many arguments");
    for (const int64_t extent : extents_) {
      if (extent < 0) return absl::InvalidArgumentError("an extent is not known: give it as %n=3");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> Run(const Executable& executable) {
    const ResultRefs results = FindResults(trace_);
    for (const Ref ref : results.returned) outputs_.push_back(MakeOutput(ref));
    std::vector<Operand> params;
    std::vector<Operand> outputs;
    for (const auto& buffer : params_) params.push_back(buffer->operand);
    for (const auto& buffer : outputs_) outputs.push_back(buffer->operand);
    RunStatistics statistics;
    if (absl::Status status = executable.Run(params, outputs, extents_, &statistics); !status.ok())
      return status;
    std::vector<std::string> texts;
    for (const Operand& output : outputs) texts.push_back(FormatValue(output));
    for (const Ref ref : results.assigned) texts.push_back(FormatValue(params[trace_.at(ref).attribute]));
    return texts;
  }

 private:
  absl::Status BindParam(Ref ref, const LirValue& value) {
    const Instruction& instruction = trace_.at(ref);
    params_.push_back(std::make_unique<Buffer>());
    Buffer& buffer = *params_.back();
    buffer.operand.dtype = instruction.dtype;
    buffer.operand.rank = instruction.rank;
    if (instruction.rank == 0) {
      const std::optional<uint64_t> bits = ParseLiteral(instruction.dtype, value.word);
      if (!bits)
        return absl::InvalidArgumentError(absl::StrCat("'", value.word, "' is no scalar of its dtype"));
      buffer.operand.is_scalar = true;
      buffer.operand.scalar_bits = *bits;
      return absl::OkStatus();
    }
    const LirValue* level = &value;
    for (int d = 0; d < instruction.rank; ++d) {
      const Dim dim = trace_.dims(ref)[static_cast<size_t>(d)];
      int64_t& extent = buffer.operand.extents[d];
      if (level != nullptr) extent = static_cast<int64_t>(level->items.size());
      level = level == nullptr || level->items.empty() ? nullptr : &level->items[0];
      int64_t& bound = dim.is_constant() ? extent : extents_[trace_.at(dim.ref()).attribute];
      if (bound < 0) bound = extent;
      if (bound != extent || (dim.is_constant() && dim.value != extent)) {
        return absl::InvalidArgumentError("an argument does not have its parameter's extents");
      }
    }
    SetStrides(instruction.layout, &buffer);
    std::vector<int64_t> indices;
    return WriteValue(buffer.operand, value, &indices);
  }

  std::unique_ptr<Buffer> MakeOutput(Ref ref) const {
    auto buffer = std::make_unique<Buffer>();
    buffer->operand.dtype = trace_.at(ref).dtype;
    buffer->operand.rank = trace_.at(ref).rank;
    for (size_t d = 0; d < trace_.dims(ref).size(); ++d) {
      const Dim dim = trace_.dims(ref)[d];
      buffer->operand.extents[d] = dim.is_constant() ? dim.value : extents_[trace_.at(dim.ref()).attribute];
    }
    SetStrides(Layout::Dense(trace_.at(ref).rank), buffer.get());
    return buffer;
  }

  const Trace& trace_;
  std::vector<int64_t> extents_;
  std::vector<std::unique_ptr<Buffer>> params_;
  std::vector<std::unique_ptr<Buffer>> outputs_;
};

}  // namespace

absl::StatusOr<RunLine> ParseRunLine(std::string_view text) { return LineReader(text).Run(); }

absl::StatusOr<std::vector<std::string>> ExecuteRunLine(const Trace& trace, const Executable& executable,
                                                        const RunLine& line) {
  Execution execution(trace);
  if (absl::Status status = execution.Bind(line); !status.ok()) return status;
  return execution.Run(executable);
}

absl::StatusOr<std::vector<std::string>> ExpectedResults(const Trace& trace, const RunLine& line) {
  ResultRefs refs = FindResults(trace);
  refs.returned.insert(refs.returned.end(), refs.assigned.begin(), refs.assigned.end());
  if (refs.returned.size() != line.results.size()) {
    return absl::InvalidArgumentError(absl::StrCat(refs.returned.size(), " results are wanted"));
  }
  std::vector<std::string> texts;
  absl::Status status;
  for (size_t k = 0; k < line.results.size(); ++k) {
    texts.push_back(CanonicalWord(trace.at(refs.returned[k]).dtype, line.results[k], &status));
  }
  if (!status.ok()) return status;
  return texts;
}

}  // namespace lathe
