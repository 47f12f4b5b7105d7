// Flow: blocks, dominators, loops of loop traces. Random graphs are checked against the definitions.
#include "src/recorder/ir/flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/verifier.h"

namespace lathe {
namespace {

using Indices = std::vector<uint32_t>;

Trace MustParse(const std::string& text) {
  absl::StatusOr<Trace> trace = ParseTrace(text);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return *std::move(trace);
}

// A nest of two loops; the side trace of block 2's guard joins the outer loop.
Trace Nested() {
  Trace trace = MustParse(R"(trace @f(%n: i64, %c: bool) {
block 10:
  %a: i64 = const 0
  jump 11(%a)
block 11(%i: i64):
  guard %c else 15
  %b: i64 = add %i, %n
  jump 12(%b)
block 12(%j: i64):
  guard %c else 14
  %d: i64 = add %j, %n
  guard %c exit 0(%d)
  jump 12(%d)
block 14:
  %e: i64 = add %j, %i
  jump 11(%e)
block 15:
  leave exit 1(%i)
})");
  EXPECT_TRUE(Verify(trace).ok()) << Verify(trace);
  return trace;
}

TEST(Flow, ListsBlocks) {
  const Trace trace = Nested();
  const Flow flow(trace);
  ASSERT_EQ(flow.blocks().size(), 5u);
  EXPECT_EQ(flow.block(2).number, 12u);
  EXPECT_EQ(flow.FindBlock(12), 2u);
  EXPECT_EQ(flow.FindBlock(13), kNoBlock);
  EXPECT_EQ(flow.block(1).successors, (FlowEdges{4, 2}));
  EXPECT_EQ(flow.block(1).predecessors, (FlowEdges{0, 3}));
  EXPECT_EQ(flow.block(1).parameter_count(), 1u);
  EXPECT_EQ(trace.NameOf(flow.block(1).parameter(0)), "i");
  EXPECT_EQ(trace.at(flow.block(1).body).op, Op::kGuard);
  EXPECT_EQ(trace.at(flow.block(1).terminator()).op, Op::kJump);
  EXPECT_EQ(flow.block(4).else_of, flow.block(1).body);
  EXPECT_EQ(flow.block(2).else_of, kNoRef);
  EXPECT_EQ(flow.BlockOf(0), kNoBlock);
  EXPECT_EQ(flow.BlockOf(flow.block(3).body), 3u);
  EXPECT_EQ(flow.irreducible_block(), kNoBlock);
}

TEST(Flow, FindsLoops) {
  const Trace trace = Nested();
  const Flow flow(trace);
  ASSERT_EQ(flow.loops().size(), 2u);
  const FlowLoop& outer = flow.loop(0);
  const FlowLoop& inner = flow.loop(1);
  EXPECT_EQ(outer.header, 1u);
  EXPECT_EQ(outer.parent, kNoLoop);
  EXPECT_EQ(outer.blocks, (Indices{1, 2, 3}));
  EXPECT_EQ(outer.latches, (Indices{3}));
  EXPECT_EQ(inner.header, 2u);
  EXPECT_EQ(inner.parent, 0u);
  EXPECT_EQ(inner.depth, 2u);
  EXPECT_EQ(inner.blocks, (Indices{2}));
  EXPECT_EQ(inner.latches, (Indices{2}));
  EXPECT_EQ(flow.LoopDepth(0), 0u);
  EXPECT_EQ(flow.LoopDepth(2), 2u);
  EXPECT_EQ(flow.LoopDepth(3), 1u);
  EXPECT_EQ(flow.LoopDepth(4), 0u);
  EXPECT_TRUE(flow.LoopContains(0, 2));
  EXPECT_FALSE(flow.LoopContains(1, 3));
}

TEST(Flow, KnowsThatGuardsLeaveInTheMiddle) {
  const Trace trace = Nested();
  const Flow flow(trace);
  const auto value = [&](const char* name) {
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      if (trace.NameOf(ref) == name) return ref;
    }
    return kNoRef;
  };
  const Ref in_15 = flow.block(4).body;
  EXPECT_EQ(flow.block(4).dominator, 1u);
  EXPECT_EQ(flow.block(4).dominator_end, flow.block(1).body);
  EXPECT_EQ(flow.block(2).dominator_end, flow.block(1).end);
  EXPECT_TRUE(flow.BlockDominates(1, 4));
  EXPECT_TRUE(flow.Dominates(value("i"), in_15));
  EXPECT_FALSE(flow.Dominates(value("b"), in_15));
  EXPECT_TRUE(flow.Dominates(value("b"), value("e")));
  EXPECT_FALSE(flow.Dominates(value("d"), value("e")));
  EXPECT_FALSE(flow.Dominates(value("e"), value("d")));
  EXPECT_TRUE(flow.Dominates(value("n"), value("a")));
}

