// Literals: numbers, strings with their escapes, and f-strings, whose replacement fields are read by a parser
// of their own and placed where they stand in the file.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "src/script/lexer.h"
#include "src/script/parser_state.h"
#include "src/script/utf8.h"

namespace lathe::script {

ExpressionPtr Parser::ParseNumber() {
  const SourceRange start = Here();
  const Token token = Take();
  ExpressionPtr node = New(ExpressionKind::kConstant, start);
  std::string digits;
  for (char c : token.text) {
    if (c != '_') digits += c;
  }
  if (token.kind == TokenKind::kFloat) {
    node->constant = Value::Float(std::strtod(digits.c_str(), nullptr));
    return node;
  }
  int base = 10;
  std::string_view text = digits;
  if (text.size() > 1 && text[0] == '0' && std::isalpha(static_cast<unsigned char>(text[1]))) {
    base = text[1] == 'x' || text[1] == 'X' ? 16 : text[1] == 'o' || text[1] == 'O' ? 8 : 2;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != std::string_view::npos) {
    Fail("leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
         start);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc()) {
    // Kept as its digits: the compiler folds what is around it ("2**63 - 1", "-9223372036854775808") and
    // rejects what is left over.
    node->name = std::string(text);
    node->conversion = static_cast<char>(base);
    node->constant = Value();
    return node;
  }
  node->constant = Value::Int(value);
  return node;
}

void Parser::AppendText(std::string text, const SourceRange& range, std::vector<ExpressionPtr>* parts) {
  if (text.empty()) return;
  if (!parts->empty() && parts->back()->kind == ExpressionKind::kConstant) {
    text = parts->back()->constant.Get<StringObject>()->text() + text;
    parts->back()->constant = Str(std::move(text));
    return;
  }
  auto node = std::make_unique<Expression>();
  node->range = range;
  node->constant = Str(std::move(text));
  parts->push_back(std::move(node));
}

// Adjacent literals are one string.
ExpressionPtr Parser::ParseStrings() {
  const SourceRange start = Here();
  std::vector<ExpressionPtr> parts;
  bool formatted = false;
  bool bytes = false;
  while (Peek().kind == TokenKind::kString && !Failed()) {
    const Token token = Take();
    for (size_t k = 0; token.text[k] != '"' && token.text[k] != '\''; ++k) {
      formatted = formatted || token.text[k] == 'f' || token.text[k] == 'F';
      bytes = bytes || token.text[k] == 'b' || token.text[k] == 'B';
    }
    AppendString(token, &parts);
  }
  ExpressionPtr node = New(formatted ? ExpressionKind::kFString : ExpressionKind::kConstant, start);
  if (!formatted) {
    std::string text = parts.empty() ? "" : parts[0]->constant.Get<StringObject>()->text();
    node->constant = Make<StringObject>(std::move(text), bytes);
    return node;
  }
  for (ExpressionPtr& part : parts) Adopt(node.get(), std::move(part));
  return node;
}

void Parser::AppendString(const Token& token, std::vector<ExpressionPtr>* parts) {
  bool raw = false, formatted = false, bytes = false;
  size_t prefix = 0;
  for (; token.text[prefix] != '"' && token.text[prefix] != '\''; ++prefix) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(token.text[prefix])));
    raw = raw || c == 'r';
    formatted = formatted || c == 'f';
    bytes = bytes || c == 'b';
  }
  const char quote = token.text[prefix];
  const bool triple =
      token.text.size() >= prefix + 6 && token.text[prefix + 1] == quote && token.text[prefix + 2] == quote;
  const size_t width = triple ? 3 : 1;
  const std::string_view body =
      std::string_view(token.text).substr(prefix + width, token.text.size() - prefix - 2 * width);
  const SourceRange range{token.line, token.end_line, token.column, token.end_column};
  if (!formatted) return AppendText(Unescape(token, body, raw, bytes), range, parts);
  AppendFString(token, body, prefix + width, raw, 0, parts);
}

