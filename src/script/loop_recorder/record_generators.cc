// Generators: their bodies are followed into, as functions are. A generator's body is a variable of the state
// while it waits (its slots and operands, and the next instruction), and a frame of the state while it runs:
// the `for` that asks it for an item pushes the frame, `yield` pops it. So a generator that the loop makes
// need never exist, and one that was there before the loop is written back at the exits.
#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {
namespace {

Abstract BodyAt(const Abstract& body, int64_t number, std::vector<Abstract> items) {
  Abstract next = body;
  auto parts = std::make_shared<AbstractParts>(*body.parts);
  parts->number = number;
  parts->items = std::move(items);
  next.parts = std::move(parts);
  return next;
}

}  // namespace

// A call of a generator function: nothing of its body runs yet.
bool LoopRecorder::MakeGenerator(const FunctionObject& function, FrameState frame_state,
                                 const CallArguments& arguments) {
  Abstract body;
  body.kind = AbstractKind::kGeneratorBody;
  body.constant = Value(function.code);
  body.ref = Int(0);
  auto parts = std::make_shared<AbstractParts>();
  parts->refs = {AddressOf(&function)};
  parts->items = std::move(frame_state.registers);
  body.parts = std::move(parts);
  graph_.Keep(Value(frame_state.function));
  Abstract generator;
  generator.kind = AbstractKind::kGenerator;
  generator.identity = graph_.NewIdentity();
  state_.variables.emplace_back(Location::Of(generator.identity), std::move(body));
  return Replace(arguments.consumed, std::move(generator));
}

// The VM is about to go on in the generator's body, until it yields an item or ends.
bool LoopRecorder::ResumeGenerator(ObjectIdentity generator, uint32_t end) {
  const Location location = Location::Of(generator);
  const Abstract body = Variable(location);
  if (body.parts->number == kEndedBody) {
    Drop(1);
    frame().pc = end;
    return true;
  }
  if (body.parts->number == kRunningBody) return Abort("a generator that runs already");
  const auto* actual = Actual(0).Get<GeneratorObject>();
  CodeObject& code = *actual->function->code;
  if (!HasRoomFor(code)) return false;
  if (graph_.Enters(generator) && !graph_.NoteChanged(generator)) {
    return Abort("a generator in the place of others");
  }
  FrameState f;
  f.code = actual->function->code;
  f.module = actual->function->module.get();
  f.pc = static_cast<uint32_t>(body.parts->number);
  f.gap = 0;
  f.generator = generator;
  f.registers = body.parts->items;
  *state_.Find(location) = BodyAt(body, kRunningBody, {});
  ++frame().pc;
  state_.frames.push_back(std::move(f));
  return true;
}

bool LoopRecorder::RecordYield() {
  if (state_.frames.size() == 1) {
    left_loop_ = true;
    return Abort(AbortReason::kLeavesFunction);
  }
  const Abstract item = Operand(0);
  const FrameState waiting = std::move(state_.frames.back());
  state_.frames.pop_back();
  std::vector<Abstract> registers = waiting.registers;
  // What the yield is worth when the body goes on.
  registers.back() = Abstract::Constant(Value::None());
  Abstract& body = *state_.Find(Location::Of(waiting.generator));
  body = BodyAt(body, waiting.pc + 1, std::move(registers));
  ForgetDeadSlots(&body);
  Push(item);
  return true;
}

// The body has returned: so ends the loop that has asked it for an item.
void LoopRecorder::EndGenerator() {
  Abstract& body = *state_.Find(Location::Of(frame().generator));
  body = BodyAt(body, kEndedBody, {});
  state_.frames.pop_back();
  Drop(1);
  frame().pc = static_cast<uint32_t>(frame().code->instructions[frame().pc - 1].c);
}

// Slots that the body will not read any more do not tell one body from another.
void LoopRecorder::ForgetDeadSlots(Abstract* body) {
  CodeObject* code = body->constant.Get<CodeObject>();
  const CodeAnalysis& analysis = host_.AnalysisOf(code);
  std::vector<Abstract> items = body->parts->items;
  for (size_t k = 0; k < static_cast<size_t>(code->slot_count) && k < items.size(); ++k) {
    if (analysis.IsLive(static_cast<uint32_t>(body->parts->number), k)) continue;
    items[k] = Abstract::Dead();
  }
  *body = BodyAt(*body, body->parts->number, std::move(items));
}

}  // namespace lathe::script
