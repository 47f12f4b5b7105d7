// In-place buffer reuse: marks an alloc that may share the memory of a buffer which dies in the very nest
// that fills it (`alloc reuse %a`).
//
// Sound when, for alloc X and buffer A of the same dtype and extents: X is written by one nest only, A is
// not read in any later nest, and every load of A in that nest stands before the store of X and is at
// exactly the point that X is stored at, so each element is read before it is overwritten. For a parameter
// it is a permission only: the caller uses it if nobody else holds the parameter's memory. Two allocs never
// reuse the same buffer.
#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reuse.h"

namespace lathe {
namespace {

struct Access {
  size_t nest;
  Ref at;
  std::vector<Ref> indices;
};

struct Buffer {
  std::vector<Access> loads;
  std::vector<Access> stores;
  bool accumulated = false;
};

std::vector<Buffer> CollectAccesses(const Trace& trace) {
  std::vector<Buffer> buffers(trace.size());
  size_t nest = 0;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const std::span<const Ref> operands = trace.operands(ref);
    switch (trace.at(ref).op) {
      case Op::kNest:
        ++nest;
        break;
      case Op::kLoad:
        buffers[operands[0]].loads.push_back({nest, ref, {operands.begin() + 1, operands.end()}});
        break;
      case Op::kStore:
        buffers[operands[0]].stores.push_back({nest, ref, {operands.begin() + 2, operands.end()}});
        break;
      case Op::kAccumulate:
        buffers[operands[0]].accumulated = true;
        break;
      default:
        break;
    }
  }
  return buffers;
}

bool MayReuse(const Trace& trace, const std::vector<Buffer>& buffers, Ref alloc, Ref donor) {
  const Buffer& target = buffers[alloc];
  const Buffer& source = buffers[donor];
  if (trace.at(alloc).dtype != trace.at(donor).dtype || trace.at(alloc).rank != trace.at(donor).rank)
    return false;
  if (!std::equal(trace.dims(alloc).begin(), trace.dims(alloc).end(), trace.dims(donor).begin()))
    return false;
  if (trace.at(donor).layout != Layout::Dense(trace.at(donor).rank)) return false;
  if (target.stores.size() != 1 || target.accumulated || source.loads.empty()) return false;
  const Access& store = target.stores[0];
  // A donor filled by this very nest is still a value of its own there.
  if (source.accumulated) return false;
  for (const Access& write : source.stores) {
    if (write.nest >= store.nest) return false;
  }
  return std::all_of(source.loads.begin(), source.loads.end(), [&](const Access& load) {
    return load.nest < store.nest ||
           (load.nest == store.nest && load.at < store.at && load.indices == store.indices);
  });
}

}  // namespace

bool MayOverwrite(const Trace& nest, Ref alloc, Ref param) {
  return MayReuse(nest, CollectAccesses(nest), alloc, param);
}

absl::Status Reuse(Trace& trace, PassContext& context) {
  const std::vector<Buffer> buffers = CollectAccesses(trace);
  const std::span<const Ref> returned = trace.operands(trace.size() - 1);
  std::set<Ref> taken(returned.begin(), returned.end());
  std::set<Ref> donors;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    const bool buffer = op == Op::kAlloc || (op == Op::kParam && trace.at(ref).rank > 0);
    if (buffer && !taken.contains(ref)) donors.insert(ref);
  }
  for (Ref alloc = 0; alloc < trace.size(); ++alloc) {
    if (trace.at(alloc).op != Op::kAlloc || trace.at(alloc).rank == 0) continue;
    const auto donor = std::find_if(donors.begin(), donors.end(), [&](Ref ref) {
      return ref != alloc && MayReuse(trace, buffers, alloc, ref);
    });
    if (donor == donors.end()) continue;
    const bool worth = context.Ask(Choice::kReuseBuffer, true, [&] {
      return absl::StrCat("%", alloc, " may take the memory of %", *donor, ", which nobody reads later");
    });
    if (!worth) continue;
    trace.instructions[alloc].attribute = *donor + 1;
    // A chain of three would need liveness over all of it; one step is what programs have.
    donors.erase(donor);
    donors.erase(alloc);
    context.Reason("reused a dead buffer");
  }
  return absl::OkStatus();
}

}  // namespace lathe
