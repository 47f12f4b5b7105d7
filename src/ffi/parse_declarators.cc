// The right half of a declaration: pointers, arrays, functions and their parameters around a name; and the
// declarations as a whole.
#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lathe/error.h"
#include "src/ffi/parser.h"

namespace lathe::ffi {

// ---- Tokens -----------------------------------------------------------------------------------------
bool Parser::Accept(std::string_view text) {
  if (!Is(text)) return false;
  Take();
  return true;
}

std::string Parser::Here() const {
  return Peek().kind == Token::Kind::kEnd ? "the end" : absl::StrCat("'", std::string(Peek().text), "'");
}

Token Parser::Expect(std::string_view text, std::string_view where) {
  if (!Is(text))
    Fail(absl::StrCat("expected '", std::string(text), "' ", std::string(where), ", not ", Here()));
  return Take();
}

void Parser::SkipParentheses() {
  const Token open = Peek();
  int depth = 0;
  do {
    if (Peek().kind == Token::Kind::kEnd) Fail(open, "this parenthesis is not closed");
    if (Is("(")) ++depth;
    if (Is(")")) --depth;
    Take();
  } while (depth > 0);
}

// ---- Declarators ------------------------------------------------------------------------------------
const CType* Parser::CheckDepth(const CType* type) {
  if (type->depth > kMaxDepth) Fail("types are nested too deeply here");
  return type;
}

Qualified Parser::PointerTo(Qualified target) { return {CheckDepth(names_.types_.Pointer(target)), false}; }

// After a parenthesis: true for `(*name)`, false for the parameters of a function.
bool Parser::NestedDeclaratorFollows() const {
  const Token& next = Peek(1);
  if (next.text == "*" || next.text == "(" || next.text == "[" || next.text == "__attribute__") return true;
  return next.kind == Token::Kind::kName && !AtType(1) && Peek(2).text == ")";
}

Parser::Declarator Parser::ParseDeclarator(Qualified base) {
  const Nesting nesting(this);
  Declarator result;
  ParseAttributes(&result.attributes);
  while (Accept("*")) {
    base = PointerTo(base);
    while (AcceptQualifier(&base.constant)) {
    }
    ParseAttributes(&result.attributes);
  }
  if (Is("(") && NestedDeclaratorFollows()) {
    // What stands outside the parentheses belongs to the type first: it is parsed now, the inside afterwards.
    const size_t inside = here_ + 1;
    SkipParentheses();
    base = ParseSuffixes(base);
    const size_t after = here_;
    here_ = inside;
    const Declarator inner = ParseDeclarator(base);
    Expect(")", "in a declarator");
    here_ = after;
    result.type = inner.type;
    result.name = inner.name;
  } else {
    result.name = {Token::Kind::kEnd, {}, Peek().offset};
    if (Peek().kind == Token::Kind::kName && !Is("__attribute__") && !Is("__asm__")) {
      if (IsReserved(Peek().text)) Fail(absl::StrCat(Here(), " cannot be a name"));
      result.name = Take();
    }
    result.type = ParseSuffixes(base);
  }
  if (Accept("__asm__")) Fail("'__asm__' is not supported");
  ParseAttributes(&result.attributes);
  return result;
}

Qualified Parser::ParseSuffixes(Qualified base) {
  const Nesting nesting(this);
  if (Is("[")) return ParseArraySuffix(base);
  if (!Is("(")) return base;
  if (base.type->Is(CKind::kFunction)) Fail("a function cannot return a function");
  if (base.type->Is(CKind::kArray)) Fail("a function cannot return an array");
  const CType* function = ParseParameters(base);
  if (Is("[")) Fail("there is no array of functions");
  if (Is("(")) Fail("a function cannot return a function");
  return {function, false};
}

Qualified Parser::ParseArraySuffix(Qualified base) {
  const Token open = Expect("[", "");
  bool ignored = false;
  ProductLength product{nullptr, {}, {}};
  int64_t length = -1;
  if (in_parameters_) {
    while (Accept("static") || AcceptQualifier(&ignored)) {
    }
  }
  // A product with names of parameters in it; any constant expression else.
  const bool named = in_parameters_ &&
                     std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(here_), tokens_.end(),
                                 [this, done = false](const Token& token) mutable {
                                   done = done || token.text == "]";
                                   return !done && token.kind == Token::Kind::kName &&
                                          !names_.constants_.contains(token.text) && token.text != "sizeof";
                                 });
  if (named) {
    do {
      if (Peek().kind == Token::Kind::kName && !names_.constants_.contains(Peek().text)) {
        product.names.push_back(Take());
      } else {
        const Token op{Token::Kind::kPunctuation, "*", Peek().offset};
        product.length.factor = Apply(op, product.length.factor, ParseUnary());
      }
    } while (Accept("*"));
  } else if (!Is("]")) {
    length = ParseConstant();
    if (length < 0) Fail(open, "the length of an array cannot be negative");
  }
  Expect("]", "after the length of an array");
  const Qualified element = ParseSuffixes(base);
  const CType& type = *element.type;
  if (type.Is(CKind::kFunction)) Fail(open, "there is no array of functions");
  const bool open_inside =
      type.Is(CKind::kArray) && std::any_of(open_lengths_.begin(), open_lengths_.end(),
                                            [&](const auto& o) { return o.array == &type; });
  if (!type.complete && !open_inside)
    Fail(open, absl::StrCat("an array of ", TypeText(element), ", whose size is not known"));
  if (length > 0 && type.size > kMaxSize / static_cast<size_t>(length)) Fail(open, "this array is too large");
  const CType* array = CheckDepth(names_.types_.Array(element, length));
  product.array = array;
  if (named) open_lengths_.push_back(product);
  return {array, false};
}

