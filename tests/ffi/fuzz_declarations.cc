// Looks for crashes and wrong answers of the declaration parser: mutated declarations must be refused with a
// place, or be understood so that what they declare can be written back, parsed again and is the same, and
// laid out soundly. usage: lathe_declaration_fuzz [--count N] [--first SEED]; exits with 1 and the text at
// the first failure.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "lathe/error.h"
#include "src/ffi/call_interface.h"
#include "src/ffi/declarations.h"

namespace lathe::ffi {
namespace {

constexpr const char* kSeeds[] = {
    "double j0(double) __attribute__((const, threadsafe)); int printf(const char *format, ...);",
    "typedef struct { char a; double b; union { int c; float d[3]; }; } variant; variant f(variant *v, int "
    "n);",
    "typedef struct node { struct node *next; void (*visit)(struct node *, int); } node; int walk(const node "
    "*first);",
    "enum color { RED = 1, GREEN = RED << 4, BLUE = (GREEN | 7) - sizeof(int) }; enum color mix(enum color, "
    "int x);",
    "int (*signal(int, void (*)(int)))(int); char *(*(*table[3])(int))[5]; extern const char *const version;",
    "double sum(const double x[rows * columns], int rows, unsigned long columns); void g(char a[static 4], "
    "int b[3][2]);",
    "typedef unsigned char Byte; typedef Byte Bytef; typedef struct z_stream_s *z_streamp; unsigned long "
    "adler32("
    "unsigned long, const Bytef *buf, unsigned int len); int inflate(z_streamp strm, int flush);",
    "struct packed { char a; int b; } __attribute__((packed)); long long int unsigned wide(short int s, "
    "_Bool b);",
    "typedef int number; number add(number a, number b), *find(number); /* a comment */ int64_t h(size_t); "
    "// end",
};
constexpr const char* kWords[] = {"int",        "char",     "struct",
                                  "union",      "enum",     "typedef",
                                  "const",      "unsigned", "*",
                                  "(",          ")",        "[",
                                  "]",          "{",        "}",
                                  ";",          ",",        "=",
                                  "0",          "1",        "99999999999",
                                  "-",          "+",        "/",
                                  "...",        "sizeof",   "void",
                                  "double",     "x",        "f",
                                  "node",       "RED",      "__attribute__((packed))",
                                  "<<",         "?",        ":",
                                  "#",          "'a'",      "static",
                                  "long",       "_Complex", "3.5",
                                  "0x7fffffff", "size_t",   "/*",
                                  "\n",         "\"",       "\x80"};

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string Make() {
    std::string text = kSeeds[Below(std::size(kSeeds))];
    if (Below(3) == 0) text += std::string("\n") + kSeeds[Below(std::size(kSeeds))];
    const size_t changes = 1 + Below(6);
    for (size_t k = 0; k < changes; ++k) Change(&text);
    return text;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  // A place between tokens, roughly: the start of a word or sign.
  size_t Place(const std::string& text) {
    size_t at = Below(text.size() + 1);
    while (at > 0 && at < text.size() && std::isalnum(static_cast<unsigned char>(text[at - 1]))) --at;
    return at;
  }
  void Change(std::string* text) {
    const size_t at = Place(*text), other = Place(*text);
    const size_t length = Below(12);
    switch (Below(6)) {
      case 0:
        text->erase(at, length);
        return;
      case 1:
        text->insert(at, text->substr(other, length));
        return;
      case 2:
      case 3:
        text->insert(at, std::string(" ") + kWords[Below(std::size(kWords))] + " ");
        return;
      case 4:
        text->erase(at, 1 + Below(3));
        text->insert(std::min(at, text->size()), kWords[Below(std::size(kWords))]);
        return;
      default:
        text->resize(Below(8) == 0 ? at : text->size());
        return;
    }
  }

  std::mt19937_64 random_;
};

// What is wrong with a type's layout; "" for nothing.
std::string CheckLayout(const CType& type) {
  if (!type.complete || type.Is(CKind::kFunction)) return "";
  if (type.alignment == 0 || type.size % type.alignment != 0)
    return "a size that is no multiple of the alignment";
  for (const CField& field : type.fields) {
    const CType& inner = *field.type.type;
    if (field.offset + inner.size > type.size) return "a member outside of its struct";
    if (!type.packed && field.offset % inner.alignment != 0) return "a member that is not aligned";
    if (std::string problem = CheckLayout(inner); !problem.empty()) return problem;
  }
  return type.Is(CKind::kArray) ? CheckLayout(*type.target.type) : "";
}

// True if the type can be written without names that only a first text knows.
bool IsNameless(const CType& type) {
  if (type.IsAggregate() || type.Is(CKind::kEnum)) return type.name.empty();
  if (type.target.type && IsNameless(*type.target.type)) return true;
  for (const CParameter& parameter : type.parameters) {
    if (IsNameless(*parameter.type)) return true;
  }
  return false;
}

std::string CheckDeclaration(Declarations& declarations, const Declaration& declaration) {
  const CType& type = *declaration.type;
  if (std::string problem = CheckLayout(type); !problem.empty()) return problem;
  if (!IsNameless(type)) {
    // Parsed beside the first one: it must be the same, or it would be refused.
    const std::string text = DeclarationText(type, declaration.name) + ";";
    try {
      declarations.Add(text);
    } catch (const Error& error) {
      return "what was written back is refused: " + text + "\n" + error.what();
    }
  }
  if (!type.Is(CKind::kFunction) || type.variadic) return "";
  try {
    const CallInterface interface(type);
  } catch (const Error&) {
    // What cannot be passed by value.
  }
  return "";
}

// What is wrong with how `text` was parsed; "" for nothing.
std::string Check(const std::string& text) {
  Declarations declarations;
  try {
    declarations.Add(text);
  } catch (const ValueError& error) {
    return std::strstr(error.what(), "line ") ? "" : "an error without a place: " + std::string(error.what());
  }
  for (const Declaration& declaration : declarations.All()) {
    if (std::string problem = CheckDeclaration(declarations, declaration); !problem.empty()) return problem;
  }
  return "";
}

}  // namespace
}  // namespace lathe::ffi

int main(int argc, char** argv) {
  uint64_t count = 20000, first = 1;
  for (int k = 1; k + 1 < argc; k += 2) {
    if (std::strcmp(argv[k], "--count") == 0) count = std::strtoull(argv[k + 1], nullptr, 10);
    if (std::strcmp(argv[k], "--first") == 0) first = std::strtoull(argv[k + 1], nullptr, 10);
  }
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = lathe::ffi::Mutator(seed).Make();
    const std::string problem = lathe::ffi::Check(text);
    if (problem.empty()) continue;
    std::printf("seed %llu: %s\n%s\n", static_cast<unsigned long long>(seed), problem.c_str(), text.c_str());
    std::printf("declarations: %llu passed, 1 failed\n", static_cast<unsigned long long>(seed - first));
    return 1;
  }
  std::printf("declarations: %llu passed, 0 failed\n", static_cast<unsigned long long>(count));
  return 0;
}
