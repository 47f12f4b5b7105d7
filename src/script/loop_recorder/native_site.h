// Native sites: operations on objects that a loop trace leaves to the functions of the VM. The words of the
// call are made values, the function runs, its result becomes a word again.
//
// What may be done twice (a pure operation) leaves through an exit before the instruction if it fails or
// gives another type than it did while recording: the VM does it again, and raises the error. What has an
// effect has had none if it fails; it gives None, or a value that is boxed: of any type, which is looked at
// behind the instruction. No code of the script runs meanwhile.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "src/script/loop_recorder/abstract_value.h"
#include "src/script/loop_recorder/array_site.h"
#include "src/script/loop_recorder/find_native.h"
#include "src/script/vm.h"

namespace lathe::script {

struct NativeOperation {
  enum class Kind : uint8_t {
    kUnary,       // of the operator `operation`
    kBinary,      //
    kCompare,     //
    kInPlace,     // the same, changing x; it counts as giving None
    kGetItem,     // x, index
    kSetItem,     // x, index, value
    kDeleteItem,  // x, index
    kCall,      // of `function`, with `names` for its last arguments; `detail`: 1 if its value is not wanted
    kFormat,    // value[, specification]; `detail`: the conversion, or 0
    kJoin,      // strings
    kTruth,     //
    kIn,        // item, container; `detail`: 1 for "not in"
    kMakeList,  //
    kMakeSet,   //
    kMakeDict,  // keys and values by turns
    kListAppend,  // list, item
    kListExtend,  // list, iterable
    kListToTuple,
    kUnpack,  // a value into a tuple; `detail`: how many items, before and after a starred one (UnpackCounts)
    kKeywordValues,  // of a dict whose keys are `names`: a tuple
    kDictMerge,      // dict, dict; `detail`: 1 for keyword arguments
    kSetAdd,         // set, item
    kSetUpdate,      // set, iterable
    kDictSet,        // dict, key, value
    kAttribute,      // of the name that `function` is
    kSetAttribute,   // object, value
    kIterator,       // of a value
    kNext,           // of an iterator; a word tells whether there was one
    kUnbox,          // a value itself
  };
  Kind kind = Kind::kBinary;
  Bytecode operation = Bytecode::kAdd;
  int64_t detail = 0;
  Value function;
  Value names;         // a tuple, or Undefined
  bool boxed = false;  // it has an effect and gives a value
  bool fresh = false;  // an array that it gives shares no memory with another
};

// The detail of kUnpack.
struct UnpackCounts {
  size_t before = 0, after = 0;
  bool starred = false;
  int64_t Packed() const { return static_cast<int64_t>(before << 32 | after << 1 | (starred ? 1u : 0u)); }
  static UnpackCounts Of(int64_t packed) {
    const auto bits = static_cast<uint64_t>(packed);
    return {bits >> 32, (bits & UINT32_MAX) >> 1, (bits & 1) != 0};
  }
};

// Error if it failed; the exception is then pending.
Value Perform(Vm& vm, const NativeOperation& operation, std::span<const Value> operands);

// The same with no code of the script, and with nothing left to be computed later.
Value PerformEagerly(Vm& vm, const NativeOperation& operation, std::span<const Value> operands);

// What a value is to a trace that has got it from a native operation: a number by its type, None, a list, an
// array, or some other object; refs are to be filled in. kUnloaded if it is nothing of these.
Abstract NativeResultOf(const Value& value);

// Words: the result (given; of an array the address of its object, data, extents and strides), then the refs
// of the operands, then live objects. The result of the call is 0 if it failed or gave something else than
// `expected`. A boxed result lies at `*box` and is no word.
std::shared_ptr<LoopSite> MakeNativeSite(Vm& vm, NativeOperation operation, std::vector<Abstract> operands,
                                         Abstract expected, const Value** box = nullptr);

class NativeFunctions {
 public:
  enum class Effect : uint8_t { kUnknown, kPure, kView, kNone, kGives };
  explicit NativeFunctions(Vm& vm);
  Effect EffectOf(const Object* function) const;

 private:
  NativeTable<Effect> table_;
};

}  // namespace lathe::script
