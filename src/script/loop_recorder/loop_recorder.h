// The loop recorder: follows the VM through one iteration of a hot loop (or through what follows a hot exit)
// and adds to the loop graph what each instruction computes, with a guard for every decision that could
// turn out otherwise the next time.
//
// It keeps a state of abstract values in step with the VM's and is shown every instruction before it runs.
// A handler looks at its operands, emits guards, computes, and only then changes the state, so that the
// snapshot of its guards is the state at its beginning: an exit runs the instruction again, in the VM.
//
// What cannot be recorded aborts the recording with a reason; the VM has lost nothing by it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/script/foreign/c_function.h"
#include "src/script/loop_recorder/array_statements.h"
#include "src/script/loop_recorder/code_analysis.h"
#include "src/script/loop_recorder/entry.h"
#include "src/script/loop_recorder/found_key.h"
#include "src/script/loop_recorder/intrinsics.h"
#include "src/script/loop_recorder/loop_graph.h"
#include "src/script/loop_recorder/loop_limits.h"
#include "src/script/loop_recorder/native_site.h"
#include "src/script/loop_recorder/object_functions.h"
#include "src/script/vm.h"

namespace lathe::script {

struct LoopTrace;

enum class AbortReason : uint8_t {
#define ABORT_REASON(ID, TEXT) k##ID,
#include "src/script/loop_recorder/abort_reasons.def"
#undef ABORT_REASON
};
// A recording that was given up: the reason, and in words, with what it is about.
struct Abortion {
  AbortReason reason = AbortReason::kInternal;
  std::string text;
};
Abortion MakeAbortion(AbortReason reason, std::string_view what = "");
// The reason's name in abort_reasons.def.
std::string_view NameOf(AbortReason reason);

// What the recorder asks of its owner.
class RecordingHost {
 public:
  virtual ~RecordingHost() = default;
  virtual const CodeAnalysis& AnalysisOf(CodeObject* code) = 0;
  virtual const Intrinsics& intrinsics() = 0;
  virtual const ArrayFunctions& array_functions() = 0;
  virtual const NativeFunctions& native_functions() = 0;
  virtual const LoopLimits& limits() const = 0;
  // Whether exits will be taken although their guards hold.
  virtual bool InjectsFaults() const = 0;
  // The compiled traces of a loop, best first.
  virtual std::vector<LoopTrace*> TracesOf(CodeObject* code, uint32_t header) = 0;
  // Runs `trace` from where the VM stands, at the loop's header; the exit taken, or -1 if it cannot be
  // entered. The VM then stands where the exit left it.
  virtual int32_t RunInner(LoopTrace& trace) = 0;
  // The end of the recording: linked (no text), or aborted.
  virtual void Finished(const Abortion& aborted) = 0;
};

class CFunctionObject;

class LoopRecorder final : public InstructionObserver {
 public:
  LoopRecorder(Vm& vm, RecordingHost& host, LoopGraph& graph, ArrayStatements& arrays, CodeObject* code,
               uint32_t header);
  // Records a loop from its header on, where the VM stands.
  void BeginRoot();
  // Records what follows `exit`, where the VM stands.
  void BeginSide(int32_t exit);

  bool Before() override;
  bool Failed() override;
  bool left_loop() const { return left_loop_; }

 private:
  // ---- State (loop_recorder.cc)
  // Ends the recording, always false; the second form for an operation that the recorder cannot say.
  bool Abort(AbortReason reason, std::string_view what = "");
  bool Abort(const std::string& what) { return Abort(AbortReason::kOperation, what); }
  bool aborted() const { return !aborted_.text.empty(); }
  FrameState& frame() { return state_.top(); }
  const Value* RootSlots() const;
  const Frame& VmFrame() const;
  // The value `below` the top of the operands, looked up if it is not known yet.
  Abstract& Operand(size_t below);
  Abstract& Register(size_t index);
  Abstract& Variable(const Location& location);
  Abstract LoadEntry(const Location& location);
  Abstract AddEntry(const Location& location, const Abstract& entry);
  void Push(Abstract value) { frame().registers.push_back(std::move(value)); }
  void Drop(size_t count) { frame().registers.resize(frame().registers.size() - count); }
  bool Replace(size_t count, Abstract value) {
    if (aborted()) return false;
    Drop(count);
    Push(std::move(value));
    return true;
  }
  // The VM's value at the same place.
  const Value& Actual(size_t below) const;
  std::shared_ptr<const State> Snapshot();
  int32_t ExitHere(ExitReason reason) { return graph_.AddExit(Snapshot(), reason); }

