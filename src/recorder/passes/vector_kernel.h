// The kernel of a loop that runs as vector code: an array-level trace that does what the turns do, what it is
// called with, and what has to be asked before the loop because it is not known. For the vectoriser.
//
// Dependences. A kernel reads everything before it writes anything. So a read of memory that the loop writes
// too is right if it is of what no turn before has written: it reads the very place that its turn writes, or
// places further on, or places apart from all that is written. What is not known is asked before the loop.
// Sums over the turns are made by the kernel, too: of integers, and of floats if their order does not matter
// (--fp fast).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/recorder/passes/counted_loop.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {

struct VectorKernel {
  // An operand of the invocation, in the order of the kernel's parameters behind the number of turns.
  struct Word {
    enum class Kind : uint8_t { kValue, kAddress, kStride, kElement };
    Kind kind = Kind::kValue;
    Ref value = kNoRef;                  // of kValue
    const LoopAccess* access = nullptr;  // of the others
  };
  // A question to be asked before the loop.
  struct Check {
    enum class Kind : uint8_t {
      kApart,   // x and y share no bytes
      kAhead,   // or y is never behind x, in the direction in which both go
      kBeyond,  // or it is further on by an element
      kMoves,   // x goes on from turn to turn by an element or more
      kDense,   // x goes on by exactly one
    };
    Kind kind = Kind::kApart;
    const LoopAccess* x = nullptr;
    const LoopAccess* y = nullptr;
  };

  Trace trace;
  std::vector<Word> words;
  std::vector<Check> checks;
  // Where results go, in the order of `ret`: to the places of writes, then to words. A checked sum has three:
  // the sum, the least and the largest of what is added.
  std::vector<const LoopAccess*> results;
  std::vector<uint64_t> sum_words;
};

// Whether a kernel of a loop trace is one that does turns of a loop; their number is then its first operand.
bool IsVectorKernel(const Trace& kernel);

// Builds the kernel of the loop that the finder has found. Returns why there is none; empty if there is one.
std::string BuildVectorKernel(const Trace& trace, const CountedLoopFinder& finder, PassContext& context,
                              VectorKernel* kernel);

}  // namespace lathe
