// numpy: dtypes, scalar classes, finfo and iinfo.
#include <cmath>
#include <limits>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// np.float32(x): a scalar, or an array if x is a sequence.
Value NewScalar(Vm& vm, const Arguments& a) {
  const auto* type = a[0].Get<ClassObject>();
  if (!type->dtype) throw TypeErrorOf(absl::StrCat("cannot create '", type->name, "' instances"));
  const DType dtype = *type->dtype;
  if (!a.Has(1)) return Value::Of(Scalar{dtype, 0});
  const Array array = ToArray(vm, a[1], dtype);
  return array.rank() == 0 ? Value::Of(array.item()) : WrapArray(array);
}

// np.ndarray(shape, dtype): memory of any content; zeros here.
Value NewNdarray(Vm& vm, const Arguments& a) {
  return WrapArray(Zeros(ToShape(vm, a[1]), DTypeOfArgument(vm, a, 2).value_or(DType::kFloat64)));
}

// ---- dtype ------------------------------------------------------------------------------------------
DType Self(const Arguments& a) { return a[0].Get<DTypeObject>()->dtype; }

Value NewDType(Vm& vm, const Arguments& a) { return Make<DTypeObject>(ToDType(vm, a[1])); }
Value DTypeName(Vm&, const Arguments& a) { return Str(std::string(Name(Self(a)))); }
Value DTypeText(Vm&, const Arguments& a) { return Str(std::string(Info(Self(a)).descriptor)); }
Value DTypeSize(Vm&, const Arguments& a) { return Value::Int(ItemSize(Self(a))); }
Value DTypeKindText(Vm&, const Arguments& a) {
  const DType dtype = Self(a);
  return Str(IsBool(dtype) ? "b" : IsFloat(dtype) ? "f" : IsUnsigned(dtype) ? "u" : "i");
}
Value DTypeClass(Vm& vm, const Arguments& a) { return vm.classes().scalars[static_cast<size_t>(Self(a))]; }

constexpr NativeRow kDTypeProperties[] = {{"name", "", DTypeName},
                                          {"str", "", DTypeText},
                                          {"itemsize", "", DTypeSize},
                                          {"kind", "", DTypeKindText},
                                          {"type", "", DTypeClass}};

// ---- finfo, iinfo -----------------------------------------------------------------------------------
DType DTypeOfAny(Vm& vm, const Value& x) {
  if (x.IsScalar() || x.IsFloat() || x.IsIntegral() || AsArray(x)) return ToArray(vm, x).dtype();
  return ToDType(vm, x);
}

void SetAttribute(Vm& vm, InstanceObject& instance, const char* name, Value value) {
  instance.attributes.Set(vm.Intern(name), std::move(value));
}

template <class T>
void DescribeFloat(Vm& vm, InstanceObject& info) {
  using Limits = std::numeric_limits<T>;
  const auto set = [&](const char* name, T value) {
    SetAttribute(vm, info, name, Value::Of(Scalar::Of(value)));
  };
  set("eps", Limits::epsilon());
  set("epsneg", Limits::epsilon() / 2);
  set("max", Limits::max());
  set("min", Limits::lowest());
  set("tiny", Limits::min());
  set("smallest_normal", Limits::min());
  set("smallest_subnormal", Limits::denorm_min());
  set("resolution", static_cast<T>(std::is_same_v<T, float> ? 1e-6 : 1e-15));
  SetAttribute(vm, info, "bits", Value::Int(static_cast<int64_t>(8 * sizeof(T))));
  SetAttribute(vm, info, "precision", Value::Int(Limits::digits10));
  SetAttribute(vm, info, "nmant", Value::Int(Limits::digits - 1));
}

Value NewFinfo(Vm& vm, const Arguments& a) {
  const DType dtype = DTypeOfAny(vm, a[1]);
  if (!IsFloat(dtype))
    throw ValueError(absl::StrCat("data type <class 'numpy.", std::string(Name(dtype)), "'> not inexact"));
  Ref<InstanceObject> info = Make<InstanceObject>(Ref<ClassObject>(a[0].Get<ClassObject>()));
  if (dtype == DType::kFloat32) {
    DescribeFloat<float>(vm, *info);
  } else {
    DescribeFloat<double>(vm, *info);
  }
  SetAttribute(vm, *info, "dtype", Make<DTypeObject>(dtype));
  return info;
}

