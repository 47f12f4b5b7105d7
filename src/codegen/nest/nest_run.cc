// The walk over a nest's outer loops and the two forms of reduction: over the innermost loops (a tree
// over blocks) and over outer loops (row by row into the output).
#include "src/codegen/nest/nest_run.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "src/codegen/parallel/thread_pool.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

// Elements of a scratch block: small enough for the first-level cache with its operands.
constexpr int64_t kBlock = 1024;
// Estimated nanoseconds from which threads are worth waking.
constexpr double kParallelNanoseconds = 60000;
constexpr int kMaxWords = 1 + 2 * kMaxAccesses + kMaxRank + kMaxScalars;

// One address an access; a copy copies only those that there are.
class Pointers {
 public:
  explicit Pointers(size_t count) : count_(count) {}
  Pointers(const Pointers& other) : count_(other.count_) { std::copy_n(other.at_, count_, at_); }
  Pointers& operator=(const Pointers&) = delete;
  char*& operator[](size_t access) { return at_[access]; }
  char* operator[](size_t access) const { return at_[access]; }

 private:
  const size_t count_;
  char* at_[kMaxAccesses];
};
using Results = std::array<uint64_t, 8>;

// One run's binding: addresses and strides along the walked loops.
class NestRun {
 public:
  NestRun(const CompiledNest& nest, std::span<const Operand* const> buffers, std::span<const int64_t> extents,
          std::span<const uint64_t> scalars)
      : nest_(nest),
        plan_(nest.plan),
        loops_(static_cast<int>(plan_.loops.size())),
        base_(plan_.accesses.size()) {
    for (int w = 0; w < loops_; ++w) {
      const WalkedLoop& loop = plan_.loops[static_cast<size_t>(w)];
      extents_[w] = 1;
      for (int l = loop.first; l <= loop.last; ++l) extents_[w] *= extents[static_cast<size_t>(l)];
      points_ *= extents_[w];
      if (loop.reduced) reduced_points_ *= extents_[w];
    }
    for (size_t k = 0; k < plan_.accesses.size(); ++k) Bind(k, *buffers[k]);
    std::copy(scalars.begin(), scalars.end(), scalars_.begin());
    scalar_count_ = scalars.size();
  }

  int Run(int threads) {
    threads = EstimatedNanoseconds() >= kParallelNanoseconds ? threads : 1;
    if (plan_.accumulates) return RunReduction(threads);
    if (points_ == 0) return 1;
    if (loops_ == 0) {
      Frame frame(*this);
      Call(frame, base_, 1);
      return 1;
    }
    Split(0, threads, [&](int64_t begin, int64_t end) {
      Frame frame(*this);
      Walk(frame, base_, 0, begin, end);
    });
    return threads;
  }

 private:
  // A thread's frame, filled with what all calls share.
  struct Frame {
    explicit Frame(const NestRun& run) {
      const FrameLayout& layout = run.nest_.code.frame;
      for (size_t k = 0; k < run.plan_.accesses.size(); ++k) {
        words[static_cast<size_t>(layout.first_access) + 2 * k + 1] =
            loops(run) ? run.strides_[k][static_cast<size_t>(run.loops_ - 1)] : 0;
      }
      for (size_t k = 0; k < run.plan_.indices.size(); ++k)
        words[static_cast<size_t>(layout.first_index) + k] = 0;
      for (size_t k = 0; k < run.scalar_count_; ++k) {
        words[static_cast<size_t>(layout.first_scalar) + k] = static_cast<int64_t>(run.scalars_[k]);
      }
    }
    static bool loops(const NestRun& run) { return run.loops_ > 0; }
    int64_t words[kMaxWords];
  };

  void Bind(size_t k, const Operand& buffer) {
    const Access& access = plan_.accesses[k];
    base_[k] = static_cast<char*>(buffer.data);
    // A dimension of extent 1 has no stride of its own: it takes the one with which it merges.
    std::array<int64_t, kMaxRank> strides{};
    int64_t merging = ItemSize(buffer.dtype);
    for (int d = buffer.rank - 1; d >= 0; --d) {
      strides[static_cast<size_t>(d)] = buffer.extents[d] == 1 ? merging : buffer.strides[d];
      merging = strides[static_cast<size_t>(d)] * buffer.extents[d];
    }
    for (int w = 0; w < loops_; ++w) {
      const int last = plan_.loops[static_cast<size_t>(w)].last;
      int64_t stride = 0;
      for (size_t d = 0; d < access.loop_of_dim.size(); ++d) {
        if (access.loop_of_dim[d] == last) stride = strides[d];
      }
      strides_[k][static_cast<size_t>(w)] = stride;
    }
  }

