// The op enumeration and what the table says of each op. Everything here is expanded from ops.def at
// compile time; it may know of nothing but that table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lathe {

enum class Op : uint8_t {
#define OP(ID, TEXT, NUMPY, CLASS, OPERANDS, DTYPES, TYPE, IDENTITY, FLAGS, LOWER) k##ID,
#include "src/recorder/ir/ops.def"
#undef OP
};

enum class OpClass : uint8_t {
  kElementwise,
  kReduction,
  kMovement,
  kGenerate,
  kMemory,
  kControl,
  kScalar,
  kGuard,
  kForeign
};
enum class DTypeClass : uint8_t { kAny, kNumber, kInteger, kIntBool, kFloat, kBool };
enum class TypeRule : uint8_t { kSame, kToBool, kBranch, kGiven, kNone, kReduceOf };
enum class Identity : uint8_t { kNoReduce, kNoStart, kZero, kOne, kAllOnes };
enum class Lowering : uint8_t { kDirect, kExpand, kLibrary, kForeign, kNest, kRegion, kFlow };

// Bits of OpInfo::flags.
enum OpFlag : uint8_t {
  kPure = 1,
  kCommutes = 2,
  kReads = 4,
  kWrites = 8,
  kPinned = 16,
  kExits = 32,
  kSerial = 64
};

struct OpInfo {
  std::string_view text;
  std::string_view numpy;
  std::string_view operands;  // the column as written
  OpClass op_class;
  DTypeClass dtypes;
  TypeRule type_rule;
  Identity identity;
  uint8_t flags;
  Lowering lowering;
  int8_t operand_count;  // fixed operands, those before a repeated one
  bool repeats;          // the last operand may stand any number of times
  int8_t bool_operands;  // bit k: operand k is a bool whatever the others are
  bool takes_function;   // operand 0 is the address of a ForeignFunction
};

namespace internal {
// Parses the OPERANDS column ("c:bool x y", "b i* | by") when the table is compiled.
consteval OpInfo MakeOpInfo(std::string_view text, std::string_view numpy, std::string_view operands,
                            OpClass op_class, DTypeClass dtypes, TypeRule rule, Identity identity, int flags,
                            Lowering lowering) {
  OpInfo info{text,     numpy, operands, op_class, dtypes, rule, identity, static_cast<uint8_t>(flags),
              lowering, 0,     false,    0,        false};
  size_t position = 0;
  while (position < operands.size() && operands[position] != '|') {
    if (operands[position] == ' ') {
      ++position;
      continue;
    }
    size_t end = position;
    while (end < operands.size() && operands[end] != ' ') ++end;
    const std::string_view word = operands.substr(position, end - position);
    if (word.back() == '*') {
      info.repeats = true;
    } else {
      if (word.ends_with(":bool"))
        info.bool_operands = static_cast<int8_t>(info.bool_operands | (1 << info.operand_count));
      info.takes_function = info.takes_function || word.ends_with(":function");
      ++info.operand_count;
    }
    position = end;
  }
  return info;
}
}  // namespace internal

inline constexpr std::array kOpInfos = {
#define OP(ID, TEXT, NUMPY, CLASS, OPERANDS, DTYPES, TYPE, IDENTITY, FLAGS, LOWER)                      \
  internal::MakeOpInfo(                                                                                 \
      TEXT, NUMPY, OPERANDS, OpClass::k##CLASS, DTypeClass::k##DTYPES, TypeRule::k##TYPE,               \
      Identity::k##IDENTITY,                                                                            \
      [] {                                                                                              \
        constexpr int Pure = kPure, Commutes = kCommutes, Reads = kReads, Writes = kWrites,             \
                      Pinned = kPinned, Exits = kExits, Serial = kSerial;                               \
        (void)Pure, (void)Commutes, (void)Reads, (void)Writes, (void)Pinned, (void)Exits, (void)Serial; \
        return FLAGS;                                                                                   \
      }(),                                                                                              \
      Lowering::k##LOWER),
#include "src/recorder/ir/ops.def"
#undef OP
};
// The most operands that an elementwise op has: a function and three arguments.
inline constexpr int kMaxElementwiseOperands = 4;

inline constexpr int kOpCount = static_cast<int>(kOpInfos.size());

constexpr const OpInfo& Info(Op op) { return kOpInfos[static_cast<size_t>(op)]; }
// Leaves on overflow.
constexpr bool IsChecked(Op op) {
  return op == Op::kCheckedAdd || op == Op::kCheckedSub || op == Op::kCheckedMul;
}
constexpr bool IsPure(Op op) { return (Info(op).flags & kPure) != 0; }
constexpr bool Commutes(Op op) { return (Info(op).flags & kCommutes) != 0; }
constexpr bool HasEffect(Op op) { return (Info(op).flags & kWrites) != 0; }
// True if the op calls a C function that a parameter names.
constexpr bool TakesFunction(Op op) { return Info(op).takes_function; }
constexpr bool IsSerial(Op op) { return (Info(op).flags & kSerial) != 0; }
// == to >=.
constexpr bool IsComparison(Op op) { return op >= Op::kEqual && op <= Op::kGreaterEqual; }
constexpr bool IsElementwise(Op op) { return Info(op).op_class == OpClass::kElementwise; }
constexpr bool IsReduction(Op op) { return Info(op).op_class == OpClass::kReduction; }
// True if the op may combine the elements of a `reduce`.
constexpr bool IsCombiner(Op op) { return Info(op).identity != Identity::kNoReduce; }

// The op whose TEXT (or NUMPY name) is `word`; false if none.
bool FindOp(std::string_view word, Op* op);
bool FindOpByNumpyName(std::string_view word, Op* op);

}  // namespace lathe
