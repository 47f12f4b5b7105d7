// Elementwise calls of C functions: the function's record is a scalar operand of the row.
#include "src/array/foreign.h"

#include <array>
#include <optional>
#include <vector>

#include "src/array/array_body.h"
#include "src/array/foreign_call.h"
#include "src/array/promote.h"
#include "src/array/thread_recorder.h"
#include "src/array/ufunc.h"

namespace lathe {
namespace {

// True if no value of `input` is lost in a parameter of `dtype`. Plain numbers follow the parameter.
bool Converts(const Input& input, DType dtype) {
  switch (input.kind()) {
    case Input::Kind::kWeakBool:
      return true;
    case Input::Kind::kWeakInt:
      return !IsBool(dtype);
    case Input::Kind::kWeakFloat:
      return IsFloat(dtype);
    default:
      return Promote(InputDType(input), dtype) == dtype;
  }
}

Shape JointShape(std::span<const Input> inputs) {
  Shape shape = InputShape(inputs[0]);
  for (const Input& input : inputs.subspan(1)) shape = BroadcastShapes(shape, InputShape(input));
  return shape;
}

// Calls the function now. Everything pending is computed before, since it may read or write any array.
Array CallNow(const ForeignFunction& function, const std::string& name, const std::string& library,
              std::span<const Input> inputs, const Shape& shape) {
  std::vector<Array> dense;
  std::vector<const void*> lanes;
  for (size_t k = 0; k < inputs.size(); ++k) {
    dense.push_back(Copy(BroadcastTo(Cast(inputs[k], function.arguments[k]), shape)));
    lanes.push_back(dense.back().data());
  }
  ThreadRecorder& recorder = ThreadRecorder::Get();
  if (!recorder.empty()) recorder.Flush(EndReason::kForeign);
  Array result = MakeDense(shape, function.result);
  const ForeignCall call(function.address, name, library);
  function.lanes(function, result.mutable_data(), lanes.data(), shape.Elements());
  return result;
}

}  // namespace

Array RecordForeign(const ForeignFunction& function, const std::string& name, const std::string& library,
                    std::span<const Input> inputs) {
  if (inputs.size() != static_cast<size_t>(function.arity)) {
    throw Error(ErrorKind::kType, name + "() takes " + std::to_string(function.arity) + " arguments, " +
                                      std::to_string(inputs.size()) + " were given");
  }
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (Converts(inputs[k], function.arguments[k])) continue;
    throw DTypeError(name + "() argument " + std::to_string(k + 1) + " takes " +
                     std::string(Name(function.arguments[k])) + ", not " +
                     std::string(Name(InputDType(inputs[k]))) + ": convert it with astype");
  }
  const Shape shape = JointShape(inputs);
  CheckAllocatable(shape, function.result);
  if (!function.pure) return CallNow(function, name, library, inputs, shape);
  ThreadRecorder& recorder = ThreadRecorder::Get();
  recorder.MakeRoom();
  std::array<Source, kMaxElementwiseOperands> operands;
  operands[0] = recorder.Operand(Input(Scalar::Of(reinterpret_cast<int64_t>(&function))), DType::kInt64);
  for (size_t k = 0; k < inputs.size(); ++k)
    operands[k + 1] = recorder.Operand(inputs[k], function.arguments[k]);
  const Op op = function.thread_safe ? Op::kApply : Op::kApplySerial;
  const Source row =
      recorder.Record(op, function.result, std::span(operands).first(inputs.size() + 1), shape);
  Array result = recorder.MakePending(row, function.result, shape);
  for (const Input& input : inputs) input.Consume();
  return result;
}

}  // namespace lathe