// A trace of random jumps and guards, of which every block but the first is the else block of one guard or a
// target of jumps; blocks may be out of reach.
Trace RandomGraph(std::mt19937_64& random) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const size_t joins = 2 + below(5);  // blocks 0 to joins - 1 are not else blocks
  size_t blocks = joins;
  std::string text = "trace @f(%c: bool) {\n";
  for (size_t b = 0; b < blocks; ++b) {
    text += "block " + std::to_string(b) + ":\n";
    for (size_t guards = below(3); guards > 0 && blocks < 14; --guards) {
      text += "  guard %c else " + std::to_string(blocks++) + "\n";
    }
    text += "  poll exit 0\n";
    text += below(4) == 0 ? "  leave exit 0\n" : "  jump " + std::to_string(1 + below(joins - 1)) + "\n";
  }
  return MustParse(text + "}\n");
}

// The instructions that run one after the other, for definitions by paths.
std::vector<std::vector<Ref>> Steps(const Trace& trace, const Flow& flow) {
  std::vector<std::vector<Ref>> steps(trace.size());
  for (Ref ref = 1; ref < trace.size(); ++ref) {
    const Instruction& instruction = trace.at(ref);
    if (!IsTerminator(instruction.op)) steps[ref].push_back(ref + 1);
    if (instruction.op != Op::kJump && !HasElseBlock(instruction)) continue;
    steps[ref].push_back(flow.block(flow.FindBlock(instruction.attribute & ~kElseBlock)).begin);
  }
  return steps;
}

// Which instructions run on some path from `from` that avoids `without`.
std::vector<bool> Reach(const std::vector<std::vector<Ref>>& steps, Ref from, Ref without) {
  std::vector<bool> seen(steps.size(), false);
  std::vector<Ref> work;
  if (from != without) work.push_back(from);
  while (!work.empty()) {
    const Ref ref = work.back();
    work.pop_back();
    if (seen[ref]) continue;
    seen[ref] = true;
    for (const Ref next : steps[ref]) {
      if (next != without) work.push_back(next);
    }
  }
  return seen;
}

void CheckDominance(const Trace& trace, const Flow& flow) {
  const std::vector<std::vector<Ref>> steps = Steps(trace, flow);
  const std::vector<bool> reachable = Reach(steps, 1, kNoRef);
  for (Ref def = 1; def < trace.size(); ++def) {
    if (!reachable[def]) continue;
    const std::vector<bool> around = Reach(steps, 1, def);
    for (Ref use = 1; use < trace.size(); ++use) {
      if (!reachable[use] || def == use) continue;
      // What a guard defines is not defined on the way to its else block, though that way passes the guard.
      if (HasElseBlock(trace.at(def))) continue;
      ASSERT_EQ(flow.Dominates(def, use), !around[use]) << def << " " << use;
    }
  }
  for (uint32_t b = 0; b < flow.blocks().size(); ++b) {
    ASSERT_EQ(flow.block(b).reachable, reachable[flow.block(b).begin]);
    if (!flow.block(b).reachable || b == 0) continue;
    const uint32_t dominator = flow.block(b).dominator;
    for (uint32_t a = 0; a < flow.blocks().size(); ++a) {
      if (a == b || !flow.block(a).reachable) continue;
      const bool dominates = !Reach(steps, 1, flow.block(a).begin)[flow.block(b).begin];
      ASSERT_EQ(flow.BlockDominates(a, b), dominates);
      ASSERT_TRUE(!dominates || flow.BlockDominates(a, dominator));
    }
    for (Ref ref = flow.block(dominator).begin; ref < flow.block(dominator).end; ++ref) {
      ASSERT_EQ(ref < flow.block(b).dominator_end, flow.Dominates(ref, flow.block(b).begin));
    }
  }
}

