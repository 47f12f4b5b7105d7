// The syntax tree: two kinds of nodes, expressions and statements, each one struct whose fields mean what the
// table beside its kinds says. Made by the parser, read by the scope analysis and the compiler, then dropped.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/script/bytecode.h"
#include "src/script/value.h"

namespace lathe::script {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using StatementPtr = std::unique_ptr<Statement>;
using Block = std::vector<StatementPtr>;

enum class ExpressionKind : uint8_t {
  kConstant,     // constant
  kName,         // name
  kFString,      // items: constants and kFormatted
  kFormatted,    // items: value, [format as kFString]; conversion
  kTuple,        // items
  kList,         // items
  kSet,          // items
  kDict,         // items: keys (null for **), values: their values
  kUnary,        // op, items: operand
  kBinary,       // op, items: left, right
  kAnd,          // items
  kOr,           // items
  kCompare,      // items: n + 1 operands; comparisons: n
  kConditional,  // items: test, value if true, value if false
  kLambda,       // function; its body is items[0]
  kCall,         // items: callee, positional arguments; keywords
  kAttribute,    // items: object; name
  kSubscript,    // items: object, index
  kSlice,        // items: start, stop, step, each may be null
  kStarred,      // items: value
  kListOf,       // comprehensions; items: element
  kSetOf,
  kDictOf,  // items: key, value
  kGenerator,
  kYield,      // items: value, may be null
  kYieldFrom,  // items: iterable
  kNamed,      // :=, items: name, value
};

struct Comparison {
  Bytecode op;
  bool negated = false;  // not in, is not
};

struct Keyword {
  std::string name;  // empty: ** of a mapping
  ExpressionPtr value;
  SourceRange range;
};

struct ForClause {
  ExpressionPtr target;
  ExpressionPtr iterable;
  std::vector<ExpressionPtr> conditions;
};

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  // null: required
};

// What def, lambda, class and comprehensions have in common: a body with variables of its own.
struct FunctionNode {
  std::string name;
  std::vector<Parameter> positional;
  std::vector<Parameter> keyword_only;
  std::string rest;      // *args
  std::string keywords;  // **kwargs
  Block body;
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kConstant;
  Bytecode op = Bytecode::kAdd;
  char conversion = 0;
  bool parenthesized = false;
  int32_t height = 0;  // of the tree below, bounded by the parser
  SourceRange range;
  Value constant;
  std::string name;
  std::vector<ExpressionPtr> items;
  std::vector<ExpressionPtr> values;
  std::vector<Comparison> comparisons;
  std::vector<Keyword> keywords;
  std::vector<ForClause> clauses;
  std::unique_ptr<FunctionNode> function;
  // Of a call of a name in consumers.def with a generator expression alone: the same as a kListOf.
  ExpressionPtr inlined;
};

enum class StatementKind : uint8_t {
  kExpression,  // value
  kAssign,      // targets, value
  kAugmented,   // targets[0] op= value
  kAnnotated,   // targets[0]: annotation = value (may be null)
  kIf,          // branches; orelse
  kWhile,       // value, body, orelse
  kFor,         // targets[0], value, body, orelse
  kFunction,    // function, decorators
  kClass,       // function (name and body), decorators, targets: bases
  kReturn,      // value (may be null)
  kDelete,      // targets
  kPass,
  kBreak,
  kContinue,
  kGlobal,      // names
  kNonlocal,    // names
  kImport,      // imports
  kImportFrom,  // module, imports; "*" for all
  kAssert,      // value, message in targets[0]
  kRaise,       // value, cause in targets[0]
  kTry,         // body, handlers, orelse, finally
  kWith,        // managers, body
};

struct IfBranch {
  ExpressionPtr test;
  Block body;
};

struct Handler {
  ExpressionPtr type;  // null: all
  std::string name;
  Block body;
  SourceRange range;
};

struct Manager {
  ExpressionPtr value;
  ExpressionPtr target;  // null: none
};

struct Import {
  std::string name;
  std::string alias;  // empty: none
};

struct Statement {
  StatementKind kind = StatementKind::kPass;
  Bytecode op = Bytecode::kAdd;
  SourceRange range;
  ExpressionPtr value;
  std::vector<ExpressionPtr> targets;
  std::vector<ExpressionPtr> decorators;
  Block body;
  Block orelse;
  Block finally;
  bool has_finally = false;
  std::vector<IfBranch> branches;
  std::vector<Handler> handlers;
  std::vector<Manager> managers;
  std::vector<Import> imports;
  std::vector<std::string> names;
  std::string module;
  std::unique_ptr<FunctionNode> function;
};

}  // namespace lathe::script