// ---- Parameters -------------------------------------------------------------------------------------
const CType* Parser::ParseParameters(Qualified result) {
  Expect("(", "before parameters");
  const bool outer = std::exchange(in_parameters_, true);
  std::vector<ProductLength> outer_lengths = std::exchange(open_lengths_, {});
  CType* function = names_.types_.New(CKind::kFunction);
  function->target = {result.type, false};
  function->depth = result.type->depth + 1;
  std::vector<ProductLength> lengths;
  if (Is("void") && Peek(1).text == ")") Take();
  while (!Is(")")) {
    if (Accept("...")) {
      if (function->parameters.empty()) Fail("'...' needs a parameter before it");
      function->variadic = true;
      break;
    }
    ParseParameter(function, &lengths);
    if (!Accept(",") && !Is(")")) Fail(absl::StrCat("expected ',' or ')' after a parameter, not ", Here()));
    if (function->parameters.size() > 64) Fail("more than 64 parameters");
  }
  Expect(")", "after the parameters");
  ResolveLengths(function, lengths);
  in_parameters_ = outer;
  open_lengths_ = std::move(outer_lengths);
  return CheckDepth(function);
}

void Parser::ParseParameter(CType* function, std::vector<ProductLength>* lengths) {
  const Specifiers specifiers = ParseSpecifiers();
  if (specifiers.is_typedef) Fail("a typedef has no place among parameters");
  Declarator declarator = ParseDeclarator(specifiers.type);
  CParameter parameter;
  if (declarator.name.kind == Token::Kind::kName) parameter.name = declarator.name.text;
  DecayParameter(&declarator, &parameter, lengths);
  const CType& type = *declarator.type.type;
  if (type.Is(CKind::kVoid)) Fail(declarator.name, "a parameter cannot be void");
  parameter.type = &type;
  function->depth = std::max(function->depth, type.depth + 1);
  function->parameters.push_back(std::move(parameter));
}

// Arrays and functions are passed as pointers; what an array's length says is kept beside.
void Parser::DecayParameter(Declarator* declarator, CParameter* parameter,
                            std::vector<ProductLength>* lengths) {
  if (declarator->type.type->Is(CKind::kFunction)) declarator->type = PointerTo(declarator->type);
  Qualified element = declarator->type;
  ProductLength all{nullptr, {}, {}};
  bool known = element.type->Is(CKind::kArray);
  const bool is_array = known;
  while (element.type->Is(CKind::kArray)) {
    const auto open = std::find_if(open_lengths_.begin(), open_lengths_.end(),
                                   [&](const ProductLength& each) { return each.array == element.type; });
    const Token op{Token::Kind::kPunctuation, "*", Peek().offset};
    if (open != open_lengths_.end()) {
      all.length.factor = Apply(op, all.length.factor, open->length.factor);
      all.names.insert(all.names.end(), open->names.begin(), open->names.end());
      open_lengths_.erase(open);
    } else if (element.type->complete) {
      all.length.factor = Apply(op, all.length.factor, element.type->length);
    } else {
      known = false;
    }
    element = {element.type->target.type, element.type->target.constant || element.constant};
  }
  if (is_array) declarator->type = PointerTo(element);
  if (known) parameter->length = all.length;
  lengths->push_back(std::move(all));
  if (!open_lengths_.empty()) {
    Fail(open_lengths_[0].names[0], "only the length of a parameter itself may name other parameters");
  }
}

void Parser::ResolveLengths(CType* function, const std::vector<ProductLength>& lengths) {
  std::vector<CParameter>& parameters = function->parameters;
  for (size_t k = 0; k < lengths.size(); ++k) {
    for (const Token& name : lengths[k].names) {
      const auto found = std::find_if(parameters.begin(), parameters.end(),
                                      [&](const CParameter& each) { return each.name == name.text; });
      if (found == parameters.end())
        Fail(name, absl::StrCat("'", std::string(name.text), "' is no parameter"));
      if (!found->type->IsArithmetic() || IsFloating(found->type->scalar)) {
        Fail(name, "a length must be an integer");
      }
      if (parameters[k].length) {
        parameters[k].length->parameters.push_back(static_cast<size_t>(found - parameters.begin()));
      }
    }
  }
}

// ---- Declarations -----------------------------------------------------------------------------------
void Parser::CheckNewName(const Token& name, std::string_view meaning) {
  const bool constant = names_.constants_.contains(name.text);
  if (constant || names_.typedefs_.contains(name.text) || names_.declared_.contains(name.text)) {
    Fail(name, absl::StrCat("'", std::string(name.text), "' is declared already, and now as ",
                            std::string(meaning)));
  }
}

