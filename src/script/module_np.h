// The numpy module, in parts: each function adds its rows to the module or to the classes of arrays and
// scalars. The natives of these files throw lathe::Error for wrong arguments; Vm::Guard makes exceptions of
// them.
#pragma once

#include "src/script/arrays.h"
#include "src/script/natives.h"

namespace lathe::script {

void DefineNumpyCreation(Vm& vm, ModuleObject& np);    // module_np_create.cc
void DefineNumpyReductions(Vm& vm, ModuleObject& np);  // module_np_reduce.cc
void DefineNumpyShapes(Vm& vm, ModuleObject& np);      // module_np_shape.cc
void DefineNumpySearching(Vm& vm, ModuleObject& np);   // module_np_search.cc
void DefineNumpyTypes(Vm& vm, ModuleObject& np);       // module_np_types.cc
void DefineNumpyFiles(Vm& vm, ModuleObject& np);       // module_np_files.cc
void DefineNumpyRandom(Vm& vm, ModuleObject& np);      // module_np_random.cc

// Methods of arrays and scalars, from the same files.
void DefineReductionMethods(Vm& vm);
void DefineShapeMethods(Vm& vm);
void DefineSearchMethods(Vm& vm);

// ---- Arguments --------------------------------------------------------------------------------------
inline Error TypeErrorOf(std::string message) { return Error(ErrorKind::kType, message); }

// An optional integer, float or flag.
int64_t IntegerOr(Vm& vm, const Arguments& a, size_t k, int64_t fallback);
double NumberOr(Vm& vm, const Arguments& a, size_t k, double fallback);
bool FlagOr(Vm& vm, const Arguments& a, size_t k, bool fallback);
std::optional<int64_t> AxisOf(Vm& vm, const Arguments& a, size_t k);
std::optional<DType> DTypeOfArgument(Vm& vm, const Arguments& a, size_t k);
std::string TextOr(Vm& vm, const Arguments& a, size_t k, std::string fallback);
// The arrays of a sequence argument.
std::vector<Array> ArraysOf(Vm& vm, const Value& sequence);
std::vector<Value> ItemsOf(Vm& vm, const Value& x);
// Calls back into the VM's value operations: throws PendingError for an Error.
Value Check(Value value);
// Values of a one-dimensional array as doubles.
std::vector<double> DoublesOf(const Array& array);
// `axis` of an array of `rank`, made non-negative; throws IndexError.
int AxisIn(int64_t axis, int rank);

}  // namespace lathe::script
