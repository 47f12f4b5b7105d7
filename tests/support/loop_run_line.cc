// Reading, executing and printing of run lines at the loop level.
#include "tests/support/loop_run_line.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/literal.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  absl::StatusOr<LoopRunLine> Run() {
    LoopRunLine line;
    if (!Accept("run")) return Error();
    line.interrupted = Accept("interrupted");
    if (!Accept(":") || !Accept("@")) return Error();
    Word();
    if (!Accept("(")) return Error();
    if (!Accept(")")) {
      do {
        line.arguments.emplace_back();
        if (!Argument(&line.arguments.back())) return Error();
      } while (Accept(","));
      if (!Accept(")")) return Error();
    }
    line.call = std::string(text_.substr(0, position_));
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
  bool Argument(LoopRunLine::Argument* argument) {
    const std::string_view word = Word();
    if (!Accept("[")) {
      argument->word = std::string(word);
      return !word.empty();
    }
    const std::optional<DType> dtype = FindDTypeWord(word);
    if (!dtype) return false;
    argument->dtype = *dtype;
    if (Accept("]")) return true;
    do {
      const std::optional<uint64_t> bits = ParseLiteral(*dtype, Word());
      if (!bits) return false;
      argument->elements.push_back(*bits);
    } while (Accept(","));
    return Accept("]");
  }

  const std::string_view text_;
  size_t position_ = 0;
};

// The memory of an argument.
std::vector<std::byte> Pack(const LoopRunLine::Argument& argument) {
  const size_t item = static_cast<size_t>(ItemSize(argument.dtype));
  // Never without an address.
  std::vector<std::byte> memory(item * argument.elements.size() + 1);
  for (size_t k = 0; k < argument.elements.size(); ++k) {
    std::memcpy(memory.data() + k * item, &argument.elements[k], item);
  }
  return memory;
}

std::string Literal(DType dtype, uint64_t bits) {
  // The payload and sign of a NaN are not promised.
  const std::string text = FormatLiteral(dtype, bits);
  return text.starts_with("nan") ? "nan" : text;
}

std::string Contents(const LoopRunLine::Argument& argument, const std::vector<std::byte>& memory) {
  const size_t item = static_cast<size_t>(ItemSize(argument.dtype));
  std::vector<std::string> words;
  for (size_t k = 0; k < argument.elements.size(); ++k) {
    uint64_t bits = 0;
    std::memcpy(&bits, memory.data() + k * item, item);
    words.push_back(Literal(argument.dtype, bits));
  }
  return absl::StrCat("[", absl::StrJoin(words, ", "), "]");
}

// An instruction that takes this exit; they all have the same snapshot.
std::span<const Ref> SnapshotOfExit(const Trace& trace, uint32_t exit) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const bool exits = (Info(trace.at(ref).op).flags & kExits) != 0;
    if (exits && trace.at(ref).attribute == exit) return SnapshotOf(trace, ref);
  }
  return {};
}

}  // namespace

absl::StatusOr<LoopRunLine> ParseLoopRunLine(std::string_view text) { return LineReader(text).Run(); }

absl::StatusOr<std::string> ExecuteLoopRunLine(const Trace& trace, const LoopExecutable& executable,
                                               std::atomic<int>* attention, const LoopRunLine& line) {
  std::vector<std::vector<std::byte>> memory;
  std::vector<uint64_t> inputs;
  for (Ref ref = 0; ref < trace.size() && trace.at(ref).op == Op::kParam; ++ref) {
    if (inputs.size() == line.arguments.size()) return absl::InvalidArgumentError("too few arguments");
    const LoopRunLine::Argument& argument = line.arguments[inputs.size()];
    memory.push_back(Pack(argument));
    if (argument.word.empty()) {
      inputs.push_back(reinterpret_cast<uint64_t>(memory.back().data()));
      continue;
    }
    const std::optional<uint64_t> bits = ParseLiteral(trace.at(ref).dtype, argument.word);
    if (!bits) {
      return absl::InvalidArgumentError(absl::StrCat("'", argument.word, "' is no scalar of its dtype"));
    }
    inputs.push_back(ExtendedBits(trace.at(ref).dtype, *bits));
  }
  if (inputs.size() != line.arguments.size()) return absl::InvalidArgumentError("too many arguments");
  std::vector<uint64_t> values(trace.size() + 1);
  attention->store(line.interrupted ? kAttention : kNoAttention);
  const uint32_t exit = executable.Run(inputs.data(), values.data());
  attention->store(kNoAttention);
  std::string text = absl::StrCat("exit ", exit);
  std::vector<std::string> words;
  for (const Ref ref : SnapshotOfExit(trace, exit)) {
    const DType dtype = trace.at(ref).dtype;
    if (ExtendedBits(dtype, values[words.size()]) != values[words.size()]) {
      return absl::InternalError(absl::StrCat("value ", words.size(), " is not extended"));
    }
    words.push_back(Literal(dtype, Scalar{dtype, values[words.size()]}.bits));
  }
  if (!words.empty()) absl::StrAppend(&text, " (", absl::StrJoin(words, ", "), ")");
  for (size_t k = 0; k < memory.size(); ++k) {
    if (line.arguments[k].word.empty()) absl::StrAppend(&text, " ", Contents(line.arguments[k], memory[k]));
  }
  return text;
}

}  // namespace lathe
