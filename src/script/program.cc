// Values of C++ to values of scripts and back; exceptions of scripts to exceptions of C++.
#include "src/script/program.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "src/script/arrays.h"
#include "src/script/compiler.h"
#include "src/script/text.h"
#include "src/script/traceback.h"
#include "src/script/vm.h"

namespace lathe::script {
namespace {

Value ToValue(const Input& input) {
  const Scalar scalar = input.is_array() ? Scalar() : input.scalar();
  switch (input.kind()) {
    case Input::Kind::kArray:
      return WrapArray(input.array());
    case Input::Kind::kScalar:
      return Value::Of(scalar);
    case Input::Kind::kWeakBool:
      return Value::Bool(scalar.To<bool>());
    case Input::Kind::kWeakInt:
      return Value::Int(scalar.To<int64_t>());
    case Input::Kind::kWeakFloat:
      return Value::Float(scalar.To<double>());
  }
  return Value::None();
}

ErrorKind KindOf(const ExceptionObject& exception) {
  for (const ClassObject* type : exception.type->order) {
    if (type->error) return *type->error;
  }
  return ErrorKind::kException;
}

}  // namespace

struct Program::State {
  Vm vm;
  Ref<ModuleObject> module = vm.NewModule("__main__");
};

Program::Program() : state_(std::make_unique<State>()) { state_->vm.AddModule(state_->module); }
Program::~Program() = default;

void Program::SetStreams(std::ostream* out, std::ostream* err) { state_->vm.SetStreams(out, err); }
void Program::Interrupt() { state_->vm.Interrupt(); }

void Program::ThrowPending() {
  Vm& vm = state_->vm;
  const Ref<ExceptionObject> exception = vm.TakePending();
  vm.out().flush();
  std::string message;
  if (!ToText(vm, Value(exception), &message)) vm.TakePending();
  throw ScriptError(KindOf(*exception), message, FormatException(vm, *exception));
}

void Program::Run(std::string code, const std::string& name) {
  Vm& vm = state_->vm;
  const std::shared_ptr<const SourceFile> source = SourceFile::Make(name, std::move(code));
  std::optional<SyntaxProblem> problem;
  const Ref<CodeObject> compiled = Compile(source, *state_->module, vm.interner(), {}, &problem);
  if (!compiled) {
    vm.ThrowException(MakeSyntaxError(vm, *source, *problem));
    ThrowPending();
  }
  if (vm.RunModule(compiled, state_->module.get()).IsError()) ThrowPending();
  vm.out().flush();
}

void Program::RunFile(const std::string& path, const std::vector<std::string>& arguments) {
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    throw FileError("can't open file '" + path + "'", ErrorKind::kFileNotFound);
  }
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  state_->vm.set_script_folder(folder.empty() ? "." : folder.string());
  state_->vm.arguments() = {path};
  state_->vm.arguments().insert(state_->vm.arguments().end(), arguments.begin(), arguments.end());
  // The program may have imported sys before.
  Ref<ListObject> words = Make<ListObject>();
  for (const std::string& word : state_->vm.arguments()) words->items.push_back(Str(word));
  state_->vm.FindModule("sys")->variables.Set(state_->vm.Intern("argv"), words);
  Run(std::move(text), path);
}

void Program::Set(std::string_view name, const Input& value) {
  state_->module->variables.Set(state_->vm.Intern(name), ToValue(value));
}

Array Program::Get(std::string_view name) {
  const Value* value = state_->module->variables.Find(state_->vm.Intern(name).get());
  if (!value) throw Error(ErrorKind::kName, "name '" + std::string(name) + "' is not defined");
  return AsArrayOf(*value);
}

Array Program::AsArrayOf(const Value& value) {
  try {
    return ToArray(state_->vm, value);
  } catch (const PendingError&) {
    ThrowPending();
  }
}

std::vector<Array> Program::Call(std::string_view function, std::span<const Input> arguments) {
  Vm& vm = state_->vm;
  const Value* found = state_->module->variables.Find(vm.Intern(function).get());
  if (!found) throw Error(ErrorKind::kName, "name '" + std::string(function) + "' is not defined");
  const Value callable = *found;
  std::vector<Value> values;
  for (const Input& argument : arguments) values.push_back(ToValue(argument));
  const Value result = vm.Call(callable, values);
  if (result.IsError()) ThrowPending();
  vm.out().flush();
  std::vector<Array> arrays;
  if (const auto* tuple = result.As<TupleObject>()) {
    for (const Value& item : tuple->items) arrays.push_back(AsArrayOf(item));
  } else if (!result.IsNone()) {
    arrays.push_back(AsArrayOf(result));
  }
  return arrays;
}

}  // namespace lathe::script
