// Vm: the virtual machine. It owns the value stack, the frames, the built-in classes and the loaded modules,
// and runs code objects. Calls from script to script do not recurse in C++; natives that call back into
// script code (sorted with a key, __add__ of an instance) run a nested loop of bounded depth.
//
// Script errors are values: a function that fails leaves an exception in the VM and returns Value::Error().
// lathe::Error, which arrays throw, becomes such an exception at one place, Guard.
//
// An InstructionObserver sees every instruction before it runs: while one is installed the VM runs a second
// instantiation of the dispatch loop. That is how the loop recorder follows a hot loop (loop_recorder/).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iosfwd>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "lathe/error.h"
#include "src/array/place_source.h"
#include "src/array/repr.h"
#include "src/script/attention.h"
#include "src/script/consumers.h"
#include "src/script/frame.h"
#include "src/script/hash_table.h"
#include "src/script/interner.h"
#include "src/script/objects.h"

namespace lathe::script {

// Thrown inside natives that use the array library when the VM already holds an exception.
class PendingError {};

class InstructionObserver {
 public:
  virtual ~InstructionObserver() = default;
  // Called before each instruction; the VM's frames and stack are as they are then, and may be changed.
  // Returns false to be removed.
  virtual bool Before() = 0;
  // Called when an instruction has failed. Returns false to be removed.
  virtual bool Failed() = 0;
};

class LoopJit;
class Sampler;
struct SpecialMethod;

// The classes of the built-in values.
struct BuiltinClasses {
  Ref<ClassObject> object, type, none, ellipsis, not_implemented, boolean, integer, number, string, bytes,
      list, tuple, dict, set, range, slice, function, cell, method, native, module, iterator, generator, keys,
      values, items, property, static_method, class_method, super, file, code;
  Ref<ClassObject> array, dtype, ufunc, random, archive, generic, numpy_number, numpy_integer, signed_integer,
      unsigned_integer, inexact, floating;
  std::vector<Ref<ClassObject>> scalars;     // by DType
  std::vector<Ref<ClassObject>> exceptions;  // by ErrorKind
  Ref<ClassObject> base_exception, axis_error;
};

// Names the VM itself looks for.
struct WellKnownNames {
  Ref<StringObject> init, repr, str, call, len, getitem, setitem, delitem, iter, next, contains, eq, ne, lt,
      le, gt, ge, hash, boolean, enter, exit, getattr, name, qualname, doc, dict, module, float_, int_, index,
      neg, pos, invert, abs, format, class_, all, bases, args;
};

class Vm final : public KeyEquality, public PlaceSource {
 public:
  Vm();
  ~Vm() override;
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;

  // ---- Running
  // Runs the code of a module to its end: None, or Error.
  Value RunModule(const Ref<CodeObject>& code, ModuleObject* module);
  // Calls anything callable. `names` name the last of `arguments`.
  Value Call(const Value& callable, std::span<const Value> arguments, std::span<const Value> names = {});
  Value Call(const Value& callable, std::initializer_list<Value> arguments) {
    return Call(callable, std::span(arguments.begin(), arguments.size()));
  }
  // The next value of a generator, Undefined when it is exhausted.
  Value Resume(GeneratorObject* generator);
  // Shows every instruction to `observer` from now on. Called where the VM asks the loop JIT only.
  void SetObserver(InstructionObserver* observer) { observer_ = observer; }
  // Forgets what the loop JIT knows. Called when nothing runs.
  void ForgetLoops();
  // From now on the VM says at each instruction where it is, not just when it calls out, and shows all code
  // to the sampler; null: no more.
  void StartSampling(Sampler* sampler) { sampler_ = sampler; }
  // Asks the VM, from a signal handler or another thread, to raise KeyboardInterrupt.
  void Interrupt() { attention_.store(kAttention, std::memory_order_relaxed); }

