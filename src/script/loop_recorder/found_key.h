// What a recording knows beside its state, where objects are operands of functions of words
// (object_functions.h).
#pragma once

#include "src/script/loop_recorder/loop_graph.h"

namespace lathe::script {

// A value as the two words that object functions take.
struct ValueWords {
  Node head = kNoRef, payload = kNoRef;
};

// A search that has been made: where the key's value is, or that there is none. It holds in its segment,
// until something changes.
struct FoundKey {
  SegmentId segment;
  Abstract table, key;
  Node place;
};

}  // namespace lathe::script
