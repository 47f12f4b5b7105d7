// The type rules of ops.def.
#include "src/recorder/ir/type_rules.h"

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/printer.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }
absl::string_view Word(DType dtype) { return View(DTypeWord(dtype)); }

bool IsBoolOperand(Op op, size_t index) { return (Info(op).bool_operands >> index) & 1; }

}  // namespace

bool Allows(DTypeClass dtypes, DType dtype) {
  switch (dtypes) {
    case DTypeClass::kAny:
      return true;
    case DTypeClass::kNumber:
      return !IsBool(dtype);
    case DTypeClass::kInteger:
      return IsInteger(dtype);
    case DTypeClass::kIntBool:
      return IsInteger(dtype) || IsBool(dtype);
    case DTypeClass::kFloat:
      return IsFloat(dtype);
    case DTypeClass::kBool:
      return IsBool(dtype);
  }
  return false;
}

std::optional<DimList> BroadcastDims(std::span<const Dim> a, std::span<const Dim> b) {
  if (a.size() < b.size()) std::swap(a, b);
  DimList result(a);
  const size_t shift = a.size() - b.size();
  for (size_t d = 0; d < b.size(); ++d) {
    Dim& dim = result[d + shift];
    if (dim == b[d] || b[d] == Dim::Constant(1)) continue;
    if (dim != Dim::Constant(1)) return std::nullopt;
    dim = b[d];
  }
  return result;
}

bool BroadcastsTo(std::span<const Dim> from, std::span<const Dim> to) {
  if (from.size() > to.size()) return false;
  const size_t shift = to.size() - from.size();
  for (size_t d = 0; d < from.size(); ++d) {
    if (from[d] != Dim::Constant(1) && from[d] != to[d + shift]) return false;
  }
  return true;
}

DType OperandDType(const Trace& trace, Op op, std::span<const Ref> operands) {
  for (size_t k = 0; k < operands.size(); ++k) {
    if (!IsBoolOperand(op, k)) return trace.at(operands[k]).dtype;
  }
  return DType::kBool;
}

absl::StatusOr<ValueType> InferElementwise(const Trace& trace, Op op, std::span<const Ref> operands,
                                           DType given) {
  const OpInfo& info = Info(op);
  DType operand_dtype = OperandDType(trace, op, operands);
  if (!Allows(info.dtypes, operand_dtype)) {
    return absl::InvalidArgumentError(absl::StrCat(View(info.text), " does not take ", Word(operand_dtype)));
  }
  ValueType result;
  for (size_t k = 0; k < operands.size(); ++k) {
    // The function knows the dtypes of its arguments; its address must be whole.
    if (info.takes_function) operand_dtype = k == 0 ? DType::kInt64 : trace.at(operands[k]).dtype;
    const DType wanted = IsBoolOperand(op, k) ? DType::kBool : operand_dtype;
    if (trace.at(operands[k]).dtype != wanted) {
      return absl::InvalidArgumentError(
          absl::StrCat("operand ", k + 1, " is ", Word(trace.at(operands[k]).dtype), ", not ", Word(wanted)));
    }
    const std::optional<DimList> dims = BroadcastDims(result.dims, trace.dims(operands[k]));
    if (!dims) {
      const ValueNames names(trace);
      return absl::InvalidArgumentError(absl::StrCat("shapes ", names.Shape(result.dims), " and ",
                                                     names.Shape(trace.dims(operands[k])),
                                                     " do not broadcast"));
    }
    result.dims = *dims;
  }
  switch (info.type_rule) {
    case TypeRule::kToBool:
      result.dtype = DType::kBool;
      break;
    case TypeRule::kGiven:
      result.dtype = given;
      break;
    default:
      result.dtype = operand_dtype;
      break;
  }
  if (op == Op::kBitcast && ItemSize(given) != ItemSize(operand_dtype)) {
    return absl::InvalidArgumentError(
        absl::StrCat("bitcast of ", Word(operand_dtype), " to ", Word(given), ", whose size differs"));
  }
  return result;
}

DimList ReducedDims(std::span<const Dim> dims, uint64_t attribute) {
  DimList result;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (((attribute >> d) & 1) == 0) {
      result.push_back(dims[d]);
    } else if (attribute & kKeepDims) {
      result.push_back(Dim::Constant(1));
    }
  }
  return result;
}

}  // namespace lathe
