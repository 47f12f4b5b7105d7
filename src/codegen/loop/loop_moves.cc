// Places of values, and moves between them.
#include <algorithm>

#include "src/codegen/loop/loop_emitter.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

int64_t LoopEmitter::WordOf(Ref ref) const {
  return static_cast<int64_t>(ExtendedBits(At(ref).dtype, At(ref).attribute));
}

bool LoopEmitter::FitsImmediate(Ref ref) const {
  return IsConstant(ref) && WordOf(ref) == static_cast<int32_t>(WordOf(ref));
}

Register LoopEmitter::InGeneral(Ref ref, Register scratch) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kGeneral) return GeneralAt(place);
  if (place.kind == LoopPlace::Kind::kConstant) {
    SetConstant(scratch, WordOf(ref));
  } else {
    Load(scratch, SlotOf(place));
  }
  return scratch;
}

Register LoopEmitter::InVector(Ref ref, Register scratch) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kVector) return VectorAt(place);
  if (place.kind == LoopPlace::Kind::kConstant) {
    SetFloat(scratch, At(ref).attribute);
  } else {
    LoadFloat(scratch, SlotOf(place));
  }
  return scratch;
}

Register LoopEmitter::GeneralTarget(Ref ref) const {
  const LoopPlace& place = PlaceOf(ref);
  return place.kind == LoopPlace::Kind::kGeneral ? GeneralAt(place) : target_.general_scratch[0];
}
Register LoopEmitter::VectorTarget(Ref ref) const {
  const LoopPlace& place = PlaceOf(ref);
  return place.kind == LoopPlace::Kind::kVector ? VectorAt(place) : target_.vector_scratch[0];
}

void LoopEmitter::StoreGeneral(Ref ref, Register from) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kSlot) Save(SlotOf(place), from);
  if (place.kind == LoopPlace::Kind::kGeneral) Move(GeneralAt(place), from);
}

void LoopEmitter::StoreVector(Ref ref, Register from) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kSlot) SaveFloat(SlotOf(place), from);
  if (place.kind == LoopPlace::Kind::kVector) MoveFloat(VectorAt(place), from);
}

LoopEmitter::Label LoopEmitter::PoolLabel(uint64_t low, uint64_t high, bool wide) {
  Pool& pool = wide ? wide_pool_ : pool_;
  for (const auto& [bits, label] : pool) {
    if (bits == std::pair{low, high}) return label;
  }
  pool.push_back({{low, high}, out().newLabel()});
  return pool.back().second;
}

// ---- Jumps ------------------------------------------------------------------------------------------
std::vector<LoopEmitter::MoveOf> LoopEmitter::MovesOf(Ref jump) const {
  const FlowBlock& target = flow_.block(flow_.FindBlock(At(jump).attribute));
  std::vector<MoveOf> moves;
  for (uint32_t k = 0; k < target.parameter_count(); ++k) {
    const Ref argument = OperandOf(jump, k);
    const LoopPlace& to = PlaceOf(target.parameter(k));
    if (to.kind == LoopPlace::Kind::kNone || PlaceOf(argument) == to) continue;
    moves.push_back({PlaceOf(argument), to, IsConstant(argument) ? argument : kNoRef, At(argument).dtype});
  }
  return moves;
}

void LoopEmitter::ParallelMove(std::vector<MoveOf> moves) {
  while (!moves.empty()) {
    const auto blocks = [&](const MoveOf& move) {
      return std::any_of(moves.begin(), moves.end(), [&](const MoveOf& other) {
        return &other != &move && other.constant == kNoRef && other.from == move.to;
      });
    };
    const auto ready = std::find_if(moves.begin(), moves.end(), [&](const MoveOf& m) { return !blocks(m); });
    if (ready != moves.end()) {
      EmitMove(*ready);
      moves.erase(ready);
      continue;
    }
    // Only cycles are left. One value steps aside into a scratch register, which no place names.
    MoveOf& first = moves.front();
    const bool is_float = first.from.kind == LoopPlace::Kind::kVector || IsFloat(first.dtype);
    const LoopPlace aside{is_float ? LoopPlace::Kind::kVector : LoopPlace::Kind::kGeneral, -1};
    EmitMove({first.from, aside, kNoRef, first.dtype});
    const LoopPlace moved = first.from;
    for (MoveOf& move : moves) {
      if (move.constant == kNoRef && move.from == moved) move.from = aside;
    }
  }
}

// The register at index -1 is the one that a value steps aside into.
Register LoopEmitter::RegisterOf(const LoopPlace& place) const {
  const bool general = place.kind == LoopPlace::Kind::kGeneral;
  if (place.index < 0) return (general ? target_.general_scratch : target_.vector_scratch)[1];
  return general ? GeneralAt(place) : VectorAt(place);
}

void LoopEmitter::EmitConstantMove(const MoveOf& move) {
  using Kind = LoopPlace::Kind;
  if (move.to.kind == Kind::kGeneral) return SetConstant(RegisterOf(move.to), WordOf(move.constant));
  if (move.to.kind == Kind::kVector) return SetFloat(RegisterOf(move.to), At(move.constant).attribute);
  SetConstant(target_.general_scratch[0], WordOf(move.constant));
  Save(SlotOf(move.to), target_.general_scratch[0]);
}

void LoopEmitter::EmitMove(const MoveOf& move) {
  using Kind = LoopPlace::Kind;
  if (move.constant != kNoRef) return EmitConstantMove(move);
  const bool from_slot = move.from.kind == Kind::kSlot, to_slot = move.to.kind == Kind::kSlot;
  if (from_slot && to_slot) {
    Load(target_.general_scratch[0], SlotOf(move.from));
    return Save(SlotOf(move.to), target_.general_scratch[0]);
  }
  if (move.from.kind == Kind::kVector || move.to.kind == Kind::kVector) {
    if (to_slot) return SaveFloat(SlotOf(move.to), RegisterOf(move.from));
    if (from_slot) return LoadFloat(RegisterOf(move.to), SlotOf(move.from));
    return MoveFloat(RegisterOf(move.to), RegisterOf(move.from));
  }
  if (to_slot) return Save(SlotOf(move.to), RegisterOf(move.from));
  if (from_slot) return Load(RegisterOf(move.to), SlotOf(move.from));
  Move(RegisterOf(move.to), RegisterOf(move.from));
}

}  // namespace lathe