void Parser::Declare(const Specifiers& specifiers, const Declarator& declarator) {
  const Token& name = declarator.name;
  if (name.kind != Token::Kind::kName) Fail(name, absl::StrCat("expected a name here, not ", Here()));
  const std::string text(name.text);
  if (specifiers.is_typedef) {
    const auto known = names_.typedefs_.find(text);
    if (known != names_.typedefs_.end() && SameType(*known->second.type, *declarator.type.type)) return;
    if (known != names_.typedefs_.end())
      Fail(name, absl::StrCat("'", text, "' is already ", TypeText(known->second)));
    CheckNewName(name, "a typedef");
    names_.typedefs_[text] = declarator.type;
    for (CType* type : completed_) {
      // A struct without a tag is known by the first name that it is given.
      if (type == declarator.type.type && type->name.empty() && type->alias.empty()) type->alias = text;
    }
    return;
  }
  const CType& type = *declarator.type.type;
  if (type.Is(CKind::kVoid)) Fail(name, "a variable cannot be void");
  Declaration declaration{text, &type, declarator.type.constant};
  declaration.pure = specifiers.attributes.pure || declarator.attributes.pure;
  declaration.thread_safe = specifiers.attributes.thread_safe || declarator.attributes.thread_safe;
  if (const auto known = names_.declared_.find(text); known != names_.declared_.end()) {
    if (!SameType(*known->second.type, type)) {
      Fail(name,
           absl::StrCat("'", text, "' is declared already, as ", DeclarationText(*known->second.type, text)));
    }
    declaration.pure = declaration.pure || known->second.pure;
    declaration.thread_safe = declaration.thread_safe || known->second.thread_safe;
  } else {
    CheckNewName(name, type.Is(CKind::kFunction) ? "a function" : "a variable");
  }
  names_.declared_[text] = std::move(declaration);
}

void Parser::ParseDeclarations() {
  while (Peek().kind != Token::Kind::kEnd) {
    if (Accept(";")) continue;
    const Specifiers specifiers = ParseSpecifiers();
    const CKind kind = specifiers.type.type->kind;
    const bool only_type = kind == CKind::kStruct || kind == CKind::kUnion || kind == CKind::kEnum;
    if (only_type && Accept(";")) continue;
    do {
      Declare(specifiers, ParseDeclarator(specifiers.type));
    } while (Accept(","));
    if (Is("{")) Fail("a declaration has no body: write ';' instead");
    if (Is("=")) Fail("a declaration has no initial value");
    Expect(";", "after a declaration");
  }
}

Qualified Parser::ParseTypeName() {
  const Specifiers specifiers = ParseSpecifiers();
  const bool parameters = std::exchange(in_parameters_, false);
  const Declarator declarator = ParseDeclarator(specifiers.type);
  in_parameters_ = parameters;
  if (declarator.name.kind == Token::Kind::kName) Fail(declarator.name, "a type has no name here");
  return declarator.type;
}

void Parser::ExpectEnd() {
  if (Peek().kind != Token::Kind::kEnd) Fail(absl::StrCat(Here(), " does not belong to a type"));
}

void Parser::Undo() {
  for (CType* type : completed_) {
    type->complete = false;
    type->fields.clear();
    type->enumerators.clear();
  }
}

// ---- The names --------------------------------------------------------------------------------------
Declarations::Declarations() {
#define C_TYPEDEF(NAME, SCALAR) typedefs_[NAME] = {types_.Scalar(CScalar::k##SCALAR), false};
#include "src/ffi/c_typedefs.def"
#undef C_TYPEDEF
}

void Declarations::Add(std::string_view source) {
  const auto before = std::tuple(typedefs_, tags_, constants_, declared_);
  Parser parser(source, this);
  try {
    parser.ParseDeclarations();
  } catch (...) {
    parser.Undo();
    std::tie(typedefs_, tags_, constants_, declared_) = before;
    throw;
  }
}

Qualified Declarations::ParseType(std::string_view text) {
  const auto before = std::tuple(typedefs_, tags_, constants_, declared_);
  Parser parser(text, this);
  try {
    const Qualified type = parser.ParseTypeName();
    parser.ExpectEnd();
    return type;
  } catch (...) {
    parser.Undo();
    std::tie(typedefs_, tags_, constants_, declared_) = before;
    throw;
  }
}

const Declaration* Declarations::Find(std::string_view name) const {
  const auto found = declared_.find(name);
  return found == declared_.end() ? nullptr : &found->second;
}

std::vector<Declaration> Declarations::All() const {
  std::vector<Declaration> all;
  for (const auto& [name, declaration] : declared_) all.push_back(declaration);
  return all;
}

std::optional<int64_t> Declarations::Constant(std::string_view name) const {
  const auto found = constants_.find(name);
  if (found == constants_.end()) return std::nullopt;
  return found->second;
}

}  // namespace lathe::ffi
