// Why a trace was not in the cache: the recordings that traces were made of so far, and in what a new one
// differs from the nearest of them. Kept only while somebody listens to the trace log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/cache/fingerprint.h"
#include "src/recorder/lazy/recording.h"

namespace lathe {

enum class MissReason : uint8_t {
#define MISS_REASON(ID, TEXT) k##ID,
#include "src/recorder/log/miss_reasons.def"
#undef MISS_REASON
};
std::string_view TextOf(MissReason reason);

struct Miss {
  MissReason reason = MissReason::kNew;
  std::string nearest;     // the name of the known trace that differs least; "" if none is comparable
  std::string difference;  // in words
};

class MissHistory {
 public:
  // Compares with recordings of the same operations and, if there is none, with the last one of the same
  // place.
  Miss Explain(const Recording& recording, const Fingerprint& fingerprint) const;
  void Add(const Recording& recording, const Fingerprint& fingerprint, std::string name);

 private:
  struct Known {
    std::string name;
    Recording recording;
  };
  using Bucket = std::vector<size_t>;  // positions in known_, the newest last

  std::deque<Known> known_;
  absl::flat_hash_map<Fingerprint, size_t> by_fingerprint_;
  absl::flat_hash_map<uint64_t, Bucket> by_ops_;
  absl::flat_hash_map<uint64_t, Bucket> by_place_;
};

}  // namespace lathe