void CheckLoops(const Flow& flow) {
  size_t headers = 0;
  bool irreducible = false;
  for (uint32_t h = 0; h < flow.blocks().size(); ++h) {
    Indices latches;
    for (const uint32_t from : flow.block(h).predecessors) {
      if (flow.block(from).reachable && flow.BlockDominates(h, from)) latches.push_back(from);
    }
    if (latches.empty()) continue;
    ++headers;
    // The body by definition: what reaches a latch without passing the header.
    Indices body = {h};
    for (Indices work = latches; !work.empty();) {
      const uint32_t block = work.back();
      work.pop_back();
      if (!flow.block(block).reachable || std::count(body.begin(), body.end(), block) != 0) continue;
      body.push_back(block);
      const FlowEdges& before = flow.block(block).predecessors;
      work.insert(work.end(), before.begin(), before.end());
    }
    std::sort(body.begin(), body.end());
    const auto loop = std::find_if(flow.loops().begin(), flow.loops().end(),
                                   [&](const FlowLoop& l) { return l.header == h; });
    ASSERT_NE(loop, flow.loops().end());
    EXPECT_EQ(loop->blocks[0], h);
    Indices blocks = loop->blocks;
    std::sort(blocks.begin(), blocks.end());
    EXPECT_EQ(blocks, body);
    EXPECT_EQ(loop->latches, latches);
    for (uint32_t b = 0; b < flow.blocks().size(); ++b) {
      const bool inside = std::binary_search(body.begin(), body.end(), b);
      EXPECT_EQ(flow.LoopContains(static_cast<uint32_t>(loop - flow.loops().begin()), b), inside);
    }
  }
  EXPECT_EQ(flow.loops().size(), headers);
  // A cycle that is left when all jumps back to headers are taken away has no header.
  for (uint32_t start = 0; start < flow.blocks().size(); ++start) {
    if (!flow.block(start).reachable) continue;
    std::vector<bool> seen(flow.blocks().size(), false);
    for (Indices work = {start}; !work.empty();) {
      const uint32_t block = work.back();
      work.pop_back();
      for (const uint32_t next : flow.block(block).successors) {
        if (flow.BlockDominates(next, block)) continue;
        irreducible |= next == start;
        if (!seen[next]) work.push_back(next);
        seen[next] = true;
      }
    }
  }
  EXPECT_EQ(flow.irreducible_block() != kNoBlock, irreducible);
}

TEST(Flow, AgreesWithTheDefinitionsOnRandomGraphs) {
  std::mt19937_64 random(1);
  int loops = 0;
  int irreducible = 0;
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const Trace trace = RandomGraph(random);
    const Flow flow(trace);
    CheckDominance(trace, flow);
    CheckLoops(flow);
    if (testing::Test::HasFailure()) return;
    loops += static_cast<int>(flow.loops().size());
    irreducible += flow.irreducible_block() != kNoBlock;
  }
  EXPECT_GT(loops, 500);
  EXPECT_GT(irreducible, 100);
}

TEST(LoopFunctions, AreFoundByNameAndIndex) {
  for (const LoopFunctionInfo& info : LoopFunctions()) {
    EXPECT_EQ(FindLoopFunction(info.text), &info) << info.text;
    EXPECT_EQ(FindLoopFunction(LoopFunctionIndex(info)), &info);
  }
  const LoopFunctionInfo* const pow = FindLoopFunction("pow");
  ASSERT_NE(pow, nullptr);
  EXPECT_EQ(pow, FindLoopFunction(static_cast<uint64_t>(LoopFunction::kPow)));
  EXPECT_TRUE(pow->pure);
  EXPECT_EQ(pow->result, DType::kFloat64);
  ASSERT_EQ(pow->arguments.size(), 2u);
  const uint64_t words[] = {Scalar::Of(2.0).bits, Scalar::Of(10.0).bits};
  EXPECT_EQ(pow->invoke(words), Scalar::Of(1024.0).bits);
  EXPECT_EQ(reinterpret_cast<double (*)(double, double)>(pow->address)(2.0, 3.0), 8.0);
  EXPECT_EQ(FindLoopFunction("nothing"), nullptr);
  EXPECT_EQ(FindLoopFunction(LoopFunctions().size()), nullptr);
}

}  // namespace
}  // namespace lathe
