// Elements of memory that are known: a read of what has been read or written before takes that value, a write
// of what is there anyway is dropped, and so is one that is overwritten before anybody can see it.
//
// What is known is carried along all ways forward: to an else block from its guard, to a join what all ways
// to it agree on, and into a loop what nothing in the loop may overwrite. Whether two accesses of one alias
// class meet, their addresses tell (loop_addresses.h); what is not known to differ may be overwritten.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_addresses.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// More elements than that are not remembered: the work must stay linear in the length of the trace.
constexpr size_t kMostElements = 32;

class MemoryForwarding {
 public:
  explicit MemoryForwarding(Trace& trace)
      : trace_(trace), flow_(trace), editor_(trace), addresses_(trace), early_(trace), value_(trace.size()) {
    for (Ref ref = 0; ref < trace.size(); ++ref) value_[ref] = ref;
  }

  void Run() {
    FindClobbers();
    at_else_.resize(flow_.blocks().size());
    at_end_.resize(flow_.blocks().size());
    for (const uint32_t b : flow_.order()) ForwardInBlock(b);
    for (const uint32_t b : flow_.order()) DropOverwritten(b);
    if (forwarded_ == 0 && dropped_ == 0) return;
    // All operands: arguments of jumps back stand before what they may be replaced by.
    for (Ref& operand : trace_.operand_pool) operand = value_[operand];
    editor_.Apply();
  }
  int forwarded() const { return forwarded_; }
  int dropped() const { return dropped_; }

 private:
  // An access that told what is in memory, and the value.
  struct Element {
    Ref access = kNoRef;
    Ref value = kNoRef;
    friend bool operator==(const Element&, const Element&) = default;
  };
  using Elements = std::vector<Element>;
  // What may be overwritten in a loop.
  struct Clobbers {
    bool calls = false;
    std::vector<Ref> writes;
  };

  bool MayMeet(Ref access, Ref other, LoopAddresses& addresses) const {
    return trace_.at(access).attribute == trace_.at(other).attribute && !addresses.AreDisjoint(access, other);
  }

  void FindClobbers() {
    clobbers_.resize(flow_.loops().size());
    for (uint32_t l = 0; l < clobbers_.size(); ++l) {
      for (const uint32_t b : flow_.loop(l).blocks) {
        for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
          clobbers_[l].calls |= IsImpureCall(trace_.at(ref));
          if (trace_.at(ref).op == Op::kWrite) clobbers_[l].writes.push_back(ref);
        }
      }
    }
  }

  // What is known where the block begins. Blocks before it in the order are done; those behind it that lead
  // to it jump back.
  Elements AtBegin(uint32_t b) {
    const FlowBlock& block = flow_.block(b);
    if (block.else_of != kNoRef) return std::move(at_else_[b]);
    const bool is_header = block.loop != kNoLoop && flow_.loop(block.loop).header == b;
    std::optional<Elements> common;
    for (const uint32_t from : block.predecessors) {
      if (is_header && flow_.LoopContains(block.loop, from)) continue;
      const Elements& known = at_end_[from];
      if (!common) {
        common = known;
        continue;
      }
      std::erase_if(*common, [&](const Element& element) {
        return std::find(known.begin(), known.end(), element) == known.end();
      });
    }
    if (!common) return {};
    if (is_header) Clobber(clobbers_[block.loop], &*common);
    return *std::move(common);
  }

  void Clobber(const Clobbers& clobbers, Elements* known) {
    if (clobbers.calls) known->clear();
    std::erase_if(*known, [&](const Element& element) {
      return std::any_of(clobbers.writes.begin(), clobbers.writes.end(),
                         [&](Ref write) { return MayMeet(write, element.access, early_); });
    });
  }

  void ForwardInBlock(uint32_t b) {
    Elements known = AtBegin(b);
    for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (HasElseBlock(instruction)) at_else_[flow_.FindBlock(instruction.attribute & ~kElseBlock)] = known;
      if (instruction.op == Op::kRead) {
        Read(ref, &known);
      } else if (instruction.op == Op::kWrite) {
        Write(ref, &known);
      } else if (IsImpureCall(trace_.at(ref))) {
        known.clear();
      }
    }
    at_end_[b] = std::move(known);
  }

  // The value that the access finds, if it is known.
  std::optional<Ref> Find(Ref access, const Elements& known) {
    const Instruction& instruction = trace_.at(access);
    for (const Element& element : known) {
      const Instruction& other = trace_.at(element.access);
      if (other.attribute != instruction.attribute || other.dtype != instruction.dtype) continue;
      if (addresses_.AreSame(element.access, access)) return element.value;
    }
    return std::nullopt;
  }

  void Remember(const Element& element, Elements* known) {
    if (known->size() == kMostElements) known->erase(known->begin());
    known->push_back(element);
  }

  void Read(Ref read, Elements* known) {
    const std::optional<Ref> value = Find(read, *known);
    // Definitions stand before their uses in the text too.
    if (!value || *value > read) return Remember({read, read}, known);
    value_[read] = *value;
    addresses_.Replace(read, *value);
    editor_.Remove(read);
    ++forwarded_;
  }

  void Write(Ref write, Elements* known) {
    const Ref written = value_[trace_.operands(write)[1]];
    if (const std::optional<Ref> there = Find(write, *known); there && *there == written) {
      editor_.Remove(write);
      ++dropped_;
      return;
    }
    std::erase_if(*known, [&](const Element& element) { return MayMeet(write, element.access, addresses_); });
    Remember({write, written}, known);
  }

  // From the end of the block: which writes will have been overwritten before anything looks.
  void DropOverwritten(uint32_t b) {
    std::vector<Ref> later;
    for (Ref ref = flow_.block(b).end; ref-- > flow_.block(b).body;) {
      if (editor_.IsRemoved(ref)) continue;
      const Op op = trace_.at(ref).op;
      const bool looks = op == Op::kAsk || IsImpureCall(trace_.at(ref));
      if ((Info(op).flags & kExits) != 0 || IsTerminator(op) || looks) {
        later.clear();
      } else if (op == Op::kRead) {
        std::erase_if(later, [&](Ref write) { return MayMeet(write, ref, addresses_); });
      } else if (op == Op::kWrite) {
        const bool unseen = std::any_of(later.begin(), later.end(), [&](Ref write) {
          return trace_.at(write).attribute == trace_.at(ref).attribute && addresses_.Covers(write, ref);
        });
        if (!unseen) {
          later.push_back(ref);
          continue;
        }
        editor_.Remove(ref);
        ++dropped_;
      }
    }
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  LoopAddresses addresses_;
  LoopAddresses early_;     // of writes that are met before the reads that their addresses are made of
  std::vector<Ref> value_;  // by instruction: itself, or what stands for the read
  std::vector<Clobbers> clobbers_;  // by loop
  std::vector<Elements> at_else_;   // by else block: what is known at its guard
  std::vector<Elements> at_end_;    // by block
  int forwarded_ = 0;
  int dropped_ = 0;
};

}  // namespace

absl::Status LoopMemory(Trace& trace, PassContext& context) {
  MemoryForwarding forwarding(trace);
  forwarding.Run();
  if (forwarding.forwarded() > 0)
    context.Reason(absl::StrCat("forwarded ", forwarding.forwarded(), " reads"));
  if (forwarding.dropped() > 0) context.Reason(absl::StrCat("dropped ", forwarding.dropped(), " writes"));
  return absl::OkStatus();
}

}  // namespace lathe
