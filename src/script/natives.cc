// Installs the rows of native functions.
#include "src/script/natives.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/script/attributes.h"

namespace lathe::script {

std::shared_ptr<const Signature> ParseSignature(Vm& vm, std::string_view parameters) {
  auto signature = std::make_shared<Signature>();
  bool keyword_only = false;
  for (absl::string_view item :
       absl::StrSplit(absl::string_view(parameters.data(), parameters.size()), ',', absl::SkipWhitespace())) {
    item = absl::StripAsciiWhitespace(item);
    if (absl::ConsumePrefix(&item, "**")) {
      signature->names.push_back(vm.Intern(std::string_view(item.data(), item.size())));
      signature->keywords = true;
      continue;
    }
    if (item[0] == '*') {
      keyword_only = true;
      signature->rest = item.size() > 1;
      continue;
    }
    const bool optional = item.find('=') != absl::string_view::npos;
    const absl::string_view name = absl::StripAsciiWhitespace(item.substr(0, item.find('=')));
    signature->names.push_back(vm.Intern(std::string_view(name.data(), name.size())));
    if (!keyword_only) ++signature->positional;
    if (!optional && !keyword_only) ++signature->required;
  }
  return signature;
}

Ref<NativeObject> MakeNative(Vm& vm, const NativeRow& row) {
  return Make<NativeObject>(row.name, row.function, ParseSignature(vm, row.parameters));
}

void DefineFunctions(Vm& vm, Namespace& names, std::span<const NativeRow> rows) {
  for (const NativeRow& row : rows) names.Set(vm.Intern(row.name), MakeNative(vm, row));
}

void DefineMethods(Vm& vm, ClassObject& type, std::span<const NativeRow> rows) {
  for (const NativeRow& row : rows) {
    const std::string parameters = absl::StrCat("self, ", row.parameters);
    Ref<NativeObject> method = MakeNative(vm, {row.name, parameters.c_str(), row.function});
    method->is_method = true;
    type.attributes.Set(vm.Intern(row.name), method);
  }
}

void DefineProperties(Vm& vm, ClassObject& type, std::span<const NativeRow> rows) {
  for (const NativeRow& row : rows) {
    Ref<NativeObject> getter = MakeNative(vm, {row.name, "self", row.function});
    type.has_properties = true;
    type.attributes.Set(vm.Intern(row.name), Make<PropertyObject>(PropertyObject::Role::kProperty, getter));
  }
}

void DefineConstructor(Vm& vm, ClassObject& type, const char* parameters, NativeFunction function) {
  const std::string all = absl::StrCat("cls, ", parameters);
  type.construct = MakeNative(vm, {type.name.c_str(), all.c_str(), function});
  type.construct->is_method = true;
}

bool ToStringArgument(Vm& vm, const Value& x, const char* what, std::string* out) {
  if (auto* text = x.As<StringObject>()) {
    *out = text->text();
    return true;
  }
  vm.ThrowType(absl::StrCat(what, " must be str, not ", TypeName(vm, x)));
  return false;
}

}  // namespace lathe::script
