// The left half of a declaration: specifiers, structs, unions, enums and attributes.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lathe/error.h"
#include "src/ffi/parser.h"

namespace lathe::ffi {
namespace {

struct ScalarWords {
  std::string_view words;  // sorted, as one text
  CScalar scalar;
};
// Every way of writing an arithmetic type, its words sorted by the alphabet.
constexpr ScalarWords kScalarWords[] = {
    {"_Bool", CScalar::kBool},
    {"char", CScalar::kChar},
    {"char signed", CScalar::kSignedChar},
    {"char unsigned", CScalar::kUnsignedChar},
    {"short", CScalar::kShort},
    {"int short", CScalar::kShort},
    {"short signed", CScalar::kShort},
    {"int short signed", CScalar::kShort},
    {"short unsigned", CScalar::kUnsignedShort},
    {"int short unsigned", CScalar::kUnsignedShort},
    {"int", CScalar::kInt},
    {"signed", CScalar::kInt},
    {"int signed", CScalar::kInt},
    {"unsigned", CScalar::kUnsignedInt},
    {"int unsigned", CScalar::kUnsignedInt},
    {"long", CScalar::kLong},
    {"int long", CScalar::kLong},
    {"long signed", CScalar::kLong},
    {"int long signed", CScalar::kLong},
    {"long unsigned", CScalar::kUnsignedLong},
    {"int long unsigned", CScalar::kUnsignedLong},
    {"long long", CScalar::kLongLong},
    {"int long long", CScalar::kLongLong},
    {"long long signed", CScalar::kLongLong},
    {"int long long signed", CScalar::kLongLong},
    {"long long unsigned", CScalar::kUnsignedLongLong},
    {"int long long unsigned", CScalar::kUnsignedLongLong},
    {"float", CScalar::kFloat},
    {"double", CScalar::kDouble},
};
constexpr std::string_view kTypeWords[] = {"_Bool", "char",   "short",  "int",     "long",
                                           "float", "double", "signed", "unsigned"};
constexpr std::string_view kUnsupportedWords[] = {"_Complex",  "_Atomic",    "__int128",
                                                  "_Float128", "__float128", "_Thread_local"};
constexpr std::string_view kIgnoredWords[] = {"extern",     "static",    "inline",        "__inline",
                                              "__inline__", "_Noreturn", "__extension__", "register"};

template <class List>
bool Among(const List& list, std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool IsTagWord(std::string_view text) { return text == "struct" || text == "union" || text == "enum"; }

enum class AttributeEffect : uint8_t { kPure, kThreadSafe, kPacked, kNothing };
struct AttributeRow {
  std::string_view name;
  AttributeEffect effect;
};
constexpr AttributeRow kAttributes[] = {
#define C_ATTRIBUTE(NAME, EFFECT) {NAME, AttributeEffect::k##EFFECT},
#include "src/ffi/c_attributes.def"
#undef C_ATTRIBUTE
};

}  // namespace

bool Parser::AcceptQualifier(bool* constant) {
  if (Accept("const") || Accept("__const")) {
    *constant = true;
    return true;
  }
  return Accept("volatile") || Accept("restrict") || Accept("__restrict") || Accept("__restrict__") ||
         Accept("__volatile__");
}

bool Parser::IsReserved(std::string_view text) {
  constexpr std::string_view kOthers[] = {"void",    "const",  "volatile",     "restrict",
                                          "typedef", "sizeof", "__attribute__"};
  return IsTagWord(text) || Among(kTypeWords, text) || Among(kIgnoredWords, text) ||
         Among(kUnsupportedWords, text) || Among(kOthers, text);
}

bool Parser::AtType(size_t ahead) const {
  if (Peek(ahead).kind != Token::Kind::kName) return false;
  const std::string_view text = Peek(ahead).text;
  return names_.typedefs_.contains(text) || (IsReserved(text) && text != "sizeof");
}

Parser::Specifiers Parser::ParseSpecifiers() {
  Specifiers result;
  std::vector<Token> words;
  const Token first = Peek();
  for (;;) {
    const Token& token = Peek();
    if (token.kind != Token::Kind::kName) break;
    if (AcceptQualifier(&result.type.constant)) continue;
    if (Accept("typedef")) {
      result.is_typedef = true;
    } else if (Among(kIgnoredWords, token.text)) {
      Take();
    } else if (Among(kUnsupportedWords, token.text)) {
      Fail(absl::StrCat("'", std::string(token.text), "' is not supported"));
    } else if (token.text == "__attribute__") {
      ParseAttributes(&result.attributes);
    } else if (Among(kTypeWords, token.text)) {
      words.push_back(Take());
    } else if (!words.empty() || result.type.type) {
      break;
    } else if (Accept("void")) {
      result.type.type = names_.types_.Void();
    } else if (IsTagWord(token.text)) {
      result.type.type = token.text == "enum" ? ParseEnum() : ParseAggregate();
    } else if (const auto named = names_.typedefs_.find(token.text); named != names_.typedefs_.end()) {
      Take();
      result.type.type = named->second.type;
      result.type.constant = result.type.constant || named->second.constant;
    } else {
      break;
    }
  }
  if (!words.empty()) {
    if (result.type.type) Fail(words[0], "this declaration has two types");
    result.type.type = ScalarOfWords(words);
  }
  if (!result.type.type) {
    if (first.kind == Token::Kind::kName) {
      Fail(first, absl::StrCat("'", std::string(first.text),
                               "' names no type: declare it first (an unknown struct is "
                               "'typedef struct ",
                               std::string(first.text), " ", std::string(first.text), ";')"));
    }
    Fail(first, absl::StrCat("expected a declaration, not ", Here()));
  }
  return result;
}

const CType* Parser::ScalarOfWords(const std::vector<Token>& words) {
  std::vector<std::string_view> sorted;
  for (const Token& word : words) sorted.push_back(word.text);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string_view word : sorted) text += (text.empty() ? "" : " ") + std::string(word);
  for (const ScalarWords& row : kScalarWords) {
    if (row.words == text) return names_.types_.Scalar(row.scalar);
  }
  if (text == "double long") Fail(words[0], "'long double' is not supported");
  Fail(words[0], absl::StrCat("'", text, "' is no type"));
}

// ---- Attributes -------------------------------------------------------------------------------------
void Parser::ParseAttributes(Attributes* attributes) {
  while (Accept("__attribute__")) {
    Expect("(", "after __attribute__");
    Expect("(", "after __attribute__(");
    while (!Is(")")) {
      if (!Accept(",")) ParseAttribute(attributes);
    }
    Expect(")", "at the end of the attributes");
    Expect(")", "at the end of the attributes");
  }
}

void Parser::ParseAttribute(Attributes* attributes) {
  const Token word = Take();
  std::string_view name = word.text;
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__"))
    name = name.substr(2, name.size() - 4);
  const auto row = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                [&](const AttributeRow& each) { return each.name == name; });
  if (word.kind != Token::Kind::kName || row == std::end(kAttributes)) {
    Fail(word, absl::StrCat("unknown attribute '", std::string(word.text), "'"));
  }
  if (Is("(")) SkipParentheses();
  attributes->pure = attributes->pure || row->effect == AttributeEffect::kPure;
  attributes->thread_safe = attributes->thread_safe || row->effect == AttributeEffect::kThreadSafe;
  attributes->packed = attributes->packed || row->effect == AttributeEffect::kPacked;
}

