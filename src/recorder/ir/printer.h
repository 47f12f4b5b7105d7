// A trace as text: one instruction a line, deterministic, read back by parser.h (docs/ir.md has the
// grammar). Knows the trace only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

std::string PrintTrace(const Trace& trace);
// The line of one instruction, without what an exit's snapshot holds.
std::string InstructionText(const Trace& trace, Ref ref);

// The names of a trace's kernels: its own if it is an identifier that no kernel before it has, else its
// index.
std::vector<std::string> KernelNames(const Trace& trace);

// The name of every value of a trace: its own if it is a fresh identifier where it stands, else the next
// number. Names end with the nest that they are defined in.
class ValueNames {
 public:
  explicit ValueNames(const Trace& trace);
  // "%x"; "%?" for a ref that the trace does not define.
  std::string Of(Ref ref) const;
  // "f64", "f64[%n, 3]".
  std::string Type(DType dtype, std::span<const Dim> dims) const;
  // "[%n, 3]".
  std::string Shape(std::span<const Dim> dims) const;

 private:
  std::vector<std::string> names_;
};

// The comment in a listing before the code of an instruction: "; %3 = mul  at 12".
std::string ListingComment(const ValueNames& names, const Trace& trace, Ref ref);

}  // namespace lathe