// `body` is the inside of an f-string or of a format specification; `offset` its place in the token.
void Parser::AppendFString(const Token& token, std::string_view body, size_t offset, bool raw, int nesting,
                           std::vector<ExpressionPtr>* parts) {
  const SourceRange range{token.line, token.end_line, token.column, token.end_column};
  std::string literal;
  const auto flush = [&] {
    AppendText(Unescape(token, literal, raw), range, parts);
    literal.clear();
  };
  for (size_t k = 0; k < body.size() && !Failed();) {
    const char c = body[k];
    if (c == '\\' && !raw && body.substr(k).starts_with("\\N{")) {
      const size_t end = std::min(body.find('}', k), body.size() - 1);
      literal += body.substr(k, end + 1 - k);
      k = end + 1;
    } else if ((c == '{' || c == '}') && k + 1 < body.size() && body[k + 1] == c && nesting == 0) {
      literal += c;
      k += 2;
    } else if (c == '{') {
      flush();
      k = AppendReplacement(token, body, k, offset, raw, nesting, parts);
    } else if (c == '}') {
      Fail("f-string: single '}' is not allowed", range);
    } else {
      literal += c;
      ++k;
    }
  }
  flush();
}

namespace {

// The end of the expression that begins at `begin`: at "}", "!r", ":" or "=" outside brackets and strings.
size_t FindExpressionEnd(std::string_view body, size_t begin) {
  int depth = 0;
  char quote = 0;
  for (size_t k = begin; k < body.size(); ++k) {
    const char c = body[k];
    if (quote) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (depth == 0) {
      const char next = k + 1 < body.size() ? body[k + 1] : '\0';
      if (c == '}' || c == ':') return k;
      if (c == '!' && next != '=') return k;
      if (c == '=' && next != '=' &&
          (k == begin || std::string_view("=!<>").find(body[k - 1]) == std::string_view::npos)) {
        return k;
      }
      if (c == '=' && next == '=') ++k;
    }
    if (c == ')' || c == ']' || c == '}') --depth;
  }
  return body.size();
}

}  // namespace

// Reads "{expression=!r:spec}" at body[begin]; returns the index after it.
size_t Parser::AppendReplacement(const Token& token, std::string_view body, size_t begin, size_t offset,
                                 bool raw, int nesting, std::vector<ExpressionPtr>* parts) {
  const SourceRange range{token.line, token.end_line, token.column, token.end_column};
  const auto fail = [&](const char* message) {
    Fail(std::string("f-string: ") + message, range);
    return body.size();
  };
  if (nesting >= 2) return fail("expressions nested too deeply");
  size_t end = FindExpressionEnd(body, begin + 1);
  const std::string_view code = body.substr(begin + 1, end - begin - 1);
  if (code.find_first_not_of(" \t\n") == std::string_view::npos) return fail("empty expression not allowed");
  if (code.find('\\') != std::string_view::npos) return fail("expression part cannot include a backslash");
  ExpressionPtr value = ParseEmbedded(token, code, offset + begin + 1);
  char conversion = 0;
  bool debug = false;
  if (end < body.size() && body[end] == '=') {
    debug = true;
    ++end;
    while (end < body.size() && body[end] == ' ') ++end;
    AppendText(std::string(body.substr(begin + 1, end - begin - 1)), range, parts);
  }
  if (end < body.size() && body[end] == '!') {
    if (end + 1 >= body.size() || std::string_view("rsa").find(body[end + 1]) == std::string_view::npos) {
      return fail("invalid conversion character: expected 's', 'r', or 'a'");
    }
    conversion = body[end + 1] == 'a' ? 'r' : body[end + 1];
    end += 2;
  }
  ExpressionPtr specification;
  if (end < body.size() && body[end] == ':') {
    int depth = 0;
    size_t stop = end + 1;
    for (; stop < body.size() && (depth > 0 || body[stop] != '}'); ++stop) {
      if (body[stop] == '{') ++depth;
      if (body[stop] == '}') --depth;
    }
    std::vector<ExpressionPtr> inner;
    AppendFString(token, body.substr(end + 1, stop - end - 1), offset + end + 1, raw, nesting + 1, &inner);
    specification = New(ExpressionKind::kFString, range);
    for (ExpressionPtr& part : inner) Adopt(specification.get(), std::move(part));
    end = stop;
  }
  if (end >= body.size() || body[end] != '}') return fail("expecting '}'");
  if (debug && !conversion && !specification) conversion = 'r';
  const SourceRange value_range = value->range;
  ExpressionPtr node = New(ExpressionKind::kFormatted, value_range, std::move(value));
  node->range = value_range;
  node->conversion = conversion;
  if (specification) Adopt(node.get(), std::move(specification));
  parts->push_back(std::move(node));
  return end + 1;
}

