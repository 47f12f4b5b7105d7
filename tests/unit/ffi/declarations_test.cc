// The parser: what it understands, by writing it back, and what it refuses, with the place.
#include "src/ffi/declarations.h"

#include <gtest/gtest.h>

#include "lathe/error.h"

namespace lathe::ffi {
namespace {

std::string Again(const std::string& text, const std::string& name) {
  Declarations declarations;
  declarations.Add(text);
  const Declaration* declaration = declarations.Find(name);
  return declaration ? DeclarationText(*declaration->type, name) : "nothing";
}

struct Written {
  const char* name;
  const char* text;
};

TEST(Declarations, AreWrittenBackAsC) {
  for (const Written& row : {
           Written{"j0", "double j0(double)"},
           Written{"signal", "int (*signal(int, void (*)(int)))(int)"},
           Written{"bsearch",
                   "void *bsearch(const void *, unsigned long, int (*)(const void *, const void *))"},
           Written{"environ", "const char *const *environ"},
           Written{"table", "int (*table[3])(int, ...)"},
           Written{"matrix", "double (*matrix)[4]"},
           Written{"grid", "int grid[2][3]"},
           Written{"f", "char *(*(*f)(int))[5]"},
           Written{"printf", "int printf(const char *, ...)"},
           Written{"nothing", "void nothing(void)"},
           Written{"make", "struct opaque *make(void)"},
       }) {
    EXPECT_EQ(Again(std::string(row.text) + ";", row.name), row.text);
  }
}

TEST(Declarations, OfHeaders) {
  EXPECT_EQ(Again("extern int f(register int x, unsigned long int long);", "f"),
            "int f(int, unsigned long long)");
  EXPECT_EQ(
      Again(
          "typedef unsigned char Byte; typedef Byte Bytef; unsigned f(const Bytef *buf /* data */, size_t);",
          "f"),
      "unsigned int f(const unsigned char *, unsigned long)");
  EXPECT_EQ(Again("int f(int (int), char a[], double b[3][4]);", "f"),
            "int f(int (*)(int), char *, double *)");
  EXPECT_EQ(Again("typedef struct sqlite3 sqlite3; int f(sqlite3 **out);", "f"), "int f(struct sqlite3 **)");
  EXPECT_EQ(Again("char *f(char *restrict to) __attribute__((__nothrow__, __nonnull__(1)));", "f"),
            "char *f(char *)");
  EXPECT_EQ(Again("int a, *b, c(int);", "b"), "int *b");
  EXPECT_EQ(Again("int (f)(int(int), int (g)(char));", "f"), "int f(int (*)(int), int (*)(char))");
  EXPECT_EQ(Again("enum color { RED, GREEN }; enum color f(enum color x);", "f"), "enum color f(enum color)");
}

TEST(Declarations, Attributes) {
  Declarations declarations;
  declarations.Add(
      "__attribute__((const)) double a(double); double b(double) __attribute__((const, threadsafe)); double "
      "c(double);");
  EXPECT_TRUE(declarations.Find("a")->pure);
  EXPECT_FALSE(declarations.Find("a")->thread_safe);
  EXPECT_TRUE(declarations.Find("b")->thread_safe);
  EXPECT_FALSE(declarations.Find("c")->pure);
}

TEST(Declarations, LengthsOfParameters) {
  Declarations declarations;
  declarations.Add(
      "enum { K = 3 }; void f(double a[n], long n, int b[static 4], char c[rows][K * columns], int rows, int "
      "columns);");
  const std::vector<CParameter>& parameters = declarations.Find("f")->type->parameters;
  EXPECT_EQ(parameters[0].length->parameters, std::vector<size_t>{1});
  EXPECT_EQ(parameters[2].length->factor, 4);
  EXPECT_TRUE(parameters[2].length->parameters.empty());
  EXPECT_EQ(parameters[3].length->factor, 3);
  EXPECT_EQ(parameters[3].length->parameters, (std::vector<size_t>{4, 5}));
  EXPECT_FALSE(parameters[1].length);
}

TEST(Declarations, RepeatedAndContradicting) {
  Declarations declarations;
  declarations.Add("double f(double); double f(double x); typedef int number; typedef int number;");
  EXPECT_THROW(declarations.Add("int f(double);"), ValueError);
  EXPECT_THROW(declarations.Add("typedef long number;"), ValueError);
  EXPECT_THROW(declarations.Add("int number(int);"), ValueError);
  declarations.Add("struct s; struct s *g(void); struct s { int x; };");
  EXPECT_THROW(declarations.Add("struct s { int y; };"), ValueError);
}

TEST(Declarations, NothingIsAddedByWhatFails) {
  Declarations declarations;
  declarations.Add("struct s; struct s *make(void);");
  EXPECT_THROW(declarations.Add("typedef int a; struct s { int x; }; enum { ONE = 1 }; int f(b);"),
               ValueError);
  EXPECT_THROW(declarations.ParseType("a"), ValueError);
  EXPECT_FALSE(declarations.Constant("ONE"));
  EXPECT_FALSE(declarations.ParseType("struct s").type->complete);
  declarations.Add("struct s { double y; };");
  EXPECT_EQ(declarations.Find("make")->type->target.type->target.type->size, 8u);
}

struct Refused {
  const char* text;
  const char* place;    // "line 1, column 5"
  const char* message;  // a part of it
};

TEST(Declarations, RefusesWithThePlace) {
  for (const Refused& refused : {
           Refused{"int f(int x", "line 1, column 12", "expected ',' or ')'"},
           Refused{"int f(int)\nint g(int);", "line 2, column 1", "expected ';'"},
           Refused{"#include <math.h>\n", "line 1, column 1", "preprocessor"},
           Refused{"double f(foo x);", "line 1, column 10", "'foo' names no type"},
           Refused{"struct s { int a : 33; };", "line 1, column 18", "33 bits"},
           Refused{"struct s { double a : 3; };", "line 1, column 21", "must be an integer"},
           Refused{"struct s { int a : 3; } __attribute__((packed));", "line 1", "packed"},
           Refused{"long double f(void);", "line 1, column 1", "'long double' is not supported"},
           Refused{"double _Complex f(void);", "line 1, column 8", "'_Complex' is not supported"},
           Refused{"int f(int x) { return x; }", "line 1, column 14", "no body"},
           Refused{"int x = 3;", "line 1, column 7", "no initial value"},
           Refused{"int f(int)(int);", "line 1, column 11", "cannot return a function"},
           Refused{"int a[-1];", "line 1, column 6", "negative"},
           Refused{"int a[1 / 0];", "line 1, column 9", "division by zero"},
           Refused{"void f(double a[n]);", "line 1, column 17", "'n' is no parameter"},
           Refused{"void f(double a[n], double n);", "line 1, column 17", "integer"},
           Refused{"struct s { struct s inner; };", "line 1, column 21", "whose size is not known"},
           Refused{"struct s { int x; int x; };", "line 1, column 23", "'x' already"},
           Refused{"enum { A, A };", "line 1, column 11", "declared already"},
           Refused{"signed float x;", "line 1, column 1", "is no type"},
           Refused{"int f(void) __attribute__((regparm(3)));", "line 1, column 28", "unknown attribute"},
           Refused{"/* no end", "line 1, column 1", "comment"},
           Refused{"int a[99999999999999999999];", "line 1, column 7", "64 bits"},
           Refused{"int a[0x7fffffffffff];", "line 1, column 6", "too large"},
           Refused{"\tint @;", "line 1, column 6", "no place"},
       }) {
    Declarations declarations;
    try {
      declarations.Add(refused.text);
      ADD_FAILURE() << refused.text << " was accepted";
    } catch (const ValueError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(refused.place), std::string::npos) << refused.text << "\n" << message;
      EXPECT_NE(message.find(refused.message), std::string::npos) << refused.text << "\n" << message;
    }
  }
}

TEST(Declarations, DepthIsBounded) {
  Declarations declarations;
  EXPECT_THROW(declarations.Add("int " + std::string(100000, '*') + "x;"), ValueError);
  EXPECT_THROW(declarations.Add("int " + std::string(100000, '(') + "x;"), ValueError);
  EXPECT_THROW(declarations.Add("enum { A = " + std::string(100000, '-') + "1 };"), ValueError);
  std::string structs;
  for (int k = 0; k < 1000; ++k) structs += "struct {";
  EXPECT_THROW(declarations.Add(structs), ValueError);
  std::string typedefs = "typedef int *t0;";
  for (int k = 1; k < 1000; ++k)
    typedefs += "typedef t" + std::to_string(k - 1) + " *t" + std::to_string(k) + ";";
  EXPECT_THROW(declarations.Add(typedefs), ValueError);
}

}  // namespace
}  // namespace lathe::ffi