  double EstimatedNanoseconds() const {
    const double per_point = std::max(0.12 * plan_.weight, 0.25 * static_cast<double>(plan_.accesses.size()));
    return static_cast<double>(points_) * per_point;
  }

  template <class Body>
  void Split(int loop, int threads, const Body& body) const {
    const int64_t count = extents_[static_cast<size_t>(loop)];
    // Inner loops are cut at whole cache lines of every dtype.
    ParallelFor(count, loop == loops_ - 1 ? 512 : 1, threads, body);
  }

  void Call(Frame& frame, const Pointers& pointers, int64_t count) const {
    frame.words[FrameLayout::kCount] = count;
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      frame.words[static_cast<size_t>(nest_.code.frame.first_access) + 2 * k] =
          reinterpret_cast<int64_t>(pointers[k]);
    }
    nest_.function(frame.words);
  }
  void SetIndex(Frame& frame, int w, int64_t value) const {
    frame.words[nest_.code.frame.first_index + plan_.loops[static_cast<size_t>(w)].first] = value;
  }
  void Move(Pointers& pointers, int w, int64_t count) const {
    for (size_t k = 0; k < plan_.accesses.size(); ++k)
      pointers[k] += count * strides_[k][static_cast<size_t>(w)];
  }

  // Elementwise nests: all points with loop `w` in [begin, end).
  void Walk(Frame& frame, Pointers pointers, int w, int64_t begin, int64_t end) const {
    Move(pointers, w, begin);
    if (w == loops_ - 1) {
      SetIndex(frame, w, begin);
      return Call(frame, pointers, end - begin);
    }
    for (int64_t i = begin; i < end; ++i) {
      SetIndex(frame, w, i);
      Walk(frame, pointers, w + 1, 0, extents_[static_cast<size_t>(w) + 1]);
      Move(pointers, w, 1);
    }
  }

  // ---- Reductions -----------------------------------------------------------------------------------
  int RunReduction(int threads) {
    if (reduced_points_ == 0 || points_ == 0) {
      FillIdentity();
      return 1;
    }
    first_inner_ = loops_;
    while (first_inner_ > 0 && plan_.loops[static_cast<size_t>(first_inner_) - 1].reduced) --first_inner_;
    for (int w = first_inner_; w < loops_; ++w) inner_points_ *= extents_[static_cast<size_t>(w)];
    if (first_inner_ == 0) {
      RunFull(threads);
      return threads;
    }
    const bool by_rows = first_inner_ == loops_;
    // Threads share a kept loop: the innermost one if rows are combined, else the outermost.
    const int shared = by_rows ? loops_ - 1 : plan_.loops[0].reduced ? -1 : 0;
    if (shared < 0) threads = 1;
    Split(std::max(shared, 0), threads, [&](int64_t begin, int64_t end) {
      Worker worker(*this, shared, begin, end);
      if (by_rows) {
        WalkRows(worker, base_, 0, 0);
      } else {
        WalkTrees(worker, base_, 0, 0, true);
      }
    });
    return threads;
  }

  // The points of loops that are not reduced get the combiner's identity.
  void FillIdentity() const {
    int64_t kept = 1;
    for (int w = 0; w < loops_; ++w) {
      if (!plan_.loops[static_cast<size_t>(w)].reduced) kept *= extents_[static_cast<size_t>(w)];
    }
    for (const CompiledNest::Reduction& reduction : nest_.reductions) {
      char* out = base_[reduction.access];
      if (reduction.is_arg) {
        std::memset(out, 0, static_cast<size_t>(kept) * 8);
        continue;
      }
      for (int64_t k = 0; k < kept; ++k, out += ItemSize(reduction.dtype)) reduction.functions.identity(out);
    }
  }

  // A thread's scratch blocks, frame and share of one loop.
  struct Worker {
    Worker(const NestRun& run, int loop, int64_t first, int64_t last)
        : frame(run),
          shared(loop),
          begin(first),
          end(last),
          scratch(new char[run.nest_.reductions.size() * kBlock * 8 + 64]) {
      const auto address = reinterpret_cast<uintptr_t>(scratch.get());
      aligned = scratch.get() + (64 - address % 64) % 64;
    }
    char* Block(size_t reduction) const { return aligned + reduction * kBlock * 8; }
    Frame frame;
    int shared;
    int64_t begin, end;
    std::unique_ptr<char[]> scratch;
    char* aligned;
    std::array<uint64_t, 8> best{};      // of arg reductions and those without a tree
    std::array<int64_t, 8> positions{};  // of arg reductions
  };

  // Writes the values of points [begin, begin + count) of the flattened inner loops to the scratch blocks.
  void FillScratch(Worker& worker, const Pointers& outer, int64_t begin, int64_t count) const {
    const int64_t row = extents_[static_cast<size_t>(loops_) - 1];
    int64_t done = 0;
    while (done < count) {
      int64_t rest = begin + done;
      const int64_t column = rest % row;
      rest /= row;
      Pointers pointers = outer;
      Move(pointers, loops_ - 1, column);
      for (int w = loops_ - 2; w >= first_inner_; --w) {
        const int64_t index = rest % extents_[static_cast<size_t>(w)];
        rest /= extents_[static_cast<size_t>(w)];
        Move(pointers, w, index);
        SetIndex(worker.frame, w, index);
      }
      SetIndex(worker.frame, loops_ - 1, column);
      const int64_t now = std::min(row - column, count - done);
      CallIntoScratch(worker, pointers, now, done);
      done += now;
    }
  }
  void CallIntoScratch(Worker& worker, Pointers& pointers, int64_t count, int64_t offset) const {
    for (size_t r = 0; r < nest_.reductions.size(); ++r) {
      const CompiledNest::Reduction& reduction = nest_.reductions[r];
      pointers[reduction.access] = worker.Block(r) + offset * ItemSize(reduction.dtype);
    }
    Call(worker.frame, pointers, count);
  }

  // The tree over inner points [begin, begin + count): a block's worth at a time, left to right, so that
  // reductions in sequence can go along.
  void Tree(Worker& worker, const Pointers& outer, int64_t begin, int64_t count, int64_t arg_base, bool first,
            Results* results) const {
    if (count > kBlock) {
      const int64_t left = SplitPoint(count);
      Results other;
      Tree(worker, outer, begin, left, arg_base, first, results);
      Tree(worker, outer, begin + left, count - left, arg_base, false, &other);
      for (size_t r = 0; r < nest_.reductions.size(); ++r) {
        if (nest_.reductions[r].uses_tree) nest_.reductions[r].functions.join(&(*results)[r], &other[r], 1);
      }
      return;
    }
    FillScratch(worker, outer, begin, count);
    for (size_t r = 0; r < nest_.reductions.size(); ++r) {
      const CompiledNest::Reduction& reduction = nest_.reductions[r];
      if (reduction.uses_tree) {
        reduction.functions.tree(worker.Block(r), count, &(*results)[r]);
      } else if (reduction.is_arg) {
        reduction.scan(worker.Block(r), count, arg_base + begin, !first, &worker.best[r],
                       &worker.positions[r]);
      } else {
        Sequence(reduction, worker.Block(r), count, first, &worker.best[r]);
      }
    }
  }
  static void Sequence(const CompiledNest::Reduction& reduction, const char* values, int64_t count,
                       bool first, uint64_t* state) {
    const int item = ItemSize(reduction.dtype);
    int64_t k = 0;
    if (first) std::memcpy(state, values, static_cast<size_t>(item)), k = 1;
    for (; k < count; ++k) reduction.functions.join(state, values + k * item, 1);
  }

  void RunFull(int threads) const {
    const bool splittable = std::all_of(nest_.reductions.begin(), nest_.reductions.end(),
                                        [](const auto& r) { return r.uses_tree; });
    if (threads <= 1 || !splittable) {
      Worker worker(*this, -1, 0, 0);
      Results results{};
      Tree(worker, base_, 0, inner_points_, 0, true, &results);
      return Finish(worker, results, base_, true);
    }
    // The tree's upper levels are cut into subtrees, computed anywhere, and joined as the tree says.
    struct Node {
      int64_t begin, count;
    };
    std::vector<Node> nodes;
    const int64_t cut = std::max<int64_t>(inner_points_ / (threads * 8), 16 * kBlock);
    const auto collect = [&](auto& self, int64_t begin, int64_t count) -> void {
      if (count <= cut) return nodes.push_back({begin, count});
      self(self, begin, SplitPoint(count));
      self(self, begin + SplitPoint(count), count - SplitPoint(count));
    };
    collect(collect, 0, inner_points_);
    std::vector<Results> partial(nodes.size());
    ParallelFor(static_cast<int64_t>(nodes.size()), 1, threads, [&](int64_t first, int64_t last) {
      Worker worker(*this, -1, 0, 0);
      for (int64_t k = first; k < last; ++k) {
        const Node& node = nodes[static_cast<size_t>(k)];
        Tree(worker, base_, node.begin, node.count, 0, true, &partial[static_cast<size_t>(k)]);
      }
    });
    size_t next = 0;
    const auto join = [&](auto& self, int64_t count) -> Results {
      if (count <= cut) return partial[next++];
      Results left = self(self, SplitPoint(count));
      Results right = self(self, count - SplitPoint(count));
      for (size_t r = 0; r < nest_.reductions.size(); ++r)
        nest_.reductions[r].functions.join(&left[r], &right[r], 1);
      return left;
    };
    Worker worker(*this, -1, 0, 0);
    Finish(worker, join(join, inner_points_), base_, true);
  }

  // Combines the results of inner loops into the output elements that `pointers` stand at.
  void Finish(Worker& worker, const Results& results, const Pointers& pointers, bool first) const {
    for (size_t r = 0; r < nest_.reductions.size(); ++r) {
      const CompiledNest::Reduction& reduction = nest_.reductions[r];
      char* out = pointers[reduction.access];
      if (reduction.is_arg) {
        std::memcpy(out, &worker.positions[r], 8);
      } else if (!reduction.uses_tree) {
        std::memcpy(out, &worker.best[r], static_cast<size_t>(ItemSize(reduction.dtype)));
      } else if (first) {
        std::memcpy(out, &results[r], static_cast<size_t>(ItemSize(reduction.dtype)));
      } else {
        reduction.functions.join(out, &results[r], 1);
      }
    }
  }

  // Innermost loops reduced: a tree for every combination of the outer loops. `position` counts reduced
  // points before the inner ones; `first` is true while no reduced loop has advanced.
  void WalkTrees(Worker& worker, Pointers pointers, int w, int64_t position, bool first) const {
    if (w == first_inner_) {
      Results results{};
      // Reductions in sequence go on from what the element held so far.
      if (!first) LoadState(worker, pointers, position);
      Tree(worker, pointers, 0, inner_points_, position * inner_points_, first, &results);
      Finish(worker, results, pointers, first);
      SaveState(worker, pointers);
      return;
    }
    const bool reduced = plan_.loops[static_cast<size_t>(w)].reduced;
    const int64_t begin = w == worker.shared ? worker.begin : 0;
    const int64_t end = w == worker.shared ? worker.end : extents_[static_cast<size_t>(w)];
    Move(pointers, w, begin);
    for (int64_t i = begin; i < end; ++i) {
      SetIndex(worker.frame, w, i);
      WalkTrees(worker, pointers, w + 1, reduced ? position * extents_[static_cast<size_t>(w)] + i : position,
                first && (!reduced || i == 0));
      Move(pointers, w, 1);
    }
  }
  // With reduced loops outside kept ones an element is visited again: its running state is kept aside.
  void LoadState(Worker& worker, const Pointers& pointers, int64_t) const {
    for (size_t r = 0; r < nest_.reductions.size(); ++r) {
      const CompiledNest::Reduction& reduction = nest_.reductions[r];
      if (reduction.uses_tree) continue;
      const char* out = pointers[reduction.access];
      if (reduction.is_arg) {
        const int64_t element = (out - base_[reduction.access]) / 8;
        std::memcpy(&worker.best[r], states_.data() + element * 8, 8);
        std::memcpy(&worker.positions[r], out, 8);
      } else {
        std::memcpy(&worker.best[r], out, static_cast<size_t>(ItemSize(reduction.dtype)));
      }
    }
  }
  void SaveState(Worker& worker, const Pointers& pointers) const {
    if (states_.empty()) return;
    for (size_t r = 0; r < nest_.reductions.size(); ++r) {
      const CompiledNest::Reduction& reduction = nest_.reductions[r];
      if (!reduction.is_arg) continue;
      const int64_t element = (pointers[reduction.access] - base_[reduction.access]) / 8;
      std::memcpy(const_cast<char*>(states_.data()) + element * 8, &worker.best[r], 8);
    }
  }

 public:
  // Memory for the best values of arg reductions, one 8-byte state an output element.
  void ReserveStates() {
    bool has_arg = false;
    for (const CompiledNest::Reduction& reduction : nest_.reductions) has_arg |= reduction.is_arg;
    bool reduced_outside = false;
    bool kept_seen = false;
    for (int w = loops_ - 1; w >= 0; --w) {
      kept_seen |= !plan_.loops[static_cast<size_t>(w)].reduced;
      reduced_outside |= kept_seen && plan_.loops[static_cast<size_t>(w)].reduced;
    }
    if (!has_arg || !reduced_outside || reduced_points_ == 0) return;
    states_.resize(static_cast<size_t>(points_ / reduced_points_ * 8 * 2));
  }

 private:
  // Innermost loop kept: its row of values is combined into the output's row.
  void WalkRows(Worker& worker, Pointers pointers, int w, int64_t position) const {
    if (w == loops_ - 1) return Row(worker, pointers, position);
    const bool reduced = plan_.loops[static_cast<size_t>(w)].reduced;
    for (int64_t i = 0; i < extents_[static_cast<size_t>(w)]; ++i) {
      SetIndex(worker.frame, w, i);
      WalkRows(worker, pointers, w + 1, reduced ? position * extents_[static_cast<size_t>(w)] + i : position);
      Move(pointers, w, 1);
    }
  }
  void Row(Worker& worker, Pointers pointers, int64_t position) const {
    Move(pointers, loops_ - 1, worker.begin);
    for (int64_t begin = worker.begin; begin < worker.end; begin += kBlock) {
      const int64_t count = std::min(kBlock, worker.end - begin);
      Pointers now = pointers;
      SetIndex(worker.frame, loops_ - 1, begin);
      CallIntoScratch(worker, now, count, 0);
      for (size_t r = 0; r < nest_.reductions.size(); ++r) {
        const CompiledNest::Reduction& reduction = nest_.reductions[r];
        char* out = pointers[reduction.access];
        const char* values = worker.Block(r);
        if (reduction.is_arg) {
          const int64_t element = (out - base_[reduction.access]) / 8;
          // Best values stand densely in their own dtype behind the states' beginning.
          char* best = const_cast<char*>(states_.data()) + element * ItemSize(reduction.dtype);
          reduction.join(values, count, position, position > 0, best, reinterpret_cast<int64_t*>(out));
        } else if (position == 0) {
          std::memcpy(out, values, static_cast<size_t>(count * ItemSize(reduction.dtype)));
        } else {
          reduction.functions.join(out, values, count);
        }
      }
      Move(pointers, loops_ - 1, count);
    }
  }

  const CompiledNest& nest_;
  const NestPlan& plan_;
  const int loops_;
  std::array<int64_t, kMaxRank> extents_{};
  int64_t points_ = 1;
  int64_t reduced_points_ = 1;
  int64_t inner_points_ = 1;  // of the reduced loops that are innermost
  int first_inner_ = 0;
  Pointers base_;
  std::array<std::array<int64_t, kMaxRank>, kMaxAccesses> strides_;
  std::array<uint64_t, kMaxScalars> scalars_;
  size_t scalar_count_ = 0;
  std::vector<char> states_;
};

}  // namespace

