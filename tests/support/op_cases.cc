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

}  // namespace lathe
