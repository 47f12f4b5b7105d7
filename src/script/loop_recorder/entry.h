// The way into a loop trace: from a value of the VM to its abstract value when recording (Load), and from
// the VM's variables to the input words of the compiled trace when it is entered (Bind), which is also where
// the types are checked that the trace relies on.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "src/script/frame.h"
#include "src/script/loop_recorder/loop_graph.h"

namespace lathe::script {

// The strides that are those of C order, so that no value of the graph is needed for them: the innermost one.
std::vector<int64_t> KnownStrides(const Array& array);

// The key by which memory is told apart: what a storage owns is disjoint from all others, what is wrapped
// may overlap.
const void* MemoryKey(const Array& array);

// How a step is known by type: 1 and -1 exactly, others by their sign.
int64_t StepKind(int64_t step);

// Adds the iterator; false if it is there already.
bool AddIfNew(const Object* iterator, std::vector<const Object*>* known);

// Whether a slot is read from an instruction on.
using Liveness = std::function<bool(CodeObject* code, uint32_t instruction, size_t slot)>;

// What `value` is, with new inputs of `graph` for all that may differ the next time. Arrays are computed if
// they are pending. Objects that the trace will keep the parts of are added to `objects`. `slots`: the root
// frame's.
Abstract LoadValue(const Value& value, LoopGraph& graph, std::span<const Value> slots,
                   const Liveness& is_live, std::vector<EntryItem>* objects);

// The variable at `location`, with `slots` the slots of the root frame.
const Value& ValueAt(const Location& location, const Value* slots);
Value& MutableValueAt(const Location& location, Value* slots);

// Whether the VM's variables are what the entry of `graph` expects; if so `inputs` holds the input words.
// If not, `mismatch` (if given) tells the first item that is not.
bool BindEntry(const LoopGraph& graph, const Value* slots, std::vector<uint64_t>* inputs,
               const EntryItem** mismatch = nullptr);

}  // namespace lathe::script
