// What the loop recorder knows of the values of the VM while it records: their types, and which values of
// the loop graph hold their parts. Objects that live inside the loop only (tuples, slices, ranges, their
// iterators, views) have no address: they are virtual, and are made when an exit needs them.
//
// Knows the values of scripts and the refs of the graph; nothing of how either is made.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/script/bytecode.h"
#include "src/script/objects.h"

namespace lathe::script {

// A value of the loop graph (loop_graph.h).
using Node = lathe::Ref;

enum class AbstractKind : uint8_t {
  kUnloaded,  // what it was when the trace was entered; nothing in the trace has looked at it yet
  kDead,      // nobody will read it
  kConstant,  // `constant`: None, a function, a module, a string ...; never a number
  kBool,      // a Python bool, int or float in `ref`
  kInt,       //
  kFloat,     //
  kScalar,    // a NumPy scalar of `dtype` in `ref`
  kArray,     // an array or a view of one
  kPending,   // an array that is not computed yet: `constant`, a function, or else the operator
              // `parts->operation`, of the items; refs as an array's, without data and strides
  kList,      // a list: `ref` is the address of the object
  kObject,    // an object of the kind `object_kind`: `ref` is its address
  kTuple,     // items
  kSlice,     // items: start, stop, step
  kRange,     // refs: start, stop[, step]; `number`: the step if that is 1 or -1, else 2 or -2 by its sign
  kRangeIterator,  // refs: next, stop[, step]; `number` as above
  kListIterator,   // items: the list or tuple; refs: index; `number`: kReversedCopy if reversed() has made it
  kArrayIterator,  // items: the array; refs: index
  kEnumerate,      // items: the iterator; refs: next number
  kZip,            // items: the iterators, then the `number` items that it has for the next tuple
  kBoundMethod,    // items: self, function
  kBoxed,          // of any type: `ref` is the address of the Value
  kGenerator,      // a generator: `identity` tells which, its body is a variable of the state
  kGeneratorBody,  // what a generator is now. ref: its address, 0 if the VM has not made it; refs: the
                   // address of its function; `constant`: its code; items: slots and operands, none while it
                   // runs or once it has ended; `number`: the next instruction, kRunningBody or kEndedBody;
                   // `owner`: its module
  kSuper,          // items: self, the class that it comes behind
  kFunction,       // a function that the loop has made, and its body: ref as above; `constant`: its code;
  kFunctionBody,   // `owner`: its module; items: defaults, keyword defaults, closure, each a tuple or None
  kCell,           // a cell: of the root frame's slot `number`, or one that the loop has made, with its body:
  kCellBody,       // ref as above; items: the content
  kException,      // an exception that the loop has made, and its body: ref as above; `constant`: its class;
  kExceptionBody,  // items: its context, then its arguments; `traceback`: where it has been raised
  kHandled,        // the exception that was handled when the trace was entered, or None
};

inline constexpr int64_t kReversedCopy = 1;
inline constexpr int64_t kRunningBody = -1;
inline constexpr int64_t kEndedBody = -2;

// Which object a value is, of those that can change and that the trace keeps the parts of; within one state.
using ObjectIdentity = uint32_t;
inline constexpr ObjectIdentity kNoIdentity = 0;

struct Abstract;

struct AbstractParts {
  std::vector<Abstract> items;
  std::vector<Node> refs;  // of an array: data, extents, strides
  int64_t number = 0;
  // Of a pending array: the ArrayStatements that `number` counts in; of a function or generator: the module.
  const void* owner = nullptr;
  // ---- Of an array
  int rank = 0;
  int memory = -1;  // which memory it lies in: MemoryClasses (loop_graph.h)
  bool writable = false;
  bool is_view = false;                 // virtual: `ref` is the address of the object it is a view of
  Bytecode operation = Bytecode::kAdd;  // of a pending array
  Value names;                          // of a function's last arguments: a tuple, or Undefined
  std::vector<std::pair<CodeObject*, uint32_t>> traceback;  // of an exception: instructions, innermost first
  std::vector<int64_t> strides;                             // those that are known, kUnknownStride otherwise
};
inline constexpr int64_t kUnknownStride = INT64_MIN;

struct Abstract {
  AbstractKind kind = AbstractKind::kUnloaded;
  DType dtype = DType::kBool;  // of a scalar or an array's elements
  ObjectKind object_kind = ObjectKind::kString;
  ObjectIdentity identity = kNoIdentity;
  Node ref = kNoRef;  // the number, or the address of the object; kNoRef if it is virtual
  Value constant;
  std::shared_ptr<const AbstractParts> parts;