// ---- Structs and unions -----------------------------------------------------------------------------
CType* Parser::Tagged(CKind kind, const Token& tag) {
  CType*& type = names_.tags_[std::string(tag.text)];
  if (!type) type = names_.types_.New(kind, std::string(tag.text));
  if (type->kind != kind)
    Fail(tag, absl::StrCat("'", std::string(tag.text), "' is already ", TypeText(*type)));
  return type;
}

const CType* Parser::ParseAggregate() {
  const Nesting nesting(this);
  const CKind kind = Take().text == "struct" ? CKind::kStruct : CKind::kUnion;
  Attributes attributes;
  ParseAttributes(&attributes);
  CType* type = nullptr;
  const Token tag = Peek();
  if (tag.kind == Token::Kind::kName && !IsReserved(tag.text)) {
    Take();
    type = Tagged(kind, tag);
    if (!Is("{")) return type;
    if (type->complete || !type->fields.empty()) Fail(tag, TypeText(*type) + " is already defined");
  } else {
    if (!Is("{")) Fail("expected a name or '{' here");
    type = names_.types_.New(kind);
  }
  completed_.push_back(type);
  const bool has_bits = ParseFields(type);
  ParseAttributes(&attributes);
  type->packed = attributes.packed;
  if (type->packed && has_bits) Fail(tag, "bit-fields in packed structs are not supported");
  LayOut(type);
  if (type->size > kMaxSize) Fail(tag, TypeText(*type) + " is too large");
  return type;
}

bool Parser::ParseFields(CType* aggregate) {
  bool has_bits = false;
  Expect("{", "before the members");
  while (!Accept("}")) {
    const Specifiers specifiers = ParseSpecifiers();
    if (specifiers.is_typedef) Fail("a typedef has no place among members");
    if (specifiers.type.type->IsAggregate() && specifiers.type.type->name.empty() && Is(";")) {
      AddField(aggregate, {specifiers.type, {}, {}});
    } else {
      do {
        const Declarator field = Is(":") ? Declarator{specifiers.type, {Token::Kind::kEnd, {}, 0}, {}}
                                         : ParseDeclarator(specifiers.type);
        if (Is(":")) {
          AddBits(aggregate, field);
        } else {
          AddField(aggregate, field);
        }
      } while (Accept(","));
    }
    Expect(";", "after a member");
    has_bits |= std::any_of(aggregate->fields.begin(), aggregate->fields.end(),
                            [](const CField& field) { return field.bit_width >= 0; });
  }
  return has_bits;
}