  // ---- Joints (joints.cc)
  bool AtHeader();
  bool AtMerge();
  bool CloseRoot();
  bool EnterJoint(bool is_header, const LoopGraph* inner = nullptr);
  bool LinkToJoint(const LoopGraph* inner = nullptr, int* versions = nullptr);
  bool TryLink(SegmentId joint);
  bool FindArguments(const Segment& joint, const State& arriving, std::vector<Node>* arguments);
  bool MatchesRoot(IdentityMap* identities);
  bool ObjectsMatchRoot(IdentityMap* identities);
  void NameObjectsAsRoot(const IdentityMap& identities);
  bool Align(const Location* location, const Abstract& wanted, Abstract* value, IdentityMap* identities);
  bool LinkVariables(const State& target, const State& arriving, IdentityMap* identities,
                     std::vector<std::pair<Location, Abstract>>* variables);
  void RenameObjects(const std::function<ObjectIdentity(ObjectIdentity)>& map);
  void AddMissingEntries();
  void ForgetUnchanged(State* state, const LoopGraph* inner);
  void ForgetDead(State* state);
  void ForgetUnreachable(State* state);
  void MergeMemories(const Abstract& a, const Abstract& b);
  void PollBack();
  void Finish();
  std::vector<Node> ValuesOf(const State& state);

  // ---- Inner loops (embed.cc)
  bool EnterInner();
  bool CanEmbed(const LoopTrace& trace, IdentityMap* identities);
  bool Embed(LoopTrace& trace, const IdentityMap& identities);

  // ---- Emission
  Node Emit(Op op, DType dtype, std::initializer_list<Node> operands, uint64_t attribute = 0) {
    return graph_.Emit(op, dtype, operands, attribute);
  }
  Node Compare(Op op, Node x, Node y) { return Emit(op, DType::kBool, {x, y}); }
  Node Not(Node condition);
  bool Guard(Node condition, bool expected, ExitReason reason);
  Node Checked(Op op, Node x, Node y);
  Node Cast(Node x, DType to);
  Node Int(int64_t value) { return graph_.ConstantInt(value); }
  Node AddressOf(const void* object) {
    return Int(static_cast<int64_t>(reinterpret_cast<uintptr_t>(object)));
  }

  // ---- Array statements (record_arrays.cc)
  bool RecordArrays(const RecordedOperation& operation, std::vector<Abstract> operands,
                    std::span<const Value> actual, Abstract* result);
  bool ArrayInPlace(Bytecode op, const Abstract& x, const Value& ax, const Value& ay);
  bool ArrayOperator(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                     Abstract* result);
  bool AssignArray(const Abstract& target, const Abstract& value, const Shape& target_shape,
                   const Value& avalue, size_t consumed);
  bool MatrixProduct(Abstract x, Abstract y, const Value& ax, const Value& ay, Abstract* result);
  bool CallArrayFunction(const Value& callable, std::span<const Abstract> arguments,
                         std::span<const Value> actual, std::span<const Value> names, Abstract* result,
                         bool* done);
  bool WriteResult(const RecordedOperation& recorded, std::vector<Abstract> arguments,
                   std::span<const Value> actual, std::span<const Value> names, Abstract* result);
  bool ArrayMethod(const Abstract& x, const Ref<StringObject>& name, bool* done);
  // Computes all pending values but those of the last `consumed` operands, and `also`, which is replaced.
  bool ComputePending(size_t consumed = 0, std::span<Abstract> also = {});
  bool ComputePending(size_t consumed, Abstract* also) {
    return ComputePending(consumed, std::span(also, 1));
  }
  static bool HasPending(const Abstract& a);
  bool UniteShapes(std::vector<Abstract>* operands, std::span<const Value> actual);
  bool BroadcastTo(Abstract* value, const Abstract& target, const Shape& value_shape,
                   const Shape& target_shape);
  bool GuardEqual(Node a, Node b);
  bool GuardOne(Node extent);
  bool NameScalars(const RecordedOperation& operation, std::span<const Abstract> operands,
                   std::span<const Value> actual, std::vector<Node>* scalars);
  bool HasForeignPending() const;
  bool EmitKernel(const std::vector<Array>& values, const Abstract* target, const Array* assigned,
                  std::vector<Abstract>* computed);
  Abstract NewArray(DType dtype, const std::vector<Node>& extents);

