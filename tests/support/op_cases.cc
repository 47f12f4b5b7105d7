// The walk over ops and dtypes.
#include "tests/support/op_cases.h"

#include "src/recorder/ir/type_rules.h"

namespace lathe {

DType OpCase::selecting() const {
  DType dtype = operands[0];
  for (size_t k = 0; k < operands.size(); ++k) {
    if (((Info(op).bool_operands >> k) & 1) == 0) dtype = operands[k];
  }
  return dtype;
}

std::vector<OpCase> CasesOf(Op op) {
  std::vector<OpCase> cases;
  const OpInfo& info = Info(op);
  for (int d = 0; d < kDTypeCount; ++d) {
    const auto dtype = static_cast<DType>(d);
    for (int r = 0; r < kDTypeCount; ++r) {
      const auto other = static_cast<DType>(r);
      DType result = dtype;
      if (info.type_rule == TypeRule::kToBool) result = DType::kBool;
      if (info.type_rule == TypeRule::kGiven) result = other;
      if (info.type_rule != TypeRule::kGiven && r > 0) break;
      if (op == Op::kBitcast && (ItemSize(dtype) != ItemSize(result) || IsBool(result))) continue;
      if (!Allows(info.dtypes, dtype)) continue;
      if (!FindElementFunction(op, dtype, result)) continue;
      OpCase c{op, {}, result};
      for (int k = 0; k < info.operand_count; ++k)
        c.operands.push_back((info.bool_operands >> k) & 1 ? DType::kBool : dtype);
      cases.push_back(c);
    }
  }
  return cases;
}

std::string Describe(const OpCase& c) {
  std::string text(Info(c.op).text);
  for (const DType dtype : c.operands) text += " " + std::string(Name(dtype));
  return text + " -> " + std::string(Name(c.result));
}

std::vector<int> OpsWithCases() {
  std::vector<int> ops;
  for (int op = 0; op < kOpCount; ++op) {
    if (IsElementwise(static_cast<Op>(op)) && !TakesFunction(static_cast<Op>(op))) ops.push_back(op);
  }
  return ops;
}

Trace ElementTrace(const OpCase& c, int scalar) {
  Trace trace;
  Instruction instruction;
  const auto append = [&](Op op, DType dtype, std::vector<Ref> operands, std::vector<Dim> dims,
                          uint64_t attribute = 0) {
    instruction = {};
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.attribute = attribute;
    if (!dims.empty()) instruction.layout = Layout::Dense(static_cast<int>(dims.size()));
    return trace.Append(instruction, operands, dims);
  };
  const std::vector<Dim> dims = {Dim::Symbol(append(Op::kDim, DType::kInt64, {}, {}))};
  std::vector<Ref> params;
  for (size_t k = 0; k < c.operands.size(); ++k) {
    const bool is_scalar = static_cast<int>(k) == scalar;
    params.push_back(append(Op::kParam, c.operands[k], {}, is_scalar ? std::vector<Dim>() : dims, k));
  }
  const Ref out = append(Op::kAlloc, c.result, {}, dims);
  append(Op::kNest, DType::kBool, {}, dims, 1);
  const Ref index = append(Op::kIndex, DType::kInt64, {}, {});
  std::vector<Ref> values;
  for (size_t k = 0; k < params.size(); ++k) {
    const bool is_scalar = static_cast<int>(k) == scalar;
    values.push_back(is_scalar ? params[k] : append(Op::kLoad, c.operands[k], {params[k], index}, {}));
  }
  const Ref value = append(c.op, c.result, values, {});
  append(Op::kStore, c.result, {out, value, index}, {});
  append(Op::kEnd, DType::kBool, {}, {});
  append(Op::kReturn, DType::kBool, {out}, {});
  return trace;
}

}  // namespace lathe