Value NewIinfo(Vm& vm, const Arguments& a) {
  const DType dtype = DTypeOfAny(vm, a[1]);
  if (!IsInteger(dtype))
    throw ValueError(absl::StrCat("Invalid integer data type '", IsBool(dtype) ? "b" : "f", "'."));
  Ref<InstanceObject> info = Make<InstanceObject>(Ref<ClassObject>(a[0].Get<ClassObject>()));
  VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    SetAttribute(vm, *info, "min", PythonNumber(Scalar::Of(std::numeric_limits<T>::lowest())));
    SetAttribute(vm, *info, "max", PythonNumber(Scalar::Of(std::numeric_limits<T>::max())));
  });
  SetAttribute(vm, *info, "bits", Value::Int(8 * ItemSize(dtype)));
  SetAttribute(vm, *info, "dtype", Make<DTypeObject>(dtype));
  return info;
}

Value ResultType(Vm& vm, const Arguments& a) {
  std::optional<DType> dtype;
  for (const Value& x : a.rest) {
    const DType one = DTypeOfAny(vm, x);
    dtype = dtype ? Promote(*dtype, one) : one;
  }
  if (!dtype) throw ValueError("at least one array or dtype is required");
  return Make<DTypeObject>(*dtype);
}

Value IsSubDType(Vm& vm, const Arguments& a) {
  const ClassObject* type = vm.classes().scalars[static_cast<size_t>(ToDType(vm, a[0]))].get();
  if (auto* expected = a[1].As<ClassObject>(); expected && !expected->dtype && expected->module == "numpy") {
    return Value::Bool(type->IsSubclassOf(expected));
  }
  return Value::Bool(type == vm.classes().scalars[static_cast<size_t>(ToDType(vm, a[1]))].get());
}

Value IsScalarValue(Vm&, const Arguments& a) {
  return Value::Bool(a[0].IsScalar() || a[0].IsIntegral() || a[0].IsFloat() || a[0].As<StringObject>() ||
                     (AsArray(a[0]) && !AsProperArray(a[0])));
}

constexpr NativeRow kFunctions[] = {{"result_type", "*args", ResultType},
                                    {"promote_types", "*args", ResultType},
                                    {"issubdtype", "arg1, arg2", IsSubDType},
                                    {"isscalar", "element", IsScalarValue}};

Ref<ClassObject> NewInfoClass(Vm& vm, const char* name, NativeFunction construct) {
  Ref<ClassObject> type = Make<ClassObject>(name, "numpy");
  type->order = {type.get(), vm.classes().object.get()};
  type->bases = {vm.classes().object};
  DefineConstructor(vm, *type, "dtype", construct);
  return type;
}

}  // namespace

void DefineNumpyTypes(Vm& vm, ModuleObject& np) {
  BuiltinClasses& c = vm.classes();
  DefineConstructor(vm, *c.generic, "x=0", NewScalar);
  c.scalars[static_cast<size_t>(DType::kFloat64)]->construct = c.generic->construct;
  DefineConstructor(vm, *c.dtype, "dtype", NewDType);
  DefineConstructor(vm, *c.array, "shape, dtype=float", NewNdarray);
  DefineProperties(vm, *c.dtype, kDTypeProperties);
  const auto set = [&](const char* name, const Ref<ClassObject>& type) {
    np.variables.Set(vm.Intern(name), type);
  };
  for (int k = 0; k < kDTypeCount; ++k)
    set(std::string(Name(static_cast<DType>(k))).c_str(), c.scalars[static_cast<size_t>(k)]);
  static constexpr std::pair<const char*, DType> kAliases[] = {
      {"bool_", DType::kBool},      {"double", DType::kFloat64}, {"single", DType::kFloat32},
      {"int_", DType::kInt64},      {"intp", DType::kInt64},     {"uint", DType::kUInt64},
      {"uintp", DType::kUInt64},    {"longlong", DType::kInt64}, {"long", DType::kInt64},
      {"intc", DType::kInt32},      {"uintc", DType::kUInt32},   {"short", DType::kInt16},
      {"ushort", DType::kUInt16},   {"byte", DType::kInt8},      {"ubyte", DType::kUInt8},
      {"ulonglong", DType::kUInt64}};
  for (const auto& [alias, dtype] : kAliases) set(alias, c.scalars[static_cast<size_t>(dtype)]);
  set("ndarray", c.array), set("dtype", c.dtype), set("ufunc", c.ufunc), set("generic", c.generic),
      set("number", c.numpy_number);
  set("integer", c.numpy_integer), set("signedinteger", c.signed_integer),
      set("unsignedinteger", c.unsigned_integer);
  set("inexact", c.inexact), set("floating", c.floating);
  set("finfo", NewInfoClass(vm, "finfo", NewFinfo));
  set("iinfo", NewInfoClass(vm, "iinfo", NewIinfo));
  DefineFunctions(vm, np.variables, kFunctions);
}

}  // namespace lathe::script