  // ---- Objects (record_objects.cc)
  bool NativeCall(const NativeOperation& operation, std::vector<Abstract> operands,
                  std::span<const Value> actual, bool effect, Abstract* result, Value* given = nullptr);
  bool NativeBinary(NativeOperation::Kind kind, Bytecode op, const Abstract& x, const Abstract& y,
                    const Value& ax, const Value& ay, Abstract* result);
  bool NativeInPlace(Bytecode op);
  bool ArrayCall(const RecordedOperation& recorded, std::vector<Abstract> operands,
                 std::span<const Value> actual, Abstract* result);
  bool NativeSetItem(const Abstract& x, const Abstract& index, const Abstract& value, const Value& ax,
                     const Value& aindex, const Value& avalue);
  bool CallNativeFunction(const Value& callable, std::span<const Abstract> arguments,
                          std::span<const Value> actual, std::span<const Value> names, Abstract* result,
                          bool* done);
  bool NativeMethod(const Abstract& x, const Value& actual, const Ref<StringObject>& name, bool* done);
  int MemoryOfResult(std::span<const Abstract> operands);
  void TakeArray(Node call, int memory, Abstract* array);
  bool Unbox();
  // The address of a part of a Value, by the part's offset.
  using ValuePlace = std::function<Node(int64_t offset)>;
  ValuePlace PlaceAt(Node address, int64_t offset = 0);
  ValuePlace ItemPlace(const Abstract& sequence, Node index);
  bool ReadValue(const ValuePlace& at, uint64_t memory, const Value& actual, Abstract* result);
  bool ObjectAt(Node address, ObjectKind kind, Abstract* result);
  bool StoreValue(const ValuePlace& at, const Abstract& value, const Value* old);
  bool Grow(NativeOperation::Kind kind, size_t below, size_t count);
  bool NextOfObject(const Abstract& iterator, uint32_t end);
  bool AfterNext();
  bool RecordObject(const Instruction& i);

  // ---- Unpacking (record_unpacking.cc)
  bool ItemsOfIterable(Abstract x, const Value& actual, std::vector<Abstract>* items);
  bool RecordUnpack(const Instruction& i);
  bool UnpackByVm(const Abstract& x, const Value& actual, size_t before, size_t after, bool starred);
  bool RecordTupleExtend();

