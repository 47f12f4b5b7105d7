// Generators: their bodies are followed into, as functions are. A generator's body is a variable of the state
// while it waits (its slots and operands, and the next instruction), and a frame of the state while it runs:
// the `for` that asks it for an item pushes the frame, `yield` pops it. So a generator that the loop makes
// need never exist, and one that was there before the loop is written back at the exits.
#include <algorithm>
#include <optional>

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
bool LoopRecorder::MakeGenerator(const Callee& callee, FrameState frame_state,
                                 const CallArguments& arguments) {
  Abstract body;
  body.kind = AbstractKind::kGeneratorBody;
  body.constant = Value(callee.code);
  auto parts = std::make_shared<AbstractParts>();
  parts->refs = {callee.function ? AddressOf(callee.function.get()) : Int(0)};
  parts->owner = callee.module;
  parts->items = std::move(frame_state.registers);
  body.parts = std::move(parts);
  if (callee.function) graph_.Keep(Value(callee.function));
  Drop(arguments.consumed);
  Push(NewObject(AbstractKind::kGenerator, std::move(body)));
  return true;
}

bool LoopRecorder::HasEnded(ObjectIdentity generator) {
  return Variable(Location::Of(generator)).parts->number == kEndedBody;
}

// Goes on in the body of a generator that has not ended, as the VM does. `gap`: see FrameState.
bool LoopRecorder::ResumeGenerator(ObjectIdentity generator, const GeneratorObject& actual, size_t gap) {
  const Location location = Location::Of(generator);
  const Abstract body = Variable(location);
  if (body.parts->number == kRunningBody) return Abort("a generator that runs already");
  if (!HasRoomFor(*actual.function->code) || !ChangeObject(generator)) return false;
  FrameState f;
  f.code = actual.function->code;
  f.module = actual.function->module.get();
  f.pc = static_cast<uint32_t>(body.parts->number);
  f.gap = gap;
  f.generator = generator;
  f.registers = body.parts->items;
  *state_.Find(location) = BodyAt(body, kRunningBody, {});
  state_.frames.push_back(std::move(f));
  return true;
}

// ---- A `for` ----------------------------------------------------------------------------------------
// Whether the VM runs the body of a generator in the place of a `for` that asks the iterator for an item:
// Vm::AskForItem.
bool LoopRecorder::AsksGenerator(const Abstract& iterator) {
  const auto is_generator = [](const Abstract& a) { return a.Is(AbstractKind::kGenerator); };
  if (iterator.Is(AbstractKind::kEnumerate)) return is_generator(iterator.parts->items[0]);
  if (!iterator.Is(AbstractKind::kZip)) return is_generator(iterator);
  return std::any_of(iterator.parts->items.begin(), iterator.parts->items.end(), is_generator);
}

bool LoopRecorder::AskForItem(const Abstract& iterator, uint32_t end) {
  const Value actual = Actual(0);
  if (iterator.Is(AbstractKind::kZip)) {
    return AskZip(iterator, *static_cast<const ZipIterator*>(actual.Get<IteratorObject>()), nullptr,
                  [this] { ++frame().pc; });
  }
  const bool counts = iterator.Is(AbstractKind::kEnumerate);
  const Value& asked =
      counts ? static_cast<const EnumerateIterator*>(actual.Get<IteratorObject>())->iterator : actual;
  const ObjectIdentity generator = counts ? iterator.parts->items[0].identity : iterator.identity;
  ++frame().pc;
  if (!HasEnded(generator)) return ResumeGenerator(generator, *asked.Get<GeneratorObject>(), 0);
  Drop(1);
  frame().pc = end;
  return true;
}

