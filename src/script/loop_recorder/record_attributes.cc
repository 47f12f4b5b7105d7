// Attributes and methods: of modules, arrays and other built-in objects; of instances see
// record_instances.cc.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

bool LoopRecorder::RecordAttribute(const Instruction& i) {
  Abstract x = Operand(0);
  const Ref<StringObject>& name = frame().code->names[static_cast<size_t>(i.c)];
  if (x.Is(AbstractKind::kPending) && name->text() == "T" && !ComputePending(0, &x)) return false;
  if (x.Is(AbstractKind::kConstant) && x.constant.As<ModuleObject>()) {
    Abstract value;
    return ModuleVariable(x.constant.Get<ModuleObject>(), name, &value) && Replace(1, std::move(value));
  }
  if (x.IsArrayLike()) {
    const AbstractParts& parts = *x.parts;
    if (name->text() == "ndim") return Replace(1, Abstract::Int(Int(parts.rank)));
    if (name->text() == "size") {
      Node size = Int(1);
      for (int d = 0; d < parts.rank; ++d) size = Emit(Op::kMul, DType::kInt64, {size, x.extent(d)});
      return Replace(1, Abstract::Int(size));
    }
    if (name->text() == "shape") {
      std::vector<Abstract> extents;
      for (int d = 0; d < parts.rank; ++d) extents.push_back(Abstract::Int(x.extent(d)));
      return Replace(1, Abstract::Tuple(std::move(extents)));
    }
    if (name->text() == "T") {
      auto turned = std::make_shared<AbstractParts>(parts);
      turned->is_view = true;
      const auto rank = static_cast<std::ptrdiff_t>(parts.rank);
      std::reverse(turned->refs.begin() + 1, turned->refs.begin() + 1 + rank);
      std::reverse(turned->refs.begin() + 1 + rank, turned->refs.end());
      std::reverse(turned->strides.begin(), turned->strides.end());
      Abstract view = x;
      view.parts = std::move(turned);
      return Replace(1, std::move(view));
    }
  }
  bool done;
  Abstract attribute;
  if (!ClassAttribute(x, name, &attribute, &done)) return false;
  if (done) return Replace(1, std::move(attribute));
  if (!ReadAttribute(x, Actual(0), name.get(), &attribute, &done)) return false;
  if (done) return Replace(1, std::move(attribute));
  if (!BindMethod(x, name, &done)) return false;
  if (done) return true;
  if (!BindInstanceMethod(x, Actual(0), name.get(), &done)) return false;
  if (done) return true;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kAttribute;
  operation.function = Value(name);
  const Value actual = Actual(0);
  Abstract value;
  return NativeCall(operation, {x}, std::span(&actual, 1), false, &value) && Replace(1, std::move(value));
}

// x.name for a native method of a built-in class.
bool LoopRecorder::BindMethod(const Abstract& x, const Ref<StringObject>& name, bool* done) {
  *done = false;
  const Value* method = ClassOf(vm_, Actual(0))->Find(name.get());
  if (!method || !method->As<NativeObject>() || x.Is(AbstractKind::kConstant)) return true;
  *done = true;
  Abstract bound;
  bound.kind = AbstractKind::kBoundMethod;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {x, Abstract::Constant(*method)};
  bound.parts = std::move(parts);
  return Replace(1, std::move(bound));
}

// A variable of a module, which may be another the next time.
bool LoopRecorder::ModuleVariable(ModuleObject* module, const Ref<StringObject>& name, Abstract* value) {
  if (!module->variables.Find(name.get())) {
    if (const Ref<ModuleObject> inner = vm_.FindModule(absl::StrCat(module->name, ".", name->text()))) {
      *value = Abstract::Constant(Value(inner));
      return true;
    }
    return Abort(absl::StrCat("the function ", module->name, ".", name->text()));
  }
  *value = Variable({Location::Kind::kGlobal, module, module->variables.Intern(name)});
  return true;
}

bool LoopRecorder::RecordMethod(const Instruction& i) {
  const Abstract x = Operand(0);
  const Ref<StringObject>& name = frame().code->names[static_cast<size_t>(i.c)];
  if (x.Is(AbstractKind::kConstant) && x.constant.As<ModuleObject>()) {
    Abstract value;
    if (!ModuleVariable(x.constant.Get<ModuleObject>(), name, &value)) return false;
    Drop(1);
    Push(Abstract::Constant(Value()));
    Push(std::move(value));
    return true;
  }
  if (x.Is(AbstractKind::kSuper)) return SuperMethod(name);
  bool done;
  Abstract function;
  if (!ClassAttribute(x, name, &function, &done)) return false;
  if (!done && !ForeignMember(x, name, &function, &done)) return false;
  if (done) {
    Drop(1);
    Push(Abstract::Constant(Value()));
    Push(std::move(function));
    return true;
  }
  if (x.IsArrayLike()) {
    if (!ArrayMethod(x, name, &done)) return false;
    if (done) return true;
  }
  if (!NativeMethod(x, Actual(0), name, &done)) return false;
  if (done) return true;
  if (Actual(0).IsObject(ObjectKind::kInstance)) return InstanceMethod(name);
  return Abort(absl::StrCat("the method ", name->text(), " of a ", Describe(x)));
}

}  // namespace lathe::script
