// Values as text: repr, str and format.
#pragma once

#include <string>
#include <string_view>

#include "src/script/vm.h"

namespace lathe::script {

bool Repr(Vm& vm, const Value& x, std::string* out);
bool ToText(Vm& vm, const Value& x, std::string* out);
// format(x, specification)
bool Format(Vm& vm, const Value& x, std::string_view specification, std::string* out);
// template % arguments
Value PercentFormat(Vm& vm, std::string_view format, const Value& arguments);

std::string QuoteString(std::string_view text, bool bytes = false);
// A float as repr writes it: the shortest digits that read back.
std::string FloatText(double x);
std::string FloatText(float x);
// A NumPy scalar as str writes it.
std::string ScalarText(Scalar scalar);

}  // namespace lathe::script