// A bit-field; without a name it only takes room.
void Parser::AddBits(CType* aggregate, const Declarator& field) {
  const Token colon = Take();
  const bool nameless = field.name.kind != Token::Kind::kName;
  const CType& type = *field.type.type;
  if (!type.IsArithmetic() || IsFloating(type.scalar))
    Fail(colon, absl::StrCat("a bit-field must be an integer, not ", TypeText(type)));
  const int64_t most = DTypeOf(type.scalar) == DType::kBool ? 1 : static_cast<int64_t>(type.size) * 8;
  const int64_t width = ParseConstant();
  if (width < 0 || width > most || (width == 0 && !nameless)) {
    Fail(colon, absl::StrCat("this bit-field cannot have ", width, " bits"));
  }
  if (!nameless && FindField(*aggregate, field.name.text).type)
    Fail(field.name, absl::StrCat("there is a member '", std::string(field.name.text), "' already"));
  CField bits{std::string(nameless ? "" : field.name.text), field.type};
  bits.bit_width = static_cast<int>(width);
  aggregate->fields.push_back(std::move(bits));
}

void Parser::AddField(CType* aggregate, const Declarator& field) {
  const bool nameless = field.name.kind != Token::Kind::kName;
  const CType& type = *field.type.type;
  if (nameless && !(type.IsAggregate() && type.name.empty())) Fail("this member has no name");
  const Token& at = nameless ? Peek() : field.name;
  if (type.Is(CKind::kFunction)) Fail(at, "a member cannot be a function: a pointer to one can");
  if (type.Is(CKind::kArray) && !type.complete)
    Fail(at, "arrays without a length are not supported as members");
  if (!type.complete)
    Fail(at, absl::StrCat("a member cannot be ", TypeText(type), ", whose size is not known"));
  if (!nameless && FindField(*aggregate, field.name.text).type) {
    Fail(at, absl::StrCat("there is a member '", std::string(field.name.text), "' already"));
  }
  aggregate->fields.push_back({std::string(nameless ? "" : field.name.text), field.type});
  aggregate->depth = std::max(aggregate->depth, type.depth + 1);
  CheckDepth(aggregate);
}

// ---- Enums ------------------------------------------------------------------------------------------
const CType* Parser::ParseEnum() {
  const Nesting nesting(this);
  Take();
  Attributes attributes;
  ParseAttributes(&attributes);
  CType* type = nullptr;
  const Token tag = Peek();
  if (tag.kind == Token::Kind::kName && !IsReserved(tag.text)) {
    Take();
    type = Tagged(CKind::kEnum, tag);
    if (!Is("{")) return type;
    if (type->complete) Fail(tag, TypeText(*type) + " is already defined");
  } else {
    if (!Is("{")) Fail("expected a name or '{' here");
    type = names_.types_.New(CKind::kEnum);
  }
  completed_.push_back(type);
  ParseEnumerators(type);
  ParseAttributes(&attributes);
  return type;
}

void Parser::ParseEnumerators(CType* type) {
  Expect("{", "before the enumerators");
  int64_t next = 0, least = 0, largest = 0;
  while (!Accept("}")) {
    const Token name = Take();
    if (name.kind != Token::Kind::kName || IsReserved(name.text)) {
      Fail(name, "expected the name of an enumerator");
    }
    if (Accept("=")) next = ParseConstant();
    CheckNewName(name, "a constant");
    names_.constants_[std::string(name.text)] = next;
    type->enumerators.push_back({std::string(name.text), next});
    least = std::min(least, next);
    largest = std::max(largest, next);
    if (__builtin_add_overflow(next, 1, &next)) next = INT64_MIN;
    if (!Accept(",") && !Is("}")) Fail(absl::StrCat("expected ',' or '}' here, not ", Here()));
  }
  if (type->enumerators.empty()) Fail("an enum needs enumerators");
  // What gcc chooses: unsigned int unless a value is negative, wider if a value needs it.
  const bool is_signed = least < 0;
  const bool wide = is_signed ? least < INT32_MIN || largest > INT32_MAX : largest > int64_t{UINT32_MAX};
  type->scalar = wide ? (is_signed ? CScalar::kLong : CScalar::kUnsignedLong)
                      : (is_signed ? CScalar::kInt : CScalar::kUnsignedInt);
  type->size = type->alignment = wide ? 8 : 4;
  type->complete = true;
}

}  // namespace lathe::ffi
