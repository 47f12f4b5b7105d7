// Tables of native functions: how built-in classes and modules are defined. Each row gives a name, its
// parameters in Python's notation and the function; the Define functions install the rows.
#pragma once

#include <span>

#include "src/script/vm.h"

namespace lathe::script {

struct NativeRow {
  const char* name;
  const char* parameters;  // "a, axis=None, *, keepdims=False"; "*args" allows more positional ones
  NativeFunction function;
};

std::shared_ptr<const Signature> ParseSignature(Vm& vm, std::string_view parameters);
Ref<NativeObject> MakeNative(Vm& vm, const NativeRow& row);
void DefineFunctions(Vm& vm, Namespace& names, std::span<const NativeRow> rows);
// Methods: `self` comes before the parameters of each row.
void DefineMethods(Vm& vm, ClassObject& type, std::span<const NativeRow> rows);
// Attributes computed when read; each row's function gets `self`.
void DefineProperties(Vm& vm, ClassObject& type, std::span<const NativeRow> rows);
// How calling the class makes a value: `cls` comes before the parameters.
void DefineConstructor(Vm& vm, ClassObject& type, const char* parameters, NativeFunction function);

// What the language's built-in names are (builtins.cc), and the methods of the built-in classes.
void DefineBuiltins(Vm& vm);
void DefineConstructors(Vm& vm);
void DefineStringMethods(Vm& vm);
void DefineContainerMethods(Vm& vm);
void DefineNumberMethods(Vm& vm);
void DefineExceptionMethods(Vm& vm);
void DefineFileMethods(Vm& vm);
void DefineArrayMethods(Vm& vm);

// The modules a script can import.
void RegisterStandardModules(Vm& vm);
void RegisterNumpy(Vm& vm);
void RegisterFfi(Vm& vm);

// A string argument; Error-throwing if it is none.
bool ToStringArgument(Vm& vm, const Value& x, const char* what, std::string* out);

// Sorts values in place, stably, by `key` (None: themselves); false with an exception.
bool SortValues(Vm& vm, std::vector<Value>* values, const Value& key, bool reverse);

}  // namespace lathe::script