  // ---- Errors
  Value Throw(ErrorKind kind, std::string message);
  Value ThrowType(std::string message) { return Throw(ErrorKind::kType, std::move(message)); }
  Value ThrowValue(std::string message) { return Throw(ErrorKind::kValue, std::move(message)); }
  Value ThrowException(Ref<ExceptionObject> exception);
  // What the array library threw, as an exception of the class NumPy gives it.
  Value ThrowError(const Error& error);
  bool failed() const override { return static_cast<bool>(pending_); }
  // The exception that made a call fail; the VM forgets it.
  Ref<ExceptionObject> TakePending() { return std::exchange(pending_, nullptr); }
  const Ref<ExceptionObject>& pending() const { return pending_; }
  const Ref<ExceptionObject>& handled() const { return handled_; }
  // Runs `body`, making a script exception of what the array library throws.
  template <class Body>
  Value Guard(Body&& body) {
    try {
      return body();
    } catch (const PendingError&) {
      return Value::Error();
    } catch (const Error& error) {
      return ThrowError(error);
    } catch (const std::bad_alloc&) {
      return Throw(ErrorKind::kMemory, "out of memory");
    } catch (const std::length_error&) {
      return Throw(ErrorKind::kMemory, "out of memory");
    }
  }

  // ---- What scripts see
  Ref<StringObject> Intern(std::string_view text) { return interner_.Intern(text); }
  Interner& interner() { return interner_; }
  // A string of one character; those of ASCII are made once.
  Value Character(std::string_view utf8) {
    const auto code = static_cast<unsigned char>(utf8[0]);
    if (code >= characters_.size()) return Str(std::string(utf8));
    if (characters_[code].IsUndefined()) characters_[code] = Str(std::string(utf8));
    return characters_[code];
  }
  BuiltinClasses& classes() { return classes_; }
  const WellKnownNames& names() const { return names_; }
  Namespace& builtins() { return builtins_; }
  // A new, empty module whose names fall back to the built-ins.
  Ref<ModuleObject> NewModule(const std::string& name);
  // A loaded module or a built-in one, loaded now; null (and no exception) if there is none of that name.
  Ref<ModuleObject> FindModule(const std::string& name);
  // Adds to `module` what its prelude defines, once; false if an error is pending.
  bool RunPrelude(ModuleObject& module);
  void AddModule(const Ref<ModuleObject>& module) { modules_[module->name] = module; }
  // Makes the built-in module `name` when it is first imported.
  using ModuleMaker = std::function<Ref<ModuleObject>(Vm&)>;
  void RegisterModule(const std::string& name, ModuleMaker maker) { makers_[name] = std::move(maker); }
  // Where modules that are scripts are looked for; empty: nowhere.
  void set_script_folder(std::string folder) { script_folder_ = std::move(folder); }
  Value Import(const std::string& name);

  std::ostream& out() { return *out_; }
  std::ostream& err() { return *err_; }
  void SetStreams(std::ostream* out, std::ostream* err) {
    out_ = out;
    err_ = err;
  }
  // Whether values of an interactive session's expressions are only computed, not shown: they are being
  // timed.
  void set_silent(bool silent) { silent_ = silent; }
  std::vector<std::string>& arguments() { return arguments_; }
  // np.set_printoptions' settings.
  PrintOptions& print_options() { return print_options_; }

  // ---- Limits
  int recursion_limit() const { return recursion_limit_; }
  void set_recursion_limit(int limit) { recursion_limit_ = std::min(limit, kMaxFrames); }
  // Counts nested C++ work (repr of nested lists, comparisons, calls from natives).
  class Nesting;

  // While it lives, calls of anything but native functions fail: the caller could not cope with what code of
  // the script may change.
  class CodeForbidden {
   public:
    explicit CodeForbidden(Vm& vm) : vm_(vm), before_(std::exchange(vm.code_forbidden_, true)) {}
    CodeForbidden(const CodeForbidden&) = delete;
    CodeForbidden& operator=(const CodeForbidden&) = delete;
    ~CodeForbidden() { vm_.code_forbidden_ = before_; }

   private:
    Vm& vm_;
    const bool before_;
  };

  // ---- Classes of the script
  // Counts the changes of all of them: what one of them says holds while the number stays. Where machine code
  // finds it.
  const uint64_t* class_changes() const { return &class_changes_; }
  void ClassChanged() { ++class_changes_; }

  // ---- For natives: the script function that is calling
  const Frame* caller() const { return frame_count_ == 0 ? nullptr : &frames_[frame_count_ - 1]; }
  // Where the script is: the instruction that is running, or calls out.
  SourcePlace Current() const override;

  bool KeysEqual(const Value& a, const Value& b) override;

 private:
  friend class LoopJit;
  friend class LoopRecorder;
  bool code_forbidden_ = false;
  uint64_t class_changes_ = 0;
  bool silent_ = false;
  static constexpr size_t kStackValues = size_t{1} << 20;
  static constexpr size_t kStackMargin = 512;
  static constexpr int kMaxNesting = 300;
  static constexpr int kMaxFrames = 100'000;
  struct Cursor;
  enum class Invoked { kDone, kPushed, kFailed };

