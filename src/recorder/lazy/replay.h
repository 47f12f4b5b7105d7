// Replays a recording's rows into a trace: what a miss in the trace cache pays and a hit does not.
//
// Extents become symbols: two dimensions share one if an operation of the recording makes them equal, so
// one trace serves every size; a dimension that is broadcast becomes the constant 1. The trace's
// parameters are the recording's arrays in order, then its scalars; it returns the live rows in order. A
// trace has lines of one file, that of its last row: rows of others have none.
#pragma once

#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/recorder/lazy/recording.h"
#include "src/recorder/runtime/kernel.h"

namespace lathe {

struct ReplayedTrace {
  Trace trace;
  std::vector<DimSource> dims;
  uint16_t file = 0;  // that the trace's lines are of, as the rows name it
};

ReplayedTrace ReplayRecording(const Recording& recording);

inline int64_t ReadExtent(const Recording& recording, const DimSource& source) {
  return source.kind == SourceKind::kArray ? recording.arrays()[source.index].extents[source.dim]
                                           : recording.row(source.index).extents[source.dim];
}

}  // namespace lathe
