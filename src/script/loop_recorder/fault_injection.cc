// A fault is a counter in memory: each pass takes one from it, and at zero the exit is taken.
#include "src/script/loop_recorder/fault_injection.h"

#include <array>

#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"

namespace lathe::script {
namespace {

constexpr uint64_t kOneIn = 3;           // of the places that could fail one does
constexpr uint64_t kLongestPeriod = 40;  // passes from failure to failure

bool MayFail(const lathe::Instruction& instruction) {
  switch (instruction.op) {
    case Op::kGuard:
    case Op::kPoll:
    case Op::kCheckedAdd:
    case Op::kCheckedSub:
    case Op::kCheckedMul:
      return !HasElseBlock(instruction);
    default:
      return false;
  }
}

}  // namespace

void InjectFaults(lathe::Trace& trace, uint64_t memory, const std::function<bool(uint64_t exit)>& may_fail,
                  std::mt19937_64& random, std::vector<std::shared_ptr<uint64_t>>* counters) {
  LoopEditor editor(trace);
  const lathe::Ref size = trace.size();
  for (lathe::Ref ref = 0; ref < size; ++ref) {
    if (!MayFail(trace.at(ref)) || !may_fail(trace.at(ref).attribute) || random() % kOneIn != 0) continue;
    const uint64_t period = 1 + random() % kLongestPeriod;
    counters->push_back(std::make_shared<uint64_t>(1 + random() % kLongestPeriod));
    const auto constant = [&](uint64_t bits) {
      return editor.Insert(ref, Op::kConst, DType::kInt64, {}, bits);
    };
    const lathe::Ref address = constant(reinterpret_cast<uint64_t>(counters->back().get()));
    const lathe::Ref count = editor.Insert(ref, Op::kRead, DType::kInt64, {address}, memory);
    const lathe::Ref left = editor.Insert(ref, Op::kSub, DType::kInt64, {count, constant(1)});
    const lathe::Ref goes_on = editor.Insert(ref, Op::kNotEqual, DType::kBool, {left, constant(0)});
    const lathe::Ref next = editor.Insert(ref, Op::kSelect, DType::kInt64, {goes_on, left, constant(period)});
    editor.Insert(ref, Op::kWrite, DType::kInt64, {address, next}, memory);
    std::vector<lathe::Ref> operands = {goes_on};
    const std::span<const lathe::Ref> snapshot = SnapshotOf(trace, ref);
    operands.insert(operands.end(), snapshot.begin(), snapshot.end());
    lathe::Instruction guard;
    guard.op = Op::kGuard;
    guard.dtype = DType::kBool;
    guard.attribute = trace.at(ref).attribute;
    guard.line = trace.at(ref).line;
    editor.Insert(ref, guard, operands);
  }
  if (editor.changed()) editor.Apply();
}

}  // namespace lathe::script
