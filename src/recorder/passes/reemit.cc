// Re-emission of a trace.
#include "src/recorder/passes/reemit.h"

#include <string>
#include <utility>
#include <vector>

namespace lathe {
namespace {

class Reemitter {
 public:
  Reemitter(const Trace& in, BuilderOptions options, const ReplaceValue& replace)
      : in_(in), replace_(replace), builder_(&out_, options), map_(in.size(), kNoRef) {
    out_.name = in.name;
    out_.file = in.file;
    out_.kernels = in.kernels;
    out_.instructions.reserve(in.size());
  }

  Trace Run() {
    for (Ref ref = 0; ref < in_.size(); ++ref) {
      const Ref size = out_.size();
      map_[ref] = EmitOne(ref);
      // A name goes to the instruction made for it, not to an older one that it turned out to be.
      const std::string_view name = in_.NameOf(ref);
      if (!name.empty() && map_[ref] >= size && out_.NameOf(map_[ref]).empty()) {
        out_.SetName(map_[ref], std::string(name));
      }
    }
    return std::move(out_);
  }

 private:
  Ref EmitOne(Ref ref) {
    Instruction instruction = in_.at(ref);
    builder_.SetLine(instruction.line);
    operands_.clear();
    for (const Ref operand : in_.operands(ref)) operands_.push_back(map_[operand]);
    DimList dims(in_.dims(ref));
    for (size_t d = 0; d < dims.size(); ++d) {
      if (!dims[d].is_constant()) dims[d] = Dim::Symbol(map_[dims[d].ref()]);
    }
    const uint8_t flags = Info(instruction.op).flags;
    if (instruction.op == Op::kConst) return builder_.Constant(instruction.dtype, instruction.attribute);
    if ((flags & (kPure | kReads)) == 0) {
      if (instruction.op == Op::kAlloc && instruction.attribute != 0) {
        instruction.attribute = uint64_t{map_[static_cast<Ref>(instruction.attribute - 1)]} + 1;
      }
      return builder_.Append(instruction, operands_, dims);
    }
    if (replace_) {
      if (const Ref replaced = replace_(builder_, instruction, operands_); replaced != kNoRef)
        return replaced;
    }
    return builder_.Emit(instruction.op, instruction.dtype, operands_, dims, instruction.attribute,
                         instruction.combiner);
  }

  const Trace& in_;
  const ReplaceValue& replace_;
  Trace out_;
  Builder builder_;
  std::vector<Ref> map_;
  std::vector<Ref> operands_;
};

}  // namespace

void Reemit(Trace& trace, BuilderOptions options, const ReplaceValue& replace) {
  trace = Reemitter(trace, options, replace).Run();
}

}  // namespace lathe