  static Abstract Constant(Value value) {
    Abstract a;
    a.kind = AbstractKind::kConstant;
    a.constant = std::move(value);
    return a;
  }
  static Abstract Dead() {
    Abstract a;
    a.kind = AbstractKind::kDead;
    return a;
  }
  static Abstract Tuple(std::vector<Abstract> items) {
    Abstract a;
    a.kind = AbstractKind::kTuple;
    auto parts = std::make_shared<AbstractParts>();
    parts->items = std::move(items);
    a.parts = std::move(parts);
    return a;
  }
  static Abstract Number(AbstractKind kind, DType dtype, Node ref) {
    Abstract a;
    a.kind = kind;
    a.dtype = dtype;
    a.ref = ref;
    return a;
  }
  static Abstract Bool(Node ref) { return Number(AbstractKind::kBool, DType::kBool, ref); }
  static Abstract Int(Node ref) { return Number(AbstractKind::kInt, DType::kInt64, ref); }
  static Abstract Float(Node ref) { return Number(AbstractKind::kFloat, DType::kFloat64, ref); }
  static Abstract ScalarOf(DType dtype, Node ref) { return Number(AbstractKind::kScalar, dtype, ref); }

  bool Is(AbstractKind k) const { return kind == k; }
  bool IsNumber() const {
    return kind == AbstractKind::kBool || kind == AbstractKind::kInt || kind == AbstractKind::kFloat ||
           kind == AbstractKind::kScalar;
  }
  bool IsArrayLike() const { return kind == AbstractKind::kArray || kind == AbstractKind::kPending; }
  bool IsPlainNumber() const { return IsNumber() && kind != AbstractKind::kScalar; }
  bool IsIntegral() const { return kind == AbstractKind::kBool || kind == AbstractKind::kInt; }
  // Set aside: neither known nor needed.
  bool IsAbsent() const { return kind == AbstractKind::kUnloaded || kind == AbstractKind::kDead; }
  Node data() const { return parts->refs[0]; }
  Node extent(int d) const { return parts->refs[1 + static_cast<size_t>(d)]; }
  Node stride(int d) const {
    return parts->refs[1 + static_cast<size_t>(parts->rank) + static_cast<size_t>(d)];
  }
};

// Calls `visit(Node, DType)` for every value of the graph that `a` is made of, in one fixed order. Strides
// that are known are not among them.
template <class Visit>
void ForEachRef(const Abstract& a, const Visit& visit) {
  if (a.ref != kNoRef) visit(a.ref, a.IsNumber() ? a.dtype : DType::kInt64);
  if (!a.parts) return;
  const AbstractParts& p = *a.parts;
  for (size_t k = 0; k < p.refs.size(); ++k) {
    const size_t strides = 1 + static_cast<size_t>(p.rank);
    if (a.kind == AbstractKind::kArray && k >= strides && p.strides[k - strides] != kUnknownStride) continue;
    visit(p.refs[k], DType::kInt64);
  }
  for (const Abstract& item : p.items) ForEachRef(item, visit);
}

// `a` with each of its values replaced; a replacement may be kNoRef only for an object's address, which
// makes it virtual. `all`: also the constants that known strides are.
Abstract MapRefs(const Abstract& a, const std::function<Node(Node, DType)>& map, bool all = false);

// Calls `visit(ObjectIdentity)` for every object that `a` refers to, in one fixed order.
template <class Visit>
void ForEachIdentity(const Abstract& a, const Visit& visit) {
  if (a.identity != kNoIdentity) visit(a.identity);
  if (!a.parts) return;
  for (const Abstract& item : a.parts->items) ForEachIdentity(item, visit);
}

// `a` with each identity replaced.
Abstract MapIdentities(const Abstract& a, const std::function<ObjectIdentity(ObjectIdentity)>& map);

// Whether a place that holds values like `a` can take `b`: all but the refs and identities are equal. Arrays
// may lie in different memory. `objects`: an object with an address does not match a virtual one.
bool SameType(const Abstract& a, const Abstract& b, bool objects = true);

// Whether all refs and identities are equal too.
bool SameValue(const Abstract& a, const Abstract& b);

// A correspondence of the objects of two states, one to one.
class IdentityMap {
 public:
  // Adds that `a` is `b`; false if either is another one already.
  bool Pair(ObjectIdentity a, ObjectIdentity b);
  // The same for the objects that two values of one type refer to.
  bool Pair(const Abstract& a, const Abstract& b);
  // What `a` is; kNoIdentity if that is not known.
  ObjectIdentity Of(ObjectIdentity a) const;

