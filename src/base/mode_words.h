// The words of the engine's settings (modes.def), for whoever reads or writes them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

#include "lathe/engine.h"

namespace lathe {

template <class Mode>
struct ModeWord {
  std::string_view word;
  Mode mode;
};

inline constexpr ModeWord<JitMode> kJitModeWords[] = {
#define JIT_MODE(ID, WORD) {WORD, JitMode::k##ID},
#include "lathe/modes.def"
};
inline constexpr ModeWord<FpMode> kFpModeWords[] = {
#define FP_MODE(ID, WORD) {WORD, FpMode::k##ID},
#include "lathe/modes.def"
};
inline constexpr ModeWord<Isa> kIsaWords[] = {
#define ISA(ID, WORD) {WORD, Isa::k##ID},
#include "lathe/modes.def"
};

inline constexpr ModeWord<TraceDetail> kTraceDetailWords[] = {
#define TRACE_DETAIL(ID, WORD) {WORD, TraceDetail::k##ID},
#include "lathe/modes.def"
};

// The mode of a word; null if it is none.
template <class Mode, size_t N>
const Mode* FindMode(const ModeWord<Mode> (&words)[N], std::string_view word) {
  const auto found =
      std::find_if(std::begin(words), std::end(words), [&](const auto& w) { return w.word == word; });
  return found == std::end(words) ? nullptr : &found->mode;
}
template <class Mode, size_t N>
std::string_view WordOf(const ModeWord<Mode> (&words)[N], Mode mode) {
  return words[static_cast<size_t>(mode)].word;
}

}  // namespace lathe