// Parses the code of a replacement field and moves its ranges to where it stands in the file.
ExpressionPtr Parser::ParseEmbedded(const Token& token, std::string_view code, size_t offset) {
  int32_t line = token.line;
  int32_t column = token.column;
  for (size_t k = 0; k < offset; ++k) {
    ++column;
    if (token.text[k] == '\n') {
      ++line;
      column = 0;
    }
  }
  std::vector<Token> tokens;
  const std::string wrapped = "(" + std::string(code) + ")";
  std::optional<SyntaxProblem> lexical = Tokenize(wrapped, &tokens);
  for (Token& t : tokens) {
    if (t.line == 1) t.column += column - 1;
    if (t.end_line == 1) t.end_column += column - 1;
    t.line += line - 1;
    t.end_line += line - 1;
  }
  ExpressionPtr value;
  std::optional<SyntaxProblem> problem = lexical;
  if (!problem) {
    Parser inner(std::move(tokens));
    inner.set_depth(depth_ + 1);
    value = inner.ParseWhole();
    problem = inner.problem();
  }
  if (problem) {
    const SourceRange range{token.line, token.end_line, token.column, token.end_column};
    Fail("f-string: " + problem->message, range);
    value = std::make_unique<Expression>();
    value->constant = Value::None();
  }
  return value;
}

namespace {

bool ParseHex(std::string_view text, uint32_t* code) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *code, 16);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string Parser::Unescape(const Token& token, std::string_view text, bool raw, bool bytes) {
  std::string out;
  const auto append_code = [&](uint32_t code) {
    if (bytes) {
      out += static_cast<char>(code);
    } else {
      AppendUtf8(code, &out);
    }
  };
  for (size_t k = 0; k < text.size(); ++k) {
    if (text[k] == '\r' && k + 1 < text.size() && text[k + 1] == '\n') continue;
    if (text[k] != '\\' || raw || k + 1 >= text.size()) {
      out += text[k];
      continue;
    }
    const char c = text[++k];
    static constexpr std::string_view kFrom = "\\'\"abfnrtv";
    static constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
    if (const size_t found = kFrom.find(c); found != std::string_view::npos) {
      out += kTo[found];
    } else if (c == '\n') {
      continue;
    } else if (c >= '0' && c <= '7') {
      size_t end = k;
      uint32_t code = 0;
      for (; end < text.size() && end < k + 3 && text[end] >= '0' && text[end] <= '7'; ++end) {
        code = code * 8 + static_cast<uint32_t>(text[end] - '0');
      }
      k = end - 1;
      append_code(code);
    } else if (c == 'x' || ((c == 'u' || c == 'U') && !bytes)) {
      const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      uint32_t code = 0;
      if (!ParseHex(text.substr(k + 1, digits), &code) || text.size() < k + 1 + digits || code > 0x10FFFF) {
        const char* form = c == 'x' ? "\\xXX" : c == 'u' ? "\\uXXXX" : "\\UXXXXXXXX";
        Fail(std::string("(unicode error) 'unicodeescape' codec can't decode bytes: truncated ") + form +
                 " escape",
             {token.line, token.end_line, token.column, token.end_column});
        return out;
      }
      append_code(code);
      k += digits;
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace lathe::script