 private:
  std::vector<std::pair<ObjectIdentity, ObjectIdentity>> pairs_;
};

// Type and kind in words, for reasons and logs: "float", "float64[:, :]", "range".
std::string Describe(const Abstract& a);

// ---- The state of the VM ----------------------------------------------------------------------------
// Where a variable is: in a register of the root frame or in the cell that one of its slots holds, which is
// another one in every call; outside of it, in a module (`index` among its variables) or in a closure's cell.
// An object that the trace keeps the parts of is a variable too: `index` is its identity.
struct Location {
  enum class Kind : uint8_t { kRegister, kSlotCell, kGlobal, kCell, kObject };
  Kind kind = Kind::kRegister;
  Object* owner = nullptr;  // the module or cell, kept alive by the graph
  uint32_t index = 0;       // of a register or slot: counted from the slots of the root frame
  static Location Of(ObjectIdentity identity) { return {Kind::kObject, nullptr, identity}; }
  bool InRootFrame() const { return kind == Kind::kRegister || kind == Kind::kSlotCell; }
  friend bool operator==(const Location&, const Location&) = default;
};

struct FrameState {
  Ref<CodeObject> code;
  Ref<FunctionObject> function;  // null for the root frame, which is the VM's own
  ModuleObject* module = nullptr;
  uint32_t pc = 0;
  // From the place of the result to the slots: 1, or 2 where an Undefined value lies below the callable.
  size_t gap = 1;
  // Whether it is an __init__ whose call gives the new instance: that is its caller's last operand already,
  // in the place of the result.
  bool constructs = false;
  // The function, if the loop has made it.
  ObjectIdentity callable = kNoIdentity;
  // The generator whose body it is. A `for` asks it for the next item, and the caller's last operand is it or
  // an enumerate or zip of it; or `next` does, and `gap` operands are to be replaced by the item.
  ObjectIdentity generator = kNoIdentity;
  // Of a special method that an operator of the caller has called, whose operands the caller still has; else
  // -1.
  int stage = -1;
  std::vector<Abstract> registers;  // slots, then operands
};

// What is known of the extents of arrays (array_statements.h): those of one number are equal.
struct ExtentFacts {
  struct Extent {
    Node node;
    int64_t number;
  };
  std::vector<Extent> known;
  std::vector<Extent> former;  // numbers that extents had before more was known
};

struct State {
  std::vector<FrameState> frames;  // the root frame first
  std::vector<std::pair<Location, Abstract>> variables;
  Abstract handled;  // the exception that is handled; kUnloaded: the one of when the trace was entered
  ExtentFacts facts;

  FrameState& top() { return frames.back(); }
  const FrameState& top() const { return frames.back(); }
  // What is known of a variable; null if nothing is.
  Abstract* Find(const Location& location);
  const Abstract* Find(const Location& location) const { return const_cast<State*>(this)->Find(location); }
};

// Calls `visit(Node, DType)` for all values that restoring `state` needs, in one fixed order.
template <class Visit>
void ForEachRestored(const State& state, const Visit& visit) {
  for (const FrameState& frame : state.frames) {
    for (const Abstract& value : frame.registers) ForEachRef(value, visit);
  }
  for (const auto& [location, value] : state.variables) ForEachRef(value, visit);
}

}  // namespace lathe::script
