// Declarations: what the C declarations that a program gave say, by name: types, functions, variables and
// constants. The parser (parser.h) fills it; libraries and the script's ffi module read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ffi/c_type.h"

namespace lathe::ffi {

// A function or variable that a library may have.
struct Declaration {
  std::string name;
  const CType* type = nullptr;
  bool constant = false;     // of a variable
  bool pure = false;         // of a function: __attribute__((const))
  bool thread_safe = false;  // of a function: __attribute__((threadsafe))
};

class Declarations {
 public:
  Declarations();
  Declarations(const Declarations&) = delete;
  Declarations& operator=(const Declarations&) = delete;

  // Parses `source` and adds what it declares. Throws ValueError with line, column and caret; then nothing
  // has been added.
  void Add(std::string_view source);
  // The type that `text` names: "struct point *", "int (*)(int)". Throws ValueError.
  Qualified ParseType(std::string_view text);

  const Declaration* Find(std::string_view name) const;
  // All functions and variables, by name.
  std::vector<Declaration> All() const;
  // The one function or variable that is declared; null if there are none or several.
  const Declaration* Only() const { return declared_.size() == 1 ? &declared_.begin()->second : nullptr; }
  std::optional<int64_t> Constant(std::string_view name) const;
  CTypes& types() { return types_; }
  const CTypes& types() const { return types_; }

 private:
  friend class Parser;
  using Names = std::map<std::string, Qualified, std::less<>>;

  CTypes types_;
  Names typedefs_;
  std::map<std::string, CType*, std::less<>> tags_;  // "struct point"
  std::map<std::string, int64_t, std::less<>> constants_;
  std::map<std::string, Declaration, std::less<>> declared_;
};

}  // namespace lathe::ffi
