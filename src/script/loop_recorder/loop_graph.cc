// Growing a loop graph. Operations on two constants are folded, for the recorder decides by constants; all
// other optimisation is the passes' business.
#include "src/script/loop_recorder/loop_graph.h"

#include <algorithm>
#include <bit>

#include "src/recorder/build/fold.h"
#include "src/recorder/ir/loop_functions.h"

namespace lathe::script {

std::string_view ReasonText(ExitReason reason) {
  static constexpr std::string_view kTexts[] = {
#define EXIT_REASON(ID, TEXT) TEXT,
#include "src/script/loop_recorder/exit_reasons.def"
#undef EXIT_REASON
  };
  return kTexts[static_cast<size_t>(reason)];
}

LoopGraph::LoopGraph() {
  AddSegment();
  segments_[kRootHeader].is_header = true;
  current_ = kRootHeader;
}

SegmentId LoopGraph::AddSegment() {
  segments_.emplace_back();
  return static_cast<SegmentId>(segments_.size()) - 1;
}

Node LoopGraph::Constant(DType dtype, uint64_t bits) {
  const auto [place, added] = constants_.insert({{dtype, bits}, static_cast<Node>(nodes_.size())});
  if (added) {
    GraphNode node;
    node.op = Op::kConst;
    node.dtype = dtype;
    node.attribute = bits;
    nodes_.push_back(std::move(node));
  }
  return place->second;
}

Node LoopGraph::ConstantFloat(double value) {
  return Constant(DType::kFloat64, std::bit_cast<uint64_t>(value));
}

Node LoopGraph::AddInput(DType dtype) {
  GraphNode node;
  node.op = Op::kParam;
  node.dtype = dtype;
  node.attribute = inputs_.size();
  nodes_.push_back(std::move(node));
  inputs_.push_back(static_cast<Node>(nodes_.size()) - 1);
  return inputs_.back();
}

Node LoopGraph::AddParameter(SegmentId segment, DType dtype) {
  GraphNode node;
  node.op = Op::kParameter;
  node.dtype = dtype;
  nodes_.push_back(std::move(node));
  const Node ref = static_cast<Node>(nodes_.size()) - 1;
  segments_[static_cast<size_t>(segment)].parameters.push_back(ref);
  return ref;
}

Node LoopGraph::EmitList(Op op, DType dtype, std::span<const Node> operands, uint64_t attribute,
                         int32_t exit) {
  if (IsElementwise(op)) {
    std::vector<uint64_t> bits;
    for (const Node operand : operands) {
      if (!IsConstant(operand)) break;
      bits.push_back(nodes_[operand].attribute);
    }
    if (!bits.empty() && bits.size() == operands.size()) {
      const DType operand_dtype = nodes_[operands[op == Op::kSelect ? 1 : 0]].dtype;
      if (const auto folded = FoldConstants(op, operand_dtype, dtype, bits)) return Constant(dtype, *folded);
    }
  }
  GraphNode node;
  node.op = op;
  node.dtype = dtype;
  node.attribute = attribute;
  node.exit = exit;
  node.line = line_;
  node.operands_begin = static_cast<uint32_t>(operand_pool_.size());
  node.operand_count = static_cast<uint32_t>(operands.size());
  operand_pool_.insert(operand_pool_.end(), operands.begin(), operands.end());
  nodes_.push_back(std::move(node));
  const Node ref = static_cast<Node>(nodes_.size()) - 1;
  segments_[static_cast<size_t>(current_)].body.push_back(ref);
  if (op == Op::kWrite || op == Op::kCall || op == Op::kCallForeign) writes_arrays_ = true;
  calls_foreign_ = calls_foreign_ || op == Op::kCallForeign;
  return ref;
}

Node LoopGraph::EmitCopy(const GraphNode& node, std::span<const Node> operands, int32_t exit) {
  const uint32_t line = line_;
  line_ = node.line;
  const Node ref = EmitList(node.op, node.dtype, operands, node.attribute, exit);
  nodes_[ref].site = node.site;
  line_ = line;
  return ref;
}

Node LoopGraph::EmitSiteCall(int32_t site, std::span<const Node> operands, int32_t exit) {
  const uint64_t function = LoopFunctionIndex(*FindLoopFunction("callback"));
  const Node call = EmitList(Op::kCall, DType::kInt64, operands, function, exit);
  nodes_[call].site = site;
  return call;
}

Node LoopGraph::EmitSiteWord(Node call, DType dtype, int64_t word) {
  const Node read = Emit(Op::kRead, dtype, {call, ConstantInt(word)}, kSiteMemory);
  nodes_[read].site = nodes_[call].site;
  return read;
}

std::shared_ptr<uint64_t> LoopGraph::AddWord() {
  words_.push_back(std::make_shared<uint64_t>(0));
  return words_.back();
}

int32_t LoopGraph::AddExit(std::shared_ptr<const State> snapshot, ExitReason reason) {
  GraphExit exit;
  exit.snapshot = std::move(snapshot);
  exit.reason = reason;
  exits_.push_back(std::move(exit));
  return static_cast<int32_t>(exits_.size()) - 1;
}

bool LoopGraph::Enters(ObjectIdentity object) const {
  return std::any_of(entry_.begin(), entry_.end(),
                     [&](const EntryItem& item) { return item.location == Location::Of(object); });
}

bool LoopGraph::Note(ObjectIdentity object, bool changed) {
  ObjectHistory& history = histories_[object];
  if (changed ? history.replaced : history.changed) return false;
  (changed ? history.changed : history.replaced) = true;
  return true;
}

bool LoopGraph::ReplacesObjects() const {
  return std::any_of(histories_.begin(), histories_.end(),
                     [](const auto& object) { return object.second.replaced; });
}

void LoopGraph::Jump(SegmentId target, std::vector<Node> arguments) {
  Segment& segment = segments_[static_cast<size_t>(current_)];
  segment.target = target;
  segment.arguments = std::move(arguments);
  current_ = kNoSegment;
}

void LoopGraph::JumpToRoot(std::shared_ptr<const State> state) {
  Segment& segment = segments_[static_cast<size_t>(current_)];
  segment.target = kRootHeader;
  segment.jump_state = std::move(state);
  current_ = kNoSegment;
}

void LoopGraph::Leave(int32_t exit) {
  segments_[static_cast<size_t>(current_)].leave = exit;
  current_ = kNoSegment;
}

}  // namespace lathe::script
