// Runs files, strings and interactive input on a VM, and turns exceptions into messages and exit statuses.
#include "src/script/interpreter.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "src/script/attributes.h"
#include "src/script/compiler.h"
#include "src/script/operators.h"
#include "src/script/sampler.h"
#include "src/script/text.h"
#include "src/script/traceback.h"
#include "src/script/vm.h"

namespace lathe::script {

struct Interpreter::Session {
  Ref<ModuleObject> module;
  int inputs = 0;
};

Interpreter::Interpreter() : vm_(std::make_unique<Vm>()), session_(std::make_unique<Session>()) {}
Interpreter::~Interpreter() {
  sampler_.reset();
  session_.reset();
  vm_.reset();
}

void Interpreter::SetStreams(std::ostream* out, std::ostream* err) { vm_->SetStreams(out, err); }

void Interpreter::StartProfile() { sampler_ = std::make_unique<Sampler>(*vm_); }

std::string Interpreter::FinishProfile() {
  if (!sampler_) return "";
  const std::vector<SamplePlace> places = sampler_->Take();
  sampler_.reset();
  TellSamples(places);
  return FormatSamples(places);
}

void Interpreter::Interrupt() { vm_->Interrupt(); }

int Interpreter::RunFile(const std::string& path, const std::vector<std::string>& arguments) {
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    vm_->err() << "lathe: can't open file '" << path << "'\n";
    return 2;
  }
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  vm_->set_script_folder(folder.empty() ? "." : folder.string());
  return RunString(std::move(text), path, arguments);
}

int Interpreter::RunString(std::string code, const std::string& file_name,
                           const std::vector<std::string>& arguments) {
  vm_->arguments() = {file_name};
  vm_->arguments().insert(vm_->arguments().end(), arguments.begin(), arguments.end());
  Ref<ModuleObject> module = vm_->NewModule("__main__");
  vm_->AddModule(module);
  module->variables.Set(vm_->Intern("__file__"), Str(file_name));
  std::shared_ptr<const SourceFile> source = SourceFile::Make(file_name, std::move(code));
  std::optional<SyntaxProblem> problem;
  Ref<CodeObject> compiled = Compile(source, *module, vm_->interner(), {}, &problem);
  int status = 0;
  if (!compiled) {
    vm_->ThrowException(MakeSyntaxError(*vm_, *source, *problem));
    status = ReportError();
  } else {
    module->variables.Set(vm_->names().doc, compiled->doc);
    if (vm_->RunModule(compiled, module.get()).IsError()) status = ReportError();
  }
  vm_->out().flush();
  return status;
}

int Interpreter::ReportError() {
  Ref<ExceptionObject> exception = vm_->TakePending();
  vm_->out().flush();
  const auto& classes = vm_->classes().exceptions;
  if (exception->type->IsSubclassOf(classes[static_cast<size_t>(ErrorKind::kSystemExit)].get())) {
    const Value code = exception->arguments.empty() ? Value::None() : exception->arguments[0];
    int64_t status;
    if (code.IsNone()) return 0;
    if (AsInteger(code, &status)) return static_cast<int>(status & 0xFF);
    std::string text;
    if (ToText(*vm_, code, &text)) vm_->err() << text << '\n';
    return 1;
  }
  vm_->err() << FormatException(*vm_, *exception) << std::flush;
  return exception->type->IsSubclassOf(classes[static_cast<size_t>(ErrorKind::kKeyboardInterrupt)].get())
             ? 130
             : 1;
}

// ---- Interactive ------------------------------------------------------------------------------------
namespace {

// A line that continues a block: indented, or a clause of the statement above.
bool EndsBlock(const std::string& text) {
  const size_t last = text.find_last_not_of('\n');
  if (last == std::string::npos) return true;
  const size_t begin = text.rfind('\n', last) == std::string::npos ? 0 : text.rfind('\n', last) + 1;
  // An empty line after a block ends it.
  const bool empty_line = text.size() > last + 2;
  return empty_line || (begin == 0 && text[last] != ':' && text[0] != '@');
}

}  // namespace

bool Interpreter::NeedsMore(const std::string& text) {
  if (text.find_first_not_of(" \t\n") == std::string::npos) return false;
  Ref<ModuleObject> scratch = vm_->NewModule("scratch");
  std::optional<SyntaxProblem> problem;
  Compile(SourceFile::Make(kInputName, text), *scratch, vm_->interner(), {true}, &problem);
  if (problem) return problem->at_end;
  return !EndsBlock(text);
}

Interpreter::Prepared::Prepared(Ref<CodeObject> code) : code_(std::move(code)) {}
Interpreter::Prepared::~Prepared() = default;

ModuleObject* Interpreter::SessionModule() {
  if (!session_->module) {
    session_->module = vm_->NewModule("__main__");
    vm_->AddModule(session_->module);
  }
  return session_->module.get();
}

std::unique_ptr<Interpreter::Prepared> Interpreter::Prepare(const std::string& text) {
  std::shared_ptr<const SourceFile> source = SourceFile::Make(kInputName, text);
  std::optional<SyntaxProblem> problem;
  Ref<CodeObject> compiled = Compile(source, *SessionModule(), vm_->interner(), {true}, &problem);
  if (compiled) return std::make_unique<Prepared>(std::move(compiled));
  vm_->ThrowException(MakeSyntaxError(*vm_, *source, *problem));
  ReportError();
  return nullptr;
}

bool Interpreter::Run(const Prepared& prepared) {
  vm_->set_silent(true);
  const bool failed = vm_->RunModule(prepared.code(), SessionModule()).IsError();
  vm_->set_silent(false);
  if (failed) ReportError();
  return !failed;
}

void Interpreter::ForgetLoops() { vm_->ForgetLoops(); }

bool Interpreter::RunInteractive(const std::string& text, int* status) {
  const std::unique_ptr<Prepared> prepared = Prepare(text);
  if (!prepared) return true;
  if (vm_->RunModule(prepared->code(), SessionModule()).IsError()) {
    const auto& exit = vm_->classes().exceptions[static_cast<size_t>(ErrorKind::kSystemExit)];
    const bool exits = vm_->pending()->type->IsSubclassOf(exit.get());
    *status = ReportError();
    if (exits) return false;
  }
  vm_->out().flush();
  return true;
}

std::vector<std::string> Interpreter::Complete(std::string_view prefix) {
  std::vector<std::string> found;
  if (!session_->module) return found;
  const auto add = [&](const Namespace& names, std::string_view start, const std::string& before) {
    for (size_t k = 0; k < names.names.size(); ++k) {
      const std::string& name = names.names[k]->text();
      if (!names.values[k].IsUndefined() && name.starts_with(start)) found.push_back(before + name);
    }
  };
  const size_t dot = prefix.rfind('.');
  if (dot == std::string_view::npos) {
    add(session_->module->variables, prefix, "");
    add(vm_->builtins(), prefix, "");
    return found;
  }
  const Value* object = session_->module->variables.Find(vm_->Intern(prefix.substr(0, dot)).get());
  if (!object) return found;
  const std::string before(prefix.substr(0, dot + 1));
  if (auto* module = object->As<ModuleObject>()) {
    add(module->variables, prefix.substr(dot + 1), before);
  } else {
    for (const ClassObject* type : ClassOf(*vm_, *object)->order)
      add(type->attributes, prefix.substr(dot + 1), before);
  }
  return found;
}

}  // namespace lathe::script
