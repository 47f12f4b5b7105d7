// Every elementwise op with every choice of dtypes that the table allows, for tests that walk them all.
#pragma once

#include <string>
#include <vector>

#include "lathe/dtype.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/op.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

struct OpCase {
  Op op;
  std::vector<DType> operands;
  DType result;
  // The dtype by which FindElementFunction selects.
  DType selecting() const;
};

// Of an op that is elementwise and takes no function.
std::vector<OpCase> CasesOf(Op op);
// "add f64 f64 -> f64"
std::string Describe(const OpCase& c);
// The trace of a nest: result[i] = op(operand0[i], operand1[i], ...); the operand number `scalar` is a scalar
// parameter.
Trace ElementTrace(const OpCase& c, int scalar = -1);
// All ops that have cases, as numbers.
std::vector<int> OpsWithCases();

}  // namespace lathe
