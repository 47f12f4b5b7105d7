// Calls: from an instruction or from C++ to functions, natives, classes and instances, and the binding of
// arguments to parameters with CPython's messages.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/cursor.h"
#include "src/script/foreign_object.h"
#include "src/script/sampler.h"

namespace lathe::script {

// ---- From C++ ---------------------------------------------------------------------------------------
Value Vm::RunModule(const Ref<CodeObject>& code, ModuleObject* module) {
  if (sampler_) sampler_->Keep(code);
  Nesting nesting(*this);
  if (!nesting) return Value::Error();
  Value* slots = stack_top_;
  if (!PushFrame(nullptr, slots, slots, false, false)) return Value::Error();
  Frame& frame = top();
  frame.code = code.get();
  frame.keep_code = code;
  frame.module = module;
  frame.pc = code->instructions.data();
  frame.operands = slots + code->slot_count;
  frame.is_entry = true;
  std::uninitialized_value_construct(slots, frame.operands);
  stack_top_ = frame.operands;
  return Run();
}

Value Vm::Call(const Value& callable, std::span<const Value> arguments, std::span<const Value> names) {
  Nesting nesting(*this);
  if (!nesting) return Value::Error();
  const bool native =
      callable.As<NativeObject>() || callable.As<UfuncObject>() || callable.As<ForeignObject>();
  if (code_forbidden_ && !native) {
    const auto* type = callable.As<ClassObject>();
    if (!type || type->user) return Throw(ErrorKind::kRuntime, "code of the script may not run here");
  }
  Value* base = stack_top_;
  if (base + arguments.size() + kStackMargin > stack_limit_) {
    return Throw(ErrorKind::kRecursion, "maximum recursion depth exceeded");
  }
  new (stack_top_++) Value(callable);
  for (const Value& argument : arguments) new (stack_top_++) Value(argument);
  switch (Invoke(base, arguments.size(), names)) {
    case Invoked::kDone: {
      Value result = std::move(*--stack_top_);
      return result;
    }
    case Invoked::kPushed:
      top().is_entry = true;
      return Run();
    case Invoked::kFailed:
      while (stack_top_ != base) (--stack_top_)->~Value();
      return Value::Error();
  }
  return Value::Error();
}

// ---- Frames -----------------------------------------------------------------------------------------
bool Vm::PushFrame(FunctionObject* function, Value* slots, Value* result, bool result_is_live,
                   bool is_constructor) {
  const auto room = static_cast<size_t>(stack_limit_ - slots);
  const size_t need =
      function ? static_cast<size_t>(function->code->slot_count + function->code->stack_size) : 0;
  if (frame_count_ >= static_cast<size_t>(recursion_limit_) || room < need + kStackMargin) {
    Throw(ErrorKind::kRecursion, "maximum recursion depth exceeded");
    return false;
  }
  if (frame_count_ == frames_constructed_) new (frames_ + frames_constructed_++) Frame();
  Frame& frame = frames_[frame_count_++];
  frame.slots = slots;
  frame.result = result;
  frame.result_is_live = result_is_live;
  frame.is_constructor = is_constructor;
  frame.is_entry = false;
  frame.is_operator = false;
  frame.names = nullptr;
  if (!function) return true;
  frame.code = function->code.get();
  frame.pc = frame.code->instructions.data();
  frame.operands = slots + frame.code->slot_count;
  frame.module = function->module.get();
  frame.function = Ref<FunctionObject>(function);
  return true;
}

Value* Vm::PushInlinedFrame(FunctionObject* function, size_t gap, bool is_constructor, int stage) {
  if (stage >= 0) {
    Value* const operands = stack_top_ - CountOperands(top().pc[-1]);
    PushFrame(function, stack_top_, operands, false, false);
    top().is_operator = true;
    top().stage = static_cast<uint8_t>(stage);
    return stack_top_;
  }
  Value* result = is_constructor ? stack_top_ - 1 : stack_top_;
  // The room was checked when the compiled code was entered.
  PushFrame(function, result + gap, result, gap == 1, is_constructor);
  if (gap == 1 && !is_constructor) new (result) Value(static_cast<Object*>(function));
  return stack_top_ = result + gap;
}

// ---- Dispatch by what is called ---------------------------------------------------------------------
Vm::Invoked Vm::Invoke(Value* base, size_t count, std::span<const Value> names) {
  if (base->IsObject()) {
    switch (base->object()->kind()) {
      case ObjectKind::kFunction:
        return InvokeFunction(base->Get<FunctionObject>(), base + 1, count, names, base, true);
      case ObjectKind::kNative:
        return InvokeNative(base->Get<NativeObject>(), base + 1, count, names, base);
      case ObjectKind::kClass:
        return InvokeClass(Ref<ClassObject>(base->Get<ClassObject>()), base, count, names);
      case ObjectKind::kBoundMethod: {
        const Value function = base->Get<BoundMethodObject>()->function;
        *base = Value(base->Get<BoundMethodObject>()->self);
        if (auto* script = function.As<FunctionObject>()) {
          return InvokeFunction(script, base, count + 1, names, base, false);
        }
        if (auto* native = function.As<NativeObject>())
          return InvokeNative(native, base, count + 1, names, base);
        break;
      }
      case ObjectKind::kUfunc: {
        const Value ufunc = *base;
        Value result = Guard(
            [&] { return CallUfunc(*this, *ufunc.Get<UfuncObject>(), std::span(base + 1, count), names); });
        while (stack_top_ != base) (--stack_top_)->~Value();
        if (result.IsError()) return Invoked::kFailed;
        new (stack_top_++) Value(std::move(result));
        return Invoked::kDone;
      }
      case ObjectKind::kForeign: {
        const Value callable = *base;
        Value result = Guard(
            [&] { return callable.Get<ForeignObject>()->Call(*this, std::span(base + 1, count), names); });
        if (result.IsUndefined()) break;
        while (stack_top_ != base) (--stack_top_)->~Value();
        if (result.IsError()) return Invoked::kFailed;
        new (stack_top_++) Value(std::move(result));
        return Invoked::kDone;
      }
      default:
        break;
    }
    if (const Value* call = FindSpecial(*base, names_.call)) {
      if (auto* script = call->As<FunctionObject>())
        return InvokeFunction(script, base, count + 1, names, base, false);
    }
  }
  ThrowType(absl::StrCat("'", TypeName(*this, *base), "' object is not callable"));
  return Invoked::kFailed;
}

Vm::Invoked Vm::InvokeClass(Ref<ClassObject> type, Value* base, size_t count, std::span<const Value> names) {
  if (!type->user && type->construct)
    return InvokeNative(type->construct.get(), base, count + 1, names, base);
  const Value* init = type->Find(names_.init.get());
  auto* function = init ? init->As<FunctionObject>() : nullptr;
  if (!type->error && !function) {
    for (const ClassObject* ancestor : type->order) {
      if (ancestor->construct) return InvokeNative(ancestor->construct.get(), base, count + 1, names, base);
    }
  }
  Value instance;
  if (type->error) {
    Ref<ExceptionObject> exception = Make<ExceptionObject>(type);
    exception->arguments.assign(base + 1, base + 1 + (count - names.size()));
    instance = exception;
  } else {
    instance = Make<InstanceObject>(type);
  }
  if (!function) {
    if (!type->error && count > 0) {
      ThrowType(absl::StrCat(type->name, "() takes no arguments"));
      return Invoked::kFailed;
    }
    while (stack_top_ != base) (--stack_top_)->~Value();
    new (stack_top_++) Value(std::move(instance));
    return Invoked::kDone;
  }
  // The arguments move up by one: the instance stands in the callable's place and again as the first
  // argument.
  new (stack_top_) Value();
  std::move_backward(base + 1, stack_top_, stack_top_ + 1);
  ++stack_top_;
  base[1] = instance;
  base[0] = std::move(instance);
  return InvokeFunction(function, base + 1, count + 1, names, base, true, true);
}

// ---- Script functions -------------------------------------------------------------------------------
Vm::Invoked Vm::InvokeFunction(FunctionObject* function, Value* arguments, size_t count,
                               std::span<const Value> names, Value* result, bool result_is_live,
                               bool is_constructor) {
  const CodeObject& code = *function->code;
  const auto positional = static_cast<size_t>(code.positional_count);
  if (names.empty() && count == positional && !code.has_rest && !code.has_keywords &&
      code.keyword_only_count == 0) {
    // The arguments already stand where the slots begin.
  } else if (!BindArguments(function, arguments, count, names)) {
    return Invoked::kFailed;
  }
  if (!PushFrame(function, arguments, result, result_is_live, is_constructor)) return Invoked::kFailed;
  Value* end = arguments + code.slot_count;
  for (; stack_top_ < end; ++stack_top_) new (stack_top_) Value();
  for (size_t k = 0; k < function->closure.size(); ++k)
    arguments[code.free_begin + static_cast<int32_t>(k)] = function->closure[k];
  if (!code.is_generator) return Invoked::kPushed;
  Ref<GeneratorObject> generator = Make<GeneratorObject>(Ref<FunctionObject>(function));
  generator->slots.assign(std::make_move_iterator(arguments), std::make_move_iterator(end));
  PopFrame();
  stack_top_ = arguments;
  if (result_is_live) (--stack_top_)->~Value();
  new (stack_top_++) Value(generator);
  return Invoked::kDone;
}

namespace {

std::string Quoted(const Ref<StringObject>& name) { return absl::StrCat("'", name->text(), "'"); }

// "'a', 'b' and 'c'"
std::string JoinNames(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  if (names.size() == 2) return absl::StrCat(names[0], " and ", names[1]);
  return absl::StrCat(absl::StrJoin(names.begin(), names.end() - 1, ", "), ", and ", names.back());
}

}  // namespace

// Brings the arguments into the order of the parameters, from `arguments` on.
bool Vm::BindArguments(FunctionObject* function, Value* arguments, size_t count,
                       std::span<const Value> names) {
  const CodeObject& code = *function->code;
  const auto positional = static_cast<size_t>(code.positional_count);
  const auto parameters = positional + static_cast<size_t>(code.keyword_only_count);
  const size_t given = count - names.size();
  std::vector<Value> bound(parameters);
  for (size_t k = 0; k < std::min(given, positional); ++k) bound[k] = arguments[k];
  std::vector<Value> rest;
  if (given > positional) {
    if (!code.has_rest) return ThrowTooMany(function, given);
    rest.assign(arguments + positional, arguments + given);
  }
  Ref<DictObject> keywords = code.has_keywords ? Make<DictObject>() : nullptr;
  for (size_t k = 0; k < names.size(); ++k) {
    if (!BindKeyword(function, names[k], arguments[given + k], &bound, keywords.get())) return false;
  }
  if (!FillMissing(function, &bound, given)) return false;
  if (code.has_rest) bound.push_back(MakeTuple(std::move(rest)));
  if (code.has_keywords) bound.push_back(keywords);
  while (stack_top_ != arguments) (--stack_top_)->~Value();
  for (Value& value : bound) new (stack_top_++) Value(std::move(value));
  return true;
}

bool Vm::BindKeyword(FunctionObject* function, const Value& name, const Value& value,
                     std::vector<Value>* bound, DictObject* keywords) {
  const CodeObject& code = *function->code;
  const std::string& text = name.Get<StringObject>()->text();
  for (size_t k = 0; k < bound->size(); ++k) {
    if (code.slot_names[k]->text() != text) continue;
    if (!(*bound)[k].IsUndefined()) {
      ThrowType(absl::StrCat(code.qualified_name, "() got multiple values for argument '", text, "'"));
      return false;
    }
    (*bound)[k] = value;
    return true;
  }
  if (!keywords) {
    ThrowType(absl::StrCat(code.qualified_name, "() got an unexpected keyword argument '", text, "'"));
    return false;
  }
  keywords->table.Set(*this, name, name.Get<StringObject>()->hash(), value);
  return true;
}

bool Vm::FillMissing(FunctionObject* function, std::vector<Value>* bound, size_t) {
  const CodeObject& code = *function->code;
  const auto positional = static_cast<size_t>(code.positional_count);
  const size_t first_default = positional - function->defaults.size();
  std::vector<std::string> missing;
  for (size_t k = 0; k < positional; ++k) {
    if (!(*bound)[k].IsUndefined()) continue;
    if (k >= first_default) {
      (*bound)[k] = function->defaults[k - first_default];
    } else {
      missing.push_back(Quoted(code.slot_names[k]));
    }
  }
  const char* kind = "positional";
  if (missing.empty()) {
    kind = "keyword-only";
    for (size_t k = positional; k < bound->size(); ++k) {
      if (!(*bound)[k].IsUndefined()) continue;
      const Value& fallback = function->keyword_defaults[k - positional];
      if (fallback.IsUndefined()) missing.push_back(Quoted(code.slot_names[k]));
      (*bound)[k] = fallback;
    }
  }
  if (missing.empty()) return true;
  ThrowType(absl::StrCat(code.qualified_name, "() missing ", missing.size(), " required ", kind, " argument",
                         missing.size() == 1 ? "" : "s", ": ", JoinNames(missing)));
  return false;
}

bool Vm::ThrowTooMany(FunctionObject* function, size_t given) {
  const CodeObject& code = *function->code;
  const auto most = static_cast<size_t>(code.positional_count);
  const size_t least = most - function->defaults.size();
  const std::string range = least == most ? absl::StrCat(most) : absl::StrCat("from ", least, " to ", most);
  ThrowType(absl::StrCat(code.qualified_name, "() takes ", range, " positional argument",
                         most == 1 && least == 1 ? "" : "s", " but ", given, given == 1 ? " was" : " were",
                         " given"));
  return false;
}

// ---- Natives ----------------------------------------------------------------------------------------
Vm::Invoked Vm::InvokeNative(const NativeObject* native, Value* arguments, size_t count,
                             std::span<const Value> names, Value* result) {
  const Ref<NativeObject> keep(const_cast<NativeObject*>(native));
  const Signature& signature = *native->signature;
  Arguments bound;
  std::vector<Value> reordered;
  if (stack_top_ + signature.names.size() + kStackMargin > stack_limit_) {
    Throw(ErrorKind::kRecursion, "maximum recursion depth exceeded");
    return Invoked::kFailed;
  }
  if (names.empty() && !signature.rest && count <= signature.positional && count >= signature.required) {
    // Absent parameters are Undefined values above the arguments.
    for (size_t k = count; k < signature.names.size(); ++k) new (stack_top_++) Value();
    bound.values = std::span(arguments, signature.names.size());
  } else {
    if (!BindNative(native, std::span(arguments, count), names, &reordered, &bound.rest))
      return Invoked::kFailed;
    bound.values = reordered;
  }
  Value value = Guard([&] { return native->function(*this, bound); });
  if (value.IsError()) return Invoked::kFailed;
  while (stack_top_ != result) (--stack_top_)->~Value();
  new (stack_top_++) Value(std::move(value));
  return Invoked::kDone;
}

bool Vm::BindNative(const NativeObject* native, std::span<const Value> given, std::span<const Value> names,
                    std::vector<Value>* bound, std::span<const Value>* rest) {
  const Signature& signature = *native->signature;
  const size_t positional = given.size() - names.size();
  const size_t hidden = native->is_method ? 1 : 0;
  bound->resize(signature.names.size());
  const size_t direct = std::min(positional, signature.positional);
  std::copy_n(given.begin(), direct, bound->begin());
  if (positional > signature.positional) {
    if (!signature.rest) {
      const size_t most = signature.positional - hidden;
      if (most == 0) {
        ThrowType(absl::StrCat(native->name, "() takes no arguments (", positional - hidden, " given)"));
      } else if (most == 1 && signature.required == signature.positional) {
        ThrowType(
            absl::StrCat(native->name, "() takes exactly one argument (", positional - hidden, " given)"));
      } else {
        ThrowType(absl::StrCat(native->name, " expected ",
                               signature.required == signature.positional ? "" : "at most ", most,
                               most == 1 ? " argument" : " arguments", ", got ", positional - hidden));
      }
      return false;
    }
    *rest = given.subspan(signature.positional, positional - signature.positional);
  }
  for (size_t k = 0; k < names.size(); ++k) {
    const std::string& name = names[k].Get<StringObject>()->text();
    size_t place = 0;
    while (place < signature.names.size() && signature.names[place]->text() != name) ++place;
    if (signature.keywords && place + 1 >= signature.names.size()) {
      Value& items = bound->back();
      if (items.IsUndefined()) items = Make<DictObject>();
      items.Get<DictObject>()->table.Set(*this, names[k], names[k].Get<StringObject>()->hash(),
                                         given[positional + k]);
      continue;
    }
    if (place == signature.names.size()) {
      ThrowType(absl::StrCat(native->name, "() got an unexpected keyword argument '", name, "'"));
      return false;
    }
    if (!(*bound)[place].IsUndefined()) {
      ThrowType(absl::StrCat("argument for ", native->name, "() given by name ('", name, "') and position (",
                             place + 1 - hidden, ")"));
      return false;
    }
    (*bound)[place] = given[positional + k];
  }
  for (size_t k = 0; k < signature.required; ++k) {
    if (!(*bound)[k].IsUndefined()) continue;
    const size_t least = signature.required - hidden;
    if (least == 1 && signature.positional == signature.required) {
      ThrowType(
          absl::StrCat(native->name, "() takes exactly one argument (", positional - hidden, " given)"));
    } else if (names.empty()) {
      ThrowType(absl::StrCat(native->name, " expected ",
                             signature.required == signature.positional ? "" : "at least ", least,
                             least == 1 ? " argument" : " arguments", ", got ", positional - hidden));
    } else {
      ThrowType(absl::StrCat(native->name, "() missing required argument '", signature.names[k]->text(),
                             "' (pos ", k + 1 - hidden, ")"));
    }
    return false;
  }
  return true;
}

// ---- f(*args, **kwargs) -----------------------------------------------------------------------------
bool Vm::CallUnpacked(Cursor& c, Invoked* invoked) {
  Value keywords = c.Take();
  Value tuple = c.Take();
  Value* base = c.sp - 1;
  stack_top_ = c.sp;
  const std::vector<Value>& items = tuple.Get<TupleObject>()->items;
  std::span<const HashTable::Entry> entries;
  if (auto* dict = keywords.As<DictObject>()) entries = dict->table.entries();
  if (stack_top_ + items.size() + entries.size() + kStackMargin > stack_limit_) {
    ThrowType("too many arguments");
    return false;
  }
  std::vector<Value> names;
  for (const Value& item : items) new (stack_top_++) Value(item);
  for (const HashTable::Entry& entry : entries) {
    if (entry.key.IsUndefined()) continue;
    names.push_back(entry.key);
    new (stack_top_++) Value(entry.value);
  }
  *invoked = Invoke(base, items.size() + names.size(), names);
  c.sp = stack_top_;
  return *invoked != Invoked::kFailed;
}

}  // namespace lathe::script
