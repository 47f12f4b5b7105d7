// Alias classes of the reads and writes of loop traces: accesses of different classes never meet.
#pragma once

#include <cstdint>

namespace lathe {

inline constexpr uint64_t kObjectHeaderMemory = 0;  // of lists, tuples, instances and classes
inline constexpr uint64_t kObjectValueMemory = 1;   // their items and attributes
inline constexpr uint64_t kSiteMemory = 2;          // the words of calls back
inline constexpr uint64_t kFirstArrayMemory = 3;    // the memories of arrays, from here on

}  // namespace lathe
