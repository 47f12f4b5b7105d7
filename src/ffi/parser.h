// The parser of C declarations: recursive descent over the tokens, in three files. It knows what header files
// hold once the preprocessor has seen them: functions, variables, structs, unions, enums, typedefs,
// attributes; no function bodies, no bit-fields, no floating-point or string constants.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/ffi/declarations.h"
#include "src/ffi/lexer.h"

namespace lathe::ffi {

class Parser {
 public:
  // Adds to `names` as it goes. If it throws, what it completed is incomplete again: see Undo.
  Parser(std::string_view source, Declarations* names)
      : source_(source), tokens_(Tokenize(source)), names_(*names) {}

  void ParseDeclarations();
  Qualified ParseTypeName();
  void ExpectEnd();
  // Makes the types that this parser completed incomplete again.
  void Undo();

 private:
  static constexpr int kMaxDepth = 64;
  static constexpr size_t kMaxSize = size_t{1} << 40;

  struct Attributes {
    bool pure = false, thread_safe = false, packed = false;
  };
  struct Specifiers {
    Qualified type;
    bool is_typedef = false;
    Attributes attributes;
  };
  struct Declarator {
    Qualified type;
    Token name{};  // kEnd: there is none
    Attributes attributes;
  };
  // The length of an array as a product in which names of parameters occur.
  struct ProductLength {
    const CType* array;
    CLength length;
    std::vector<Token> names;
  };
  class Nesting;

  // ---- Tokens
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(here_ + ahead, tokens_.size() - 1)]; }
  Token Take() { return here_ + 1 < tokens_.size() ? tokens_[here_++] : tokens_.back(); }
  bool Is(std::string_view text) const { return Peek().text == text && Peek().kind != Token::Kind::kEnd; }
  bool Accept(std::string_view text);
  Token Expect(std::string_view text, std::string_view where);
  [[noreturn]] void Fail(const std::string& message) const { FailAt(source_, Peek().offset, message); }
  [[noreturn]] void Fail(const Token& at, const std::string& message) const {
    FailAt(source_, at.offset, message);
  }
  std::string Here() const;
  void SkipParentheses();

  // ---- Types (parse_types.cc)
  bool AtType(size_t ahead = 0) const;
  // Whether `text` is a word of the language, which nothing can be named.
  static bool IsReserved(std::string_view text);
  Specifiers ParseSpecifiers();
  const CType* ScalarOfWords(const std::vector<Token>& words);
  const CType* ParseAggregate();
  // Whether there are bit-fields among them.
  bool ParseFields(CType* aggregate);
  void AddBits(CType* aggregate, const Declarator& field);
  void AddField(CType* aggregate, const Declarator& field);
  const CType* ParseEnum();
  void ParseEnumerators(CType* type);
  CType* Tagged(CKind kind, const Token& tag);
  void ParseAttributes(Attributes* attributes);
  void ParseAttribute(Attributes* attributes);
  bool AcceptQualifier(bool* constant);

  // ---- Declarators (parse_declarators.cc)
  Declarator ParseDeclarator(Qualified base);
  Qualified ParseSuffixes(Qualified base);
  Qualified ParseArraySuffix(Qualified element_of_rest);
  bool NestedDeclaratorFollows() const;
  const CType* ParseParameters(Qualified result);
  void ParseParameter(CType* function, std::vector<ProductLength>* lengths);
  void DecayParameter(Declarator* declarator, CParameter* parameter, std::vector<ProductLength>* lengths);
  void ResolveLengths(CType* function, const std::vector<ProductLength>& lengths);
  Qualified PointerTo(Qualified target);
  const CType* CheckDepth(const CType* type);
  void Declare(const Specifiers& specifiers, const Declarator& declarator);
  void CheckNewName(const Token& name, std::string_view meaning);

  // ---- Constants (parse_constant.cc)
  int64_t ParseConstant();
  int64_t ParseBinary(int level);
  int64_t ParseUnary();
  int64_t ParsePrimary();
  int64_t ParseSizeof();
  int64_t Apply(const Token& op, int64_t x, int64_t y) const;

  const std::string_view source_;
  const std::vector<Token> tokens_;
  Declarations& names_;
  size_t here_ = 0;
  int depth_ = 0;
  bool in_parameters_ = false;
  std::vector<ProductLength> open_lengths_;  // of arrays of the parameter that is being parsed
  std::vector<CType*> completed_;
};

// Guards a function that may recurse.
class Parser::Nesting {
 public:
  explicit Nesting(Parser* parser) : parser_(*parser) {
    if (++parser_.depth_ > kMaxDepth) {
      --parser_.depth_;
      parser_.Fail("this is nested too deeply");
    }
  }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  ~Nesting() { --parser_.depth_; }

 private:
  Parser& parser_;
};

}  // namespace lathe::ffi