  // ---- The loop (vm.cc)
  Value Run();
  // What the dispatch loop does before each instruction.
  enum class Watch : uint8_t {
    kNothing,
    kPosition,  // says in the frame where it is, for the profiler
    kObserver,  // asks the observer
  };
  template <Watch kWatch>
  bool Loop(Value* result);
  void HotLoop(int32_t* countdown);
  bool HandleError();
  bool ReturnFromFrame(Cursor& c, Value value, Value* entry_result);
  bool YieldFromFrame(Cursor& c, Value* entry_result);

  // ---- Special methods of the script, called from an instruction (special_calls.cc): their frames run in
  // the same loop
  static int CountOperands(const Instruction& i);
  bool EnterSpecial(Cursor& c, const Value& function, size_t count);
  bool EnterOperator(Cursor& c, const Value& function, std::span<const Value> arguments, size_t operands,
                     int stage);
  bool EnterOperator(Cursor& c, const SpecialMethod& method);
  bool ReturnFromOperator(Cursor& c, Value value);
  // What comes of asking an iterator for an item: the item stands on the stack, or the body of a generator,
  // which gives it, has been pushed.
  enum class Asked { kItem, kEnd, kPushed, kFailed };
  Asked AskForItem(IteratorObject* iterator);
  Asked AskZip(ZipIterator* zip);
  void ReceiveItem(Value item);
  void EndLoop();
  void StopAsking();
  void PopFrame();
  void AppendTraceback(const Frame& frame);
  void PopHandled(const Value& previous);
  // Moves the place of the result of the call that was just pushed one down, onto an Undefined value.
  void SinkResult() {
    Frame& frame = top();
    if (frame.is_constructor) {
      *(frame.result - 1) = std::move(*frame.result);  // the new instance
    } else if (frame.result_is_live) {
      frame.result->~Value();
    }
    frame.result_is_live = false;
    --frame.result;
  }

  // ---- Instructions with more to do than fits into the loop (instructions.cc)
  bool LoadGlobalSlow(Cursor& c, const Instruction& i);
  bool LoadNameInClass(Cursor& c, const Instruction& i);
  bool ThrowUnbound(Cursor& c, const Instruction& i);
  bool BinarySlow(Cursor& c, const Instruction& i);
  bool CompareSlow(Cursor& c, const Instruction& i);
  bool UnarySlow(Cursor& c, const Instruction& i);
  bool FindIn(Cursor& c, const Instruction& i);
  bool ForIterSlow(Cursor& c, const Instruction& i, bool* pushed);
  bool BuildSet(Cursor& c, const Instruction& i);
  bool BuildDict(Cursor& c, const Instruction& i);
  bool BuildString(Cursor& c, const Instruction& i);
  bool FormatOne(Cursor& c, const Instruction& i);
  bool AddToSet(Cursor& c, const Instruction& i);
  bool SetInDict(Cursor& c, const Instruction& i);
  bool Extend(Cursor& c);
  bool ExtendTuple(Cursor& c);
  bool UpdateSet(Cursor& c);
  bool MergeDict(Cursor& c, const Instruction& i);
  bool Unpack(Cursor& c, const Instruction& i);
  bool UnpackStarred(Cursor& c, const Instruction& i);
  bool LoadAttribute(Cursor& c, const Instruction& i);
  bool LoadAttributeOrEnter(Cursor& c, const Instruction& i);
  bool StoreAttribute(Cursor& c, const Instruction& i);
  bool DeleteAttribute(Cursor& c, const Instruction& i);
  bool LoadMethod(Cursor& c, const Instruction& i);
  bool IteratorOf(Cursor& c);
  bool LoadSubscript(Cursor& c);
  bool StoreSubscript(Cursor& c);
  bool DeleteSubscript(Cursor& c);
  bool MakeFunction(Cursor& c, const Instruction& i);
  bool MakeClass(Cursor& c, const Instruction& i);
  bool RaiseInstruction(Cursor& c, const Instruction& i);
  bool MatchException(Cursor& c);
  bool EnterWith(Cursor& c);
  bool LeaveWith(Cursor& c);
  bool LeaveWithError(Cursor& c);
  bool ImportName(Cursor& c, const Instruction& i);
  bool ImportFrom(Cursor& c, const Instruction& i);
  bool ImportStar(Cursor& c);
  bool Echo(Cursor& c);

