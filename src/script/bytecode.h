// Bytecode: instructions and the code objects that hold them. A code object is the compiled body of a module,
// function, class or comprehension, immutable but for the countdowns of its loops. The instructions are the
// rows of bytecode.def; each has a source range, from which tracebacks and trace logs take their lines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/script/value.h"

namespace lathe::script {

enum class Bytecode : uint8_t {
#define BYTECODE(ID, TEXT, EFFECT) k##ID,
#include "src/script/bytecode.def"
#undef BYTECODE
};

struct Instruction {
  Bytecode op;
  uint8_t a = 0;
  uint16_t b = 0;
  int32_t c = 0;
};
static_assert(sizeof(Instruction) == 8);

// A range of the source; lines count from 1, columns (of bytes) from 0. `mark_*` are the columns of an
// operator or subscript inside, which a traceback underlines with ^ instead of ~; -1: none.
struct SourceRange {
  int32_t line = 0;
  int32_t end_line = 0;
  int32_t column = 0;
  int32_t end_column = 0;
  int32_t mark_start = -1;
  int32_t mark_end = -1;
  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

// The text of a script, kept for tracebacks.
struct SourceFile {
  std::string name;
  uint16_t id = 0;  // its number among the engine's source files
  std::string text;
  std::vector<size_t> line_starts;
  // Line `number` (from 1) without its line break; empty if there is none.
  std::string_view Line(int32_t number) const;
  static std::shared_ptr<const SourceFile> Make(std::string name, std::string text);
};

// An instruction in [begin, end) that fails continues at `target`, with the stack cut to `height` values
// above the slots and the exception pushed. The first entry that covers an instruction counts.
struct ExceptionEntry {
  uint32_t begin, end, target, height;
};

class CodeObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kCode;
  CodeObject() : Object(kKind) {}

  const SourceRange& RangeOf(uint32_t instruction) const { return ranges[range_indices[instruction]]; }

  std::string name;            // "<module>", "step"
  std::string qualified_name;  // "outer.<locals>.step"
  std::shared_ptr<const SourceFile> source;
  std::vector<Instruction> instructions;
  std::vector<uint32_t> range_indices;  // per instruction
  std::vector<SourceRange> ranges;
  std::vector<Value> constants;
  std::vector<Ref<StringObject>> names;       // of attributes and class variables
  std::vector<Ref<StringObject>> slot_names;  // of locals, for messages
  std::vector<ExceptionEntry> exceptions;
  std::vector<int32_t> loop_countdowns;  // back edges until the loop JIT looks at the loop, by loop
  Value doc = Value::None();

  // Slots: parameters (positional, keyword-only, *args, **kwargs), other locals and cells, free variables.
  int32_t slot_count = 0;
  int32_t free_begin = 0;  // the first free variable's slot
  int32_t free_count = 0;
  int32_t stack_size = 0;  // values above the slots
  int32_t positional_count = 0;
  int32_t keyword_only_count = 0;
  bool has_rest = false;
  bool has_keywords = false;
  bool is_generator = false;
  bool is_class_body = false;
};

}  // namespace lathe::script