  // ---- Object functions, dicts and sets (record_tables.cc)
  bool WordsOf(const Abstract& a, ValueWords* words);
  static bool HasWords(const Abstract& a);
  Node MakeTupleOf(std::span<const Abstract> items);
  Node CallObject(ObjectFunction function, std::span<const Node> arguments);
  Node CallObject(ObjectFunction function, std::initializer_list<Node> arguments);
  bool Change(ObjectFunction function, std::initializer_list<Node> arguments);
  Node TableOf(const Abstract& x, const Value& actual);
  Node KnownPlace(const Abstract& table, const Abstract& key) const;
  bool FindKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey, Node* place,
               const Value** now, bool* done);
  bool GuardKey(Node place, bool there);
  bool GetKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey, Abstract* result,
              bool* done);
  bool GetKeyOr(std::span<const Abstract> arguments, std::span<const Value> actual, Abstract* result,
                bool* done);
  bool HasKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey, Node* result,
              bool* done);
  bool SetKey(const Abstract& x, const Abstract& key, const Abstract& value, const Value& ax, bool* done);
  bool StoreFound(const Abstract& x, const Abstract& key, const Abstract& value, const Value& ax,
                  const Value& akey, bool* done);
  bool CallTableMethod(IntrinsicKind kind, std::span<const Abstract> arguments, std::span<const Value> actual,
                       Abstract* result, bool* done);

  // ---- Strings and iterators (record_texts.cc)
  Node TextOf(const Abstract& x);
  bool MadeText(Node text, Abstract* result);
  bool CompareTuples(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                     Abstract* result, bool* done);
  bool CompareTexts(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                    Abstract* result, bool* done);
  bool CompareObjects(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                      Abstract* result, bool* done);
  Node IsAlone(const Abstract& text);
  bool FormatPlain(const Abstract& x, const Abstract* specification, Abstract* result, bool* done);
  bool JoinOperands(size_t count, Abstract* result, bool* done);
  bool AddTexts(const Abstract& x, const Abstract& y, bool in_place, Abstract* result, bool* done);
  bool GetText(const Abstract& x, const Abstract& index, const Value& ax, const Value& aindex,
               Abstract* result, bool* done);
  bool HasText(const Abstract& x, const Abstract& part, Node* result, bool* done);
  bool LengthOfObject(const Abstract& x, const Value& actual, Abstract* result, bool* done);
  bool NextOfContainer(const Abstract& iterator, uint32_t end, bool* done);
  bool GuardMore(Node item, bool more);
  bool NextOfText(const Abstract& iterator, const TextIterator& actual, uint32_t end, bool* done);
  bool NextOfTable(const Abstract& iterator, TableIterator& actual, uint32_t end, bool* done);

  // ---- C functions (record_foreign.cc)
  bool ForeignMember(const Abstract& x, const Ref<StringObject>& name, Abstract* value, bool* done);
  bool CallForeign(const Value& callable, std::span<const Abstract> given, std::span<const Value> actual,
                   std::span<const Value> names, Abstract* result, bool* done);
  bool CallForeignByVm(const CFunctionObject& function, const Value& callable,
                       std::vector<Abstract> arguments, std::span<const Value> actual, Abstract* result);
  bool ForeignArguments(const CFunctionObject& function, const ForeignFunction& record,
                        std::span<const Abstract> arguments, std::vector<Node>* values);
  bool ForeignArray(const Abstract& x, Node* address);
  bool GuardLength(const ffi::CLength& length, const Abstract& x, std::span<const Node> values);
  bool GuardCallbacks(const FfiState& state);
  bool ForeignArgument(const Abstract& x, DType dtype, Node* value);
  bool ForeignResult(const CFunctionObject& function, Node value, Abstract* result);

  // ---- Instructions (record_*.cc)
  bool Record(const Instruction& i);
  bool RecordVariable(const Instruction& i);
  bool CellAt(size_t slot, Location* location);
  bool RecordStack(const Instruction& i);
  bool Identity(const Abstract& x, const Abstract& y, Node* same);
  bool RecordFlow(const Instruction& i);
  bool RecordBranch(const Instruction& i, bool jump_if, bool keeps);
  bool RecordForIter(const Instruction& i);
  bool RecordReturn();
  bool RecordAttribute(const Instruction& i);
  bool RecordMethod(const Instruction& i);
  bool AddAttribute(const Abstract& x, const Value& actual, const StringObject* name, const Abstract& value,
                    bool* done);
  bool InstanceMethod(const Ref<StringObject>& name);
  bool RecordCall(const Instruction& i);
  // The values of a call that go to the parameters, the last ones by name, and its place on the operands.
  struct CallArguments {
    std::vector<Abstract> values;
    std::vector<Value> actual;  // what they are now; of a new instance, which is not made yet, Undefined
    std::span<const Value> names;
    size_t consumed = 0;  // operands that the call replaces
    size_t gap = 1;       // from the result's place to the slots of a function's frame
  };
  bool RecordUnpackedCall();
  bool CallValue(Abstract callable, const Value& actual, CallArguments call);
  // A function of the script that is called: the VM's, or one that the loop has made.
  struct Callee {
    Ref<CodeObject> code;
    ModuleObject* module = nullptr;
    Ref<FunctionObject> function;
    ObjectIdentity made = kNoIdentity;
    std::vector<Abstract> defaults, keyword_defaults, closure;
  };
  Callee CalleeOf(const FunctionObject& function);
  Callee CalleeOf(ObjectIdentity made);
  bool CallFunction(const Callee& callee, const CallArguments& arguments, const Abstract* instance);
  bool HasRoomFor(const CodeObject& code);
  bool BindParameters(const Callee& callee, const CallArguments& arguments, FrameState* f);
  bool RecordFunction(const Instruction& i);
  bool RecordCell(const Instruction& i);
  bool MakeFunction(const Instruction& i);
  Abstract NewObject(AbstractKind kind, Abstract body);
  bool ChangeObject(ObjectIdentity object);
  bool Construct(const ClassObject& type, CallArguments arguments);
  bool ModuleVariable(ModuleObject* module, const Ref<StringObject>& name, Abstract* value);
  bool CallNative(const Value& callable, std::span<const Abstract> arguments, std::span<const Value> actual,
                  std::span<const Value> names, Abstract* result);
  bool CallBound(const Abstract& self, const Value& actual_self, const Value& function, CallArguments call);
  bool BindMethod(const Abstract& x, const Ref<StringObject>& name, bool* done);
  bool CallIntrinsic(const Intrinsic& intrinsic, std::span<const Abstract> arguments,
                     std::span<const Value> actual, Abstract* result);

  bool Absolute(const Abstract& x, Abstract* result);
  bool Extreme(bool largest, std::span<const Abstract> arguments, std::span<const Value> actual,
               Abstract* result);
  bool ToIntBy(std::string_view rounding, const Abstract& x, Abstract* result);
  bool LengthOf(const Abstract& x, Abstract* result);
  bool MakeRange(std::span<const Abstract> arguments, std::span<const Value> actual, Abstract* result);
  bool MakeCombined(bool zip, std::span<const Abstract> arguments, std::span<const Value> actual,
                    Abstract* result);
  Abstract FromConstant(const Value& value);

  // ---- Generators (record_generators.cc)
  bool MakeGenerator(const Callee& callee, FrameState body, const CallArguments& arguments);
  bool ResumeGenerator(ObjectIdentity generator, const GeneratorObject& actual, size_t gap);
  bool AskForItem(const Abstract& iterator, uint32_t end);
  bool AskZip(Abstract zip, const ZipIterator& actual, const Abstract* item, const std::function<void()>& go);
  bool AskByCall(const CallArguments& call, const Value& actual);
  Abstract& AskedIterator();
  bool HasEnded(ObjectIdentity generator);
  bool RecordYield();
  bool EndGenerator();
  void EndLoop();
  static bool AsksGenerator(const Abstract& iterator);
  void ForgetDeadSlots(Abstract* body);

  // ---- Exceptions (record_exceptions.cc)
  bool RecordException(const Instruction& i);
  bool MakeException(const ClassObject& type, const CallArguments& call);
  bool RecordRaise(const Instruction& i);
  bool MatchException();
  bool RecordFailure(const Instruction& i, bool* fails);
  bool FailsToDivide(const Instruction& i);
  bool FailsToFind();
  Value Try(const NativeOperation& operation, bool reversed);
  bool RaiseAs(const NativeOperation& operation, const Abstract* argument);
  bool IsCaught() const;
  bool Unwind(ObjectIdentity exception, bool again);
  bool Handle(const Abstract& exception);

  // Iteration: the next item; false as *more at the end. `actual` is the VM's iterator.
  int CountInState(const Abstract& value);
  bool GuardRange(const AbstractParts& range);
  bool NextItem(Abstract* iterator, const Value& actual, Abstract* item, bool* more);
  bool MakeIterator(const Abstract& iterable, const Value& actual, Abstract* iterator);

  // Arithmetic
  bool Binary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
              Abstract* result);
  bool NumberBinary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                    Abstract* result);
  bool IntegerBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay, Abstract* result);
  bool IntegerQuotient(Bytecode op, Node x, Node y, int64_t b, Abstract* result);
  bool IntegerPower(Node x, Node y, int64_t b, Abstract* result);
  bool FloatBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay, Abstract* result);
  Node CallOfTwo(std::string_view function, DType dtype, Node x, Node y);  // of loop_functions.def
  bool GuardPower(Node x, Node y, double a, double b, bool integer);
  bool Unary(Bytecode op, const Abstract& x, const Value& actual, Abstract* result);
  bool Comparison(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                  Abstract* result);
  bool TruthOfObject(const Abstract& x, const Value& actual, Node* truth);
  bool Truth(const Abstract& x, const Value& actual, Node* truth);
  bool ToInteger(Node x, Abstract* result);
  Node AsInt(const Abstract& x);
  Node AsFloat(const Abstract& x);
  Node ExactFloat(const Abstract& x);

  // NumPy's scalars (record_scalars.cc); false, without an end of the recording, if they have no nodes
  bool Follow(const Abstract& x, const Value& actual, DType dtype, Node* out);
  bool ScalarBinary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                    Abstract* result);
  bool ScalarUnary(Bytecode op, const Abstract& x, Abstract* result);
  void ScalarComparison(Op order, const Abstract& x, const Abstract& y, Abstract* result);
  bool ToScalar(DType dtype, const Abstract& x, const Value& actual, Abstract* result);
  bool CallUfuncOnScalars(const UfuncObject& ufunc, std::span<const Abstract> arguments,
                          std::span<const Value> actual, Abstract* result);

  // Subscripts
  bool GetItem(const Abstract& x, const Abstract& index, const Value& ax, const Value& aindex,
               Abstract* result);
  bool SetItem(const Abstract& x, const Abstract& index, const Abstract& value, const Value& ax,
               const Value& aindex, const Value& avalue);
  bool IndexOf(const Abstract& index, const Value& actual, Node extent, Node* out);
  bool ElementAddress(const Abstract& array, const Abstract& index, const Value& aindex, Node* address);
  Abstract ArrayAt(const Abstract& array, Node index);
  bool ViewOf(const Abstract& array, const Abstract& index, const Value& aindex, Abstract* view);
  // A slice applied to an extent: its first index, its step, and how many there are.
  struct SliceBounds {
    Node start, count;
    int64_t step;
  };
  bool BoundsOf(const Abstract& slice, const Value& actual, Node extent, SliceBounds* bounds);
  bool SliceBound(const Abstract& bound, const Value& actual, Node extent, Node low, Node high, Node fallback,
                  Node* out);

  // Special methods and classes (record_special.cc)
  bool GuardClassChanges();
  bool GuardInstance(const Abstract& x, const Value& actual);
  bool EnterSpecial(const Value& method, std::initializer_list<size_t> below, int stage);
  bool FollowSpecial(const Instruction& i, bool* done);
  bool ReturnFromOperator();
  bool ClassAttribute(const Abstract& x, const Ref<StringObject>& name, Abstract* value, bool* done);
  bool BoundParts(const Abstract& method, const BoundMethodObject& actual, Abstract* self);
  bool BindInstanceMethod(const Abstract& x, const Value& actual, const StringObject* name, bool* done);
  bool MakeSuper(Abstract* result, bool* done);
  const ClassObject* KnownClass(const Abstract& x, const Value& actual);
  bool AskClass(const Value& callable, std::span<const Abstract> arguments, std::span<const Value> actual,
                Abstract* result, bool* done);
  bool SuperMethod(const Ref<StringObject>& name);
  bool EnterContext();
  bool LeaveContext();

  // Lists
  static bool IsSequence(const Abstract& a);
  Node SequencePointer(const Abstract& sequence, int64_t pointer);
  Node SequenceLength(const Abstract& sequence);
  bool SequenceAt(const Abstract& sequence, const Abstract& index, const Value& actual,
                  const Value& actual_index, Abstract* result);
  bool SequenceItem(const Abstract& sequence, Node index, const Value& actual, int64_t k, Abstract* result);
  bool StoreListItem(const Abstract& list, Node index, const Abstract& value, const Value& old);
  void MoveListEnd(const Abstract& list, Node end);
  bool CallListMethod(IntrinsicKind kind, std::span<const Abstract> arguments, std::span<const Value> actual,
                      Abstract* result, bool* done);
  bool PopFromList(std::span<const Abstract> arguments, std::span<const Value> actual, Abstract* result,
                   bool* done);
  bool AppendToList(const Abstract& list, const Abstract& value, const Value& actual, Abstract* result,
                    bool* done);
  bool MadeList(Node list, Abstract* result);
  bool MakeListOf(size_t count, Abstract* result, bool* done);
  bool SliceWords(const Abstract& slice, Node* start, Node* stop, Node* step);
  bool GetSlice(const Abstract& list, const Abstract& slice, Abstract* result, bool* done);
  bool SetSlice(const Abstract& list, const Abstract& slice, const Abstract& value, bool* done);
  bool MakeReversed(const Abstract& x, Abstract* result);
  bool CombineLists(Bytecode op, const Abstract& x, const Abstract& y, Abstract* result, bool* done);

  // Instances
  Node WordAt(Node object, int64_t offset);
  bool GuardWord(Node word, const void* expected);
  bool GuardClass(Node instance, const InstanceObject& actual);
  bool GuardNames(Node address, const InstanceObject& instance);
  bool GuardAttribute(Node instance, const InstanceObject& actual, size_t k, ValuePlace* at);
  bool FindAttribute(const Abstract& x, const Value& actual, const StringObject* name, const Value** now,
                     ValuePlace* at, bool* done);
  bool ReadAttribute(const Abstract& x, const Value& actual, const StringObject* name, Abstract* value,
                     bool* done);
  bool ReadFromClass(const Abstract& x, const Value& actual, const StringObject* name, Abstract* value,
                     bool* done);
  bool WriteAttribute(const Abstract& x, const Value& actual, const StringObject* name, const Abstract& value,
                      bool* done);
  Node ReadElement(const Abstract& array, Node address);
  bool StoreElement(const Abstract& array, Node address, const Abstract& value);

  Vm& vm_;
  RecordingHost& host_;
  LoopGraph& graph_;
  CodeObject* root_code_;
  const uint32_t header_;
  uint32_t loop_end_;
  size_t root_frame_ = 0;  // index of the VM's frame
  State state_;
  ArrayStatements& arrays_;
  std::shared_ptr<const State> snapshot_;
  Abortion aborted_;
  int64_t recorded_ = 0;
  bool at_start_ = true;
  bool left_loop_ = false;
  bool returned_here_ = false;
  bool raises_ = false;  // the instruction that runs has been recorded as one that raises
  bool linked_ = false;
  Node native_call_ = kNoRef;         // of the last boxed value
  std::vector<FoundKey> found_keys_;  // those that still hold
  // An iterator that has been asked for an item, which only the VM knows so far.
  struct Asked {
    Node call = kNoRef;
    Abstract item;
    uint32_t end = 0;
  };
  std::optional<Asked> asked_;
};

}  // namespace lathe::script