  // ---- Calls (call.cc)
  // Calls the callable at `base` with `count` arguments behind it, the last ones named. On kDone the result
  // stands at `base`.
  Invoked Invoke(Value* base, size_t count, std::span<const Value> names);
  Invoked InvokeFunction(FunctionObject* function, Value* arguments, size_t count,
                         std::span<const Value> names, Value* result, bool result_is_live,
                         bool is_constructor = false);
  Invoked InvokeNative(const NativeObject* native, Value* arguments, size_t count,
                       std::span<const Value> names, Value* result);
  Invoked InvokeClass(Ref<ClassObject> type, Value* base, size_t count, std::span<const Value> names);
  bool BindArguments(FunctionObject* function, Value* arguments, size_t count, std::span<const Value> names);
  bool BindKeyword(FunctionObject* function, const Value& name, const Value& value, std::vector<Value>* bound,
                   DictObject* keywords);
  bool FillMissing(FunctionObject* function, std::vector<Value>* bound, size_t given);
  bool ThrowTooMany(FunctionObject* function, size_t given);
  bool BindNative(const NativeObject* native, std::span<const Value> given, std::span<const Value> names,
                  std::vector<Value>* bound, std::span<const Value>* rest);
  bool PushFrame(FunctionObject* function, Value* slots, Value* result, bool result_is_live,
                 bool is_constructor);
  // A frame for a call that compiled code was inside of; returns its slots, which are yet to be made. `gap`:
  // how far they are above the place of the result (2: without a callable there). A constructor's result
  // stands there already, on top of the stack. `stage`: of a special method that an instruction of the caller
  // has called, whose operands are on top of the stack; -1: it is none.
  Value* PushInlinedFrame(FunctionObject* function, size_t gap, bool is_constructor, int stage = -1);
  // The same for the body of a generator, which the caller's last operand is.
  Value* PushInlinedBody(GeneratorObject* generator, size_t gap);
  bool CallUnpacked(Cursor& c, Invoked* invoked);
  bool PushGenerator(GeneratorObject* generator, Value* base);
  // A call of next() with `count` arguments that runs the body of a generator in its place.
  Asked AskByCall(Value* base, size_t count);

  Frame& top() { return frames_[frame_count_ - 1]; }

  Interner interner_;
  std::array<Value, 128> characters_;
  WellKnownNames names_;
  Namespace builtins_;
  BuiltinClasses classes_;
  Value next_function_;
  std::array<Value, std::size(kConsumers)> consumers_;  // the functions of consumers.def
  absl::flat_hash_map<std::string, Ref<ModuleObject>> modules_;
  absl::flat_hash_map<std::string, ModuleMaker> makers_;
  std::string script_folder_;
  std::vector<std::string> arguments_;
  PrintOptions print_options_;

  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<Value, Free> stack_;  // values above stack_top_ are dead memory
  Value* stack_top_ = nullptr;
  Value* stack_limit_ = nullptr;
  std::unique_ptr<Frame, Free> frame_memory_;
  Frame* frames_ = nullptr;  // never moves
  size_t frame_count_ = 0;
  size_t frames_constructed_ = 0;
  int recursion_limit_ = 1000;
  int nesting_ = 0;
  Ref<ExceptionObject> pending_;
  Ref<ExceptionObject> handled_;
  bool reraising_ = false;  // the pending exception goes on: the frame has its traceback entry already
  AttentionWord attention_word_;
  std::atomic<int>& attention_ = *attention_word_;
  InstructionObserver* observer_ = nullptr;
  Sampler* sampler_ = nullptr;
  std::unique_ptr<LoopJit> loop_jit_;  // made when the first loop comes round
  std::ostream* out_;
  std::ostream* err_;
};

// Guards a C++ function that may recurse through script values.
class Vm::Nesting {
 public:
  explicit Nesting(Vm& vm) : vm_(vm), ok_(++vm.nesting_ <= kMaxNesting) {
    if (!ok_) vm.Throw(ErrorKind::kRecursion, "maximum recursion depth exceeded");
  }
  ~Nesting() { --vm_.nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  explicit operator bool() const { return ok_; }

 private:
  Vm& vm_;
  bool ok_;
};

}  // namespace lathe::script