// Asks the iterators of a zip from the first one that has given no item yet: those that it has given follow
// the iterators. `item`: of the generator that the zip has been waiting for. `go` leaves the instruction,
// which nothing is guarded behind.
bool LoopRecorder::AskZip(Abstract zip, const ZipIterator& actual, const Abstract* item,
                          const std::function<void()>& go) {
  auto parts = std::make_shared<AbstractParts>(*zip.parts);
  const size_t count = actual.iterators.size();
  if (item) parts->items.push_back(*item);
  std::optional<size_t> asked;
  bool ended = false;
  size_t k = parts->items.size() - count;
  for (; k < count && !ended && !asked; ++k) {
    Abstract& iterator = parts->items[k];
    if (iterator.Is(AbstractKind::kGenerator)) {
      ended = HasEnded(iterator.identity);
      if (!ended) asked = k;
      continue;
    }
    Abstract given;
    bool more = false;
    if (!NextItem(&iterator, actual.iterators[k], &given, &more)) return false;
    ended = !more;
    if (more) parts->items.push_back(std::move(given));
  }
  // Those before it have moved on already.
  if (ended && k > 1 && zip.ref != kNoRef) return Abort("the end of a zip but at its first iterator");
  go();
  if (ended) {
    EndLoop();
    return true;
  }
  std::vector<Abstract> items(parts->items.begin() + static_cast<std::ptrdiff_t>(count), parts->items.end());
  if (!asked) parts->items.resize(count);
  parts->number = static_cast<int64_t>(parts->items.size() - count);
  const ObjectIdentity generator = asked ? parts->items[*asked].identity : kNoIdentity;
  zip.parts = std::move(parts);
  Operand(0) = std::move(zip);
  if (asked) return ResumeGenerator(generator, *actual.iterators[*asked].Get<GeneratorObject>(), 0);
  Push(Abstract::Tuple(std::move(items)));
  return true;
}

// The `for` that stands before the next instruction has come to its end.
void LoopRecorder::EndLoop() {
  Drop(1);
  frame().pc = static_cast<uint32_t>(frame().code->instructions[frame().pc - 1].c);
}

// ---- next() -----------------------------------------------------------------------------------------
bool LoopRecorder::AskByCall(const CallArguments& call, const Value& actual) {
  if (HasEnded(call.values[0].identity)) {
    if (call.values.size() < 2) return Abort(AbortReason::kException);
    return Replace(call.consumed, Abstract(call.values[1]));
  }
  ++frame().pc;
  return ResumeGenerator(call.values[0].identity, *actual.Get<GeneratorObject>(), call.consumed);
}

// ---- The body ---------------------------------------------------------------------------------------
// The last operand of the frame that waits for an item.
Abstract& LoopRecorder::AskedIterator() {
  std::vector<Abstract>& registers = state_.frames[state_.frames.size() - 2].registers;
  if (registers.back().Is(AbstractKind::kUnloaded)) {
    const auto place = static_cast<uint32_t>(registers.size() - 1);
    registers.back() = LoadEntry({Location::Kind::kRegister, nullptr, place});
  }
  return registers.back();
}

bool LoopRecorder::RecordYield() {
  if (state_.frames.size() == 1) {
    left_loop_ = true;
    return Abort(AbortReason::kLeavesFunction);
  }
  Abstract item = Operand(0);
  const FrameState& f = frame();
  std::vector<Abstract> registers = f.registers;
  // What the yield is worth when the body goes on.
  registers.back() = Abstract::Constant(Value::None());
  Abstract asked = AskedIterator();
  Node next = kNoRef;
  if (f.gap == 0 && asked.Is(AbstractKind::kEnumerate)) {
    next = Checked(Op::kCheckedAdd, asked.parts->refs[0], Int(1));
  }
  const size_t gap = f.gap;
  const Location location = Location::Of(f.generator);
  const Value actual = VmFrame().slots[-1];
  const uint32_t pc = f.pc + 1;
  const auto leave = [&] {
    state_.frames.pop_back();
    Abstract& body = *state_.Find(location);
    body = BodyAt(body, pc, registers);
    ForgetDeadSlots(&body);
  };
  if (gap == 0 && asked.Is(AbstractKind::kZip)) {
    return AskZip(asked, *static_cast<const ZipIterator*>(actual.Get<IteratorObject>()), &item, leave);
  }
  leave();
  Drop(gap);
  if (next != kNoRef) {
    item = Abstract::Tuple({Abstract::Int(asked.parts->refs[0]), item});
    auto parts = std::make_shared<AbstractParts>(*asked.parts);
    parts->refs[0] = next;
    asked.parts = std::move(parts);
    Operand(0) = std::move(asked);
  }
  Push(std::move(item));
  return true;
}

// The body has returned: so ends the loop that has asked it for an item, or the call gives its default.
bool LoopRecorder::EndGenerator() {
  const size_t gap = frame().gap;
  const Abstract& asked = AskedIterator();
  if (gap == 0 && asked.Is(AbstractKind::kZip) && asked.parts->number > 0 && asked.ref != kNoRef)
    return Abort("the end of a zip but at its first iterator");
  if (gap == 2) return Abort(AbortReason::kException);
  Abstract& body = *state_.Find(Location::Of(frame().generator));
  body = BodyAt(body, kEndedBody, {});
  state_.frames.pop_back();
  if (gap == 0) {
    EndLoop();
    return true;
  }
  const Abstract otherwise = Operand(0);
  Drop(gap);
  Push(otherwise);
  return true;
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