CompiledNest FinishNest(const Trace& trace, NestPlan plan, NestCode code) {
  CompiledNest nest;
  nest.function = code.function();
  for (size_t k = 0; k < plan.accesses.size(); ++k) {
    const Access& access = plan.accesses[k];
    nest.access_dtypes.push_back(trace.at(access.buffer).dtype);
    if (access.kind != Access::Kind::kAccumulate) continue;
    CompiledNest::Reduction reduction;
    reduction.access = k;
    reduction.combiner = trace.at(access.instruction).combiner;
    reduction.dtype = trace.at(access.value).dtype;
    reduction.is_arg = reduction.combiner == Op::kArgMax || reduction.combiner == Op::kArgMin;
    if (reduction.is_arg) {
      reduction.scan = FindArgScan(reduction.combiner, reduction.dtype);
      reduction.join = FindArgJoin(reduction.combiner, reduction.dtype);
    } else {
      reduction.functions = FindCombiner(reduction.combiner, reduction.dtype);
      reduction.uses_tree = UsesTree(reduction.combiner);
    }
    nest.reductions.push_back(reduction);
  }
  nest.plan = std::move(plan);
  nest.code = std::move(code);
  return nest;
}

int RunNest(const CompiledNest& nest, std::span<const Operand* const> buffers,
            std::span<const int64_t> extents, std::span<const uint64_t> scalars, int threads) {
  NestRun run(nest, buffers, extents, scalars);
  if (nest.plan.accumulates) run.ReserveStates();
  return run.Run(threads);
}

}  // namespace lathe
