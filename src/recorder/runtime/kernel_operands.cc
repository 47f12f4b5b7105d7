// From words to operands.
#include "src/recorder/runtime/kernel_operands.h"

#include "src/recorder/ir/invoke.h"

namespace lathe {

KernelOperands::KernelOperands(const Trace& kernel) {
  const auto make = [&](Ref ref, std::vector<Operand>* operands, std::vector<Extents>* extents) {
    const Instruction& instruction = kernel.at(ref);
    Operand& operand = operands->emplace_back();
    operand.dtype = instruction.dtype;
    operand.rank = instruction.rank;
    Extents& dims = extents->emplace_back(kernel.dims(ref).begin(), kernel.dims(ref).end());
    for (Dim& dim : dims) {
      if (!dim.is_constant()) dim = Dim::Symbol(static_cast<Ref>(kernel.at(dim.ref()).attribute));
    }
  };
  for (Ref ref = 0; ref < kernel.size(); ++ref) {
    if (kernel.at(ref).op == Op::kAssign) {
      assigned_ = static_cast<int>(kernel.at(kernel.operands(ref)[0]).attribute);
    }
    if (kernel.at(ref).op != Op::kParam) continue;
    make(ref, &params_, &param_extents_);
    params_.back().is_scalar = kernel.at(ref).rank == 0;
  }
  for (const Ref ref : kernel.operands(kernel.size() - 1)) make(ref, &outputs_, &output_extents_);
  const std::vector<InvokeOperand> operands = InvokeOperands(kernel);
  for (size_t word = 0; word < operands.size(); ++word) {
    const InvokeOperand& operand = operands[word];
    switch (operand.kind) {
      case InvokeOperand::Kind::kDim:
        dims_.push_back(0);
        [[fallthrough]];
      case InvokeOperand::Kind::kStride:
        shape_words_.push_back(word);
        break;
      case InvokeOperand::Kind::kScalar:
        scalars_.push_back({word, operand.index, ~uint64_t{0} >> (64 - 8 * ItemSize(operand.dtype))});
        break;
      case InvokeOperand::Kind::kAddress:
        addresses_.push_back({word, operand.index, 0});
        break;
      case InvokeOperand::Kind::kResult:
        results_.push_back({word, operand.index, 0});
        break;
    }
  }
  shape_.resize(shape_words_.size());
}

bool KernelOperands::Load(const uint64_t* words) {
  bool changed = !loaded_;
  for (size_t k = 0; k < shape_words_.size(); ++k) changed |= shape_[k] != words[shape_words_[k]];
  if (changed) LoadShape(words);
  for (const Word& scalar : scalars_) params_[scalar.index].scalar_bits = words[scalar.word] & scalar.mask;
  for (const Word& address : addresses_) {
    params_[address.index].data = reinterpret_cast<void*>(words[address.word]);
  }
  for (const Word& result : results_) {
    outputs_[result.index].data = reinterpret_cast<void*>(words[result.word]);
  }
  return changed;
}

void KernelOperands::LoadShape(const uint64_t* words) {
  loaded_ = true;
  for (size_t k = 0; k < shape_words_.size(); ++k) shape_[k] = words[shape_words_[k]];
  for (size_t k = 0; k < dims_.size(); ++k) dims_[k] = static_cast<int64_t>(shape_[k]);
  size_t next = dims_.size();
  for (size_t k = 0; k < params_.size(); ++k) {
    SetExtents(param_extents_[k], &params_[k]);
    for (int d = 0; d < params_[k].rank; ++d) params_[k].strides[d] = static_cast<int64_t>(shape_[next++]);
  }
  for (size_t k = 0; k < outputs_.size(); ++k) {
    SetExtents(output_extents_[k], &outputs_[k]);
    int64_t bytes = ItemSize(outputs_[k].dtype);
    for (int d = outputs_[k].rank - 1; d >= 0; --d) {
      outputs_[k].strides[d] = bytes;
      bytes *= outputs_[k].extents[d];
    }
  }
}

void KernelOperands::SetExtents(const Extents& extents, Operand* operand) const {
  for (size_t d = 0; d < extents.size(); ++d) {
    operand->extents[d] = extents[d].is_constant() ? extents[d].value : dims_[extents[d].ref()];
  }
}

}  // namespace lathe
