// What a new VM contains: its stack, the well-known names, the built-in classes and exceptions, and how
// modules are found.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/compiler.h"
#include "src/script/loop_recorder/loop_jit.h"
#include "src/script/natives.h"
#include "src/script/traceback.h"
#include "src/script/vm.h"

namespace lathe::script {
namespace {

Ref<ClassObject> NewClass(BuiltinClasses& classes, const std::string& name, Ref<ClassObject> base = nullptr,
                          const std::string& module = "builtins") {
  Ref<ClassObject> type = Make<ClassObject>(name, module);
  if (!base) base = classes.object;
  if (base) type->bases.push_back(base);
  type->order.push_back(type.get());
  if (base) type->order.insert(type->order.end(), base->order.begin(), base->order.end());
  return type;
}

void DefineLanguageClasses(BuiltinClasses& c) {
  c.object = NewClass(c, "object");
  c.type = NewClass(c, "type");
  c.none = NewClass(c, "NoneType");
  c.ellipsis = NewClass(c, "ellipsis");
  c.not_implemented = NewClass(c, "NotImplementedType");
  c.integer = NewClass(c, "int");
  c.boolean = NewClass(c, "bool", c.integer);
  c.number = NewClass(c, "float");
  c.string = NewClass(c, "str");
  c.bytes = NewClass(c, "bytes");
  c.list = NewClass(c, "list");
  c.tuple = NewClass(c, "tuple");
  c.dict = NewClass(c, "dict");
  c.set = NewClass(c, "set");
  c.range = NewClass(c, "range");
  c.slice = NewClass(c, "slice");
  c.function = NewClass(c, "function");
  c.cell = NewClass(c, "cell");
  c.method = NewClass(c, "method");
  c.native = NewClass(c, "builtin_function_or_method");
  c.module = NewClass(c, "module");
  c.iterator = NewClass(c, "iterator");
  c.generator = NewClass(c, "generator");
  c.keys = NewClass(c, "dict_keys");
  c.values = NewClass(c, "dict_values");
  c.items = NewClass(c, "dict_items");
  c.property = NewClass(c, "property");
  c.static_method = NewClass(c, "staticmethod");
  c.class_method = NewClass(c, "classmethod");
  c.super = NewClass(c, "super");
  c.file = NewClass(c, "TextIOWrapper", nullptr, "_io");
  c.code = NewClass(c, "code");
}

void DefineNumpyClasses(Vm& vm, BuiltinClasses& c) {
  const Ref<StringObject> full_name = vm.Intern("__full_name__");
  const auto numpy_class = [&](const std::string& name, Ref<ClassObject> base = nullptr) {
    Ref<ClassObject> type = NewClass(c, name, base, "numpy");
    type->attributes.Set(full_name, Str(absl::StrCat("numpy.", name)));
    return type;
  };
  c.array = numpy_class("ndarray");
  c.dtype = numpy_class("dtype");
  c.ufunc = numpy_class("ufunc");
  c.random = NewClass(c, "Generator", nullptr, "numpy.random._generator");
  c.archive = NewClass(c, "NpzFile", nullptr, "numpy.lib.npyio");
  c.generic = numpy_class("generic");
  c.numpy_number = numpy_class("number", c.generic);
  c.numpy_integer = numpy_class("integer", c.numpy_number);
  c.signed_integer = numpy_class("signedinteger", c.numpy_integer);
  c.unsigned_integer = numpy_class("unsignedinteger", c.numpy_integer);
  c.inexact = numpy_class("inexact", c.numpy_number);
  c.floating = numpy_class("floating", c.inexact);
  for (int k = 0; k < kDTypeCount; ++k) {
    const auto dtype = static_cast<DType>(k);
    const Ref<ClassObject>& base = IsBool(dtype)       ? c.generic
                                   : IsFloat(dtype)    ? c.floating
                                   : IsUnsigned(dtype) ? c.unsigned_integer
                                                       : c.signed_integer;
    Ref<ClassObject> type = numpy_class(std::string(Name(dtype)), base);
    type->dtype = dtype;
    if (dtype == DType::kFloat64) {
      // np.float64 is also a Python float.
      type->bases.push_back(c.number);
      type->order.insert(type->order.end() - 1, c.number.get());
    }
    c.scalars.push_back(type);
  }
}

void DefineExceptionClasses(BuiltinClasses& c) {
  struct Row {
    ErrorKind kind;
    const char* name;
    ErrorKind parent;
  };
  static constexpr Row kRows[] = {
#define ERROR_KIND(ID, PYTHON_NAME, PARENT_ID) {ErrorKind::k##ID, PYTHON_NAME, ErrorKind::k##PARENT_ID},
#include "lathe/errors.def"
#undef ERROR_KIND
  };
  c.base_exception = NewClass(c, "BaseException");
  c.base_exception->error = ErrorKind::kException;
  for (const Row& row : kRows) {
    Ref<ClassObject> type;
    for (const Ref<ClassObject>& known : c.exceptions) {
      // Several kinds may stand for one Python class.
      if (known->name == row.name) type = known;
    }
    if (!type) {
      const bool root = row.parent == row.kind;
      type = NewClass(c, row.name, root ? c.base_exception : c.exceptions[static_cast<size_t>(row.parent)]);
      type->error = row.kind;
    }
    c.exceptions.push_back(type);
  }
  // NumPy's error for a bad axis is a ValueError and an IndexError.
  const Ref<ClassObject>& value = c.exceptions[static_cast<size_t>(ErrorKind::kValue)];
  const Ref<ClassObject>& index = c.exceptions[static_cast<size_t>(ErrorKind::kIndex)];
  c.axis_error = NewClass(c, "AxisError", value, "numpy.exceptions");
  c.axis_error->bases.push_back(index);
  c.axis_error->order.insert(c.axis_error->order.begin() + 2, index->order.begin(), index->order.begin() + 2);
  c.axis_error->error = ErrorKind::kIndex;
}

WellKnownNames MakeNames(Interner& interner) {
  WellKnownNames names;
  const auto set = [&](Ref<StringObject>& name, const char* text) { name = interner.Intern(text); };
  set(names.init, "__init__"), set(names.repr, "__repr__"), set(names.str, "__str__"),
      set(names.call, "__call__");
  set(names.len, "__len__"), set(names.getitem, "__getitem__"), set(names.setitem, "__setitem__");
  set(names.delitem, "__delitem__"), set(names.iter, "__iter__"), set(names.next, "__next__");
  set(names.contains, "__contains__"), set(names.eq, "__eq__"), set(names.ne, "__ne__"),
      set(names.lt, "__lt__");
  set(names.le, "__le__"), set(names.gt, "__gt__"), set(names.ge, "__ge__"), set(names.hash, "__hash__");
  set(names.boolean, "__bool__"), set(names.enter, "__enter__"), set(names.exit, "__exit__");
  set(names.getattr, "__getattr__"), set(names.name, "__name__"), set(names.qualname, "__qualname__");
  set(names.doc, "__doc__"), set(names.dict, "__dict__"), set(names.module, "__module__"),
      set(names.float_, "__float__");
  set(names.int_, "__int__"), set(names.index, "__index__"), set(names.neg, "__neg__"),
      set(names.pos, "__pos__");
  set(names.invert, "__invert__"), set(names.abs, "__abs__"), set(names.format, "__format__");
  set(names.class_, "__class__"), set(names.all, "__all__"), set(names.bases, "__bases__"),
      set(names.args, "args");
  return names;
}

}  // namespace

Vm::Vm() : names_(MakeNames(interner_)), out_(&std::cout), err_(&std::cerr) {
  // Zeroed memory is a stack of Undefined values, and untouched pages cost nothing.
  stack_.reset(static_cast<Value*>(std::calloc(kStackValues, sizeof(Value))));
  frame_memory_.reset(static_cast<Frame*>(std::calloc(kMaxFrames, sizeof(Frame))));
  if (!stack_ || !frame_memory_) throw std::bad_alloc();
  stack_top_ = stack_.get();
  stack_limit_ = stack_top_ + kStackValues;
  frames_ = frame_memory_.get();
  DefineLanguageClasses(classes_);
  DefineExceptionClasses(classes_);
  DefineNumpyClasses(*this, classes_);
  DefineConstructors(*this);
  DefineStringMethods(*this);
  DefineContainerMethods(*this);
  DefineNumberMethods(*this);
  DefineExceptionMethods(*this);
  DefineFileMethods(*this);
  DefineArrayMethods(*this);
  DefineBuiltins(*this);
  next_function_ = *builtins_.Find(Intern("next").get());
  for (size_t k = 0; k < std::size(kConsumers); ++k)
    consumers_[k] = *builtins_.Find(Intern(kConsumers[k].name).get());
  RegisterStandardModules(*this);
  RegisterNumpy(*this);
  RegisterFfi(*this);
}

namespace {

// Breaks the cycles of a namespace: its functions refer to the module or class that holds them.
void Empty(Namespace& names) {
  std::vector<Value> values;
  values.swap(names.values);
  names.values.resize(values.size());
  names.fallbacks.assign(values.size(), Value());
}

}  // namespace

Vm::~Vm() {
  pending_ = nullptr;
  handled_ = nullptr;
  for (auto& [name, module] : modules_) Empty(module->variables);
  Empty(builtins_);
  for (const Ref<ClassObject>& type : classes_.exceptions) Empty(type->attributes);
}

// ---- Errors -----------------------------------------------------------------------------------------
Value Vm::Throw(ErrorKind kind, std::string message) {
  Ref<ExceptionObject> exception = Make<ExceptionObject>(classes_.exceptions[static_cast<size_t>(kind)]);
  if (!message.empty()) exception->arguments.push_back(Str(std::move(message)));
  return ThrowException(std::move(exception));
}

Value Vm::ThrowError(const Error& error) {
  const std::string_view text = error.what();
  if (error.kind() != ErrorKind::kIndex || !text.starts_with("axis "))
    return Throw(error.kind(), std::string(text));
  Ref<ExceptionObject> exception = Make<ExceptionObject>(classes_.axis_error);
  exception->arguments.push_back(Str(std::string(text)));
  return ThrowException(std::move(exception));
}

Value Vm::ThrowException(Ref<ExceptionObject> exception) {
  if (handled_ && !(handled_ == exception)) {
    // The exception being handled becomes the context, without making the chain a circle.
    for (ExceptionObject* e = handled_.get(); e; e = e->context.get()) {
      if (e->context == exception) {
        e->context = nullptr;
        break;
      }
    }
    exception->context = handled_;
  }
  pending_ = std::move(exception);
  reraising_ = false;
  return Value::Error();
}

// ---- Modules ----------------------------------------------------------------------------------------
Ref<ModuleObject> Vm::NewModule(const std::string& name) {
  Ref<ModuleObject> module = Make<ModuleObject>(name);
  module->variables.builtins = &builtins_;
  module->variables.Set(names_.name, Str(name));
  return module;
}

Ref<ModuleObject> Vm::FindModule(const std::string& name) {
  const auto loaded = modules_.find(name);
  if (loaded != modules_.end()) return loaded->second;
  const auto maker = makers_.find(name);
  if (maker == makers_.end()) return nullptr;
  Ref<ModuleObject> module = maker->second(*this);
  modules_[name] = module;
  return module;
}

bool Vm::RunPrelude(ModuleObject& module) {
  const std::string_view text = std::exchange(module.prelude, {});
  Ref<ModuleObject> part = NewModule(absl::StrCat(module.name, ".prelude"));
  AddModule(part);
  std::optional<SyntaxProblem> problem;
  std::shared_ptr<const SourceFile> source =
      SourceFile::Make(absl::StrCat("<", module.name, ">"), std::string(text));
  Ref<CodeObject> code = Compile(source, *part, interner_, {}, &problem);
  if (!code) {
    ThrowException(MakeSyntaxError(*this, *source, *problem));
    return false;
  }
  if (RunModule(code, part.get()).IsError()) return false;
  for (const Ref<StringObject>& name : part->variables.names) {
    const Value* value = part->variables.Find(name.get());
    if (!value || name->text().starts_with('_') || value->IsObject(ObjectKind::kModule)) continue;
    if (!module.variables.Find(name.get())) module.variables.Set(name, *value);
  }
  return true;
}

Value Vm::Import(const std::string& name) {
  if (Ref<ModuleObject> module = FindModule(name)) return module;
  if (failed()) return Value::Error();
  const std::filesystem::path path = std::filesystem::path(script_folder_) / (name + ".py");
  std::error_code ignored;
  if (script_folder_.empty() || name.find('.') != std::string::npos ||
      !std::filesystem::is_regular_file(path, ignored)) {
    const size_t dot = name.rfind('.');
    const bool package = dot != std::string::npos && FindModule(name.substr(0, dot));
    std::string message = absl::StrCat("No module named '", name, "'");
    if (package) absl::StrAppend(&message, "; '", name.substr(0, dot), "' has no such part in Lathe");
    return Throw(ErrorKind::kModuleNotFound, std::move(message));
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  Ref<ModuleObject> module = NewModule(name);
  std::optional<SyntaxProblem> problem;
  std::shared_ptr<const SourceFile> source = SourceFile::Make(path.string(), text.str());
  Ref<CodeObject> code = Compile(source, *module, interner_, {}, &problem);
  if (!code) return ThrowException(MakeSyntaxError(*this, *source, *problem));
  modules_[name] = module;
  if (RunModule(code, module.get()).IsError()) {
    modules_.erase(name);
    return Value::Error();
  }
  return module;
}

}  // namespace lathe::script
