// Parameters, runs and their results.
#include "tests/support/trace_runner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace lathe {
namespace {

int64_t Resolve(const Trace& trace, Dim dim, const std::vector<int64_t>& extents) {
  return dim.is_constant() ? dim.value : extents[trace.at(dim.ref()).attribute];
}

// Strides of `layout` for the extents; general ones leave gaps and run backwards in odd dimensions.
int64_t SetStrides(const Layout& layout, Operand* operand) {
  const int64_t item = ItemSize(operand->dtype);
  int64_t span = item;
  for (int d = 0; d < operand->rank; ++d) {
    if (layout.at(d) != StrideClass::kUnit) continue;
    operand->strides[d] = item;
    span = item * std::max<int64_t>(operand->extents[d], 1);
  }
  for (int d = operand->rank - 1; d >= 0; --d) {
    const StrideClass stride = layout.at(d);
    if (stride == StrideClass::kUnit) continue;
    operand->strides[d] = stride == StrideClass::kBroadcast ? 0
                          : stride == StrideClass::kMerges ? operand->strides[d + 1] * operand->extents[d + 1]
                                                           : (d % 2 == 0 ? 2 : -2) * span;
    span = std::max(span, std::abs(operand->strides[d]) * std::max<int64_t>(operand->extents[d], 1));
  }
  return span;
}

template <class Visit>
void VisitElements(const Operand& operand, const Visit& visit) {
  int64_t count = 1;
  for (int d = 0; d < operand.rank; ++d) count *= operand.extents[d];
  for (int64_t k = 0; k < count; ++k) {
    int64_t rest = k;
    std::byte* address = static_cast<std::byte*>(operand.data);
    for (int d = operand.rank - 1; d >= 0; --d) {
      address += rest % operand.extents[d] * operand.strides[d];
      rest /= operand.extents[d];
    }
    visit(address);
  }
}

bool IsNan(DType dtype, uint64_t bits) {
  if (dtype == DType::kFloat64) return std::isnan(Scalar{dtype, bits}.As<double>());
  return dtype == DType::kFloat32 && std::isnan(Scalar{dtype, bits}.As<float>());
}

std::string Bytes(const Operand& operand) {
  const size_t item = static_cast<size_t>(ItemSize(operand.dtype));
  std::string bytes;
  VisitElements(operand, [&](const std::byte* element) {
    uint64_t bits = 0;
    std::memcpy(&bits, element, item);
    if (IsNan(operand.dtype, bits)) bits = 0x7fc07fc07fc07fc0;
    bytes.append(reinterpret_cast<const char*>(&bits), item);
  });
  return bytes;
}

}  // namespace

std::vector<uint64_t> SpecialValues(DType dtype) {
  return VisitDType(dtype, [](auto type) -> std::vector<uint64_t> {
    using T = typename decltype(type)::type;
    using Limits = std::numeric_limits<T>;
    std::vector<T> values;
    if constexpr (std::is_same_v<T, bool>) {
      return {0, 1};
    } else if constexpr (std::is_integral_v<T>) {
      values = {0,
                1,
                2,
                3,
                7,
                8,
                100,
                static_cast<T>(-1),
                static_cast<T>(-2),
                static_cast<T>(-7),
                Limits::max(),
                Limits::min(),
                static_cast<T>(Limits::max() - 1),
                static_cast<T>(Limits::min() + 1)};
    } else {
      values = {0,
                1,
                2,
                3,
                T(0.5),
                T(1.5),
                T(2.5),
                T(1e10),
                T(300.7),
                Limits::max(),
                Limits::min(),
                Limits::denorm_min(),
                Limits::infinity(),
                Limits::quiet_NaN(),
                Limits::epsilon()};
      const size_t count = values.size();
      for (size_t k = 0; k < count; ++k) values.push_back(-values[k]);
    }
    std::vector<uint64_t> bits;
    for (const T value : values) bits.push_back(Scalar::Of(value).bits);
    return bits;
  });
}

uint64_t RandomValue(DType dtype, std::mt19937_64& random) {
  const uint64_t draw = random();
  if (draw % 4 == 0) {
    const std::vector<uint64_t> special = SpecialValues(dtype);
    return special[random() % special.size()];
  }
  return VisitDType(dtype, [&](auto type) -> uint64_t {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) return random() & 1;
    if constexpr (std::is_floating_point_v<T>) {
      return Scalar::Of(static_cast<T>(static_cast<double>(static_cast<int64_t>(random()) >> 40) / 4096))
          .bits;
    }
    return Scalar::Of(static_cast<T>(random() >> (random() % 64))).bits;
  });
}

TraceInputs::TraceInputs(const Trace& trace, std::vector<int64_t> extents, uint64_t seed)
    : extents_(std::move(extents)) {
  std::mt19937_64 random(seed);
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& instruction = trace.at(ref);
    if (instruction.op != Op::kParam) continue;
    Param param;
    Operand& operand = param.operand;
    operand.dtype = instruction.dtype;
    operand.rank = instruction.rank;
    if (instruction.rank == 0) {
      operand.is_scalar = true;
      operand.scalar_bits = RandomValue(operand.dtype, random);
      params_.push_back(param);
      continue;
    }
    for (int d = 0; d < operand.rank; ++d) {
      operand.extents[d] = Resolve(trace, trace.dims(ref)[static_cast<size_t>(d)], extents_);
    }
    const int64_t span = SetStrides(instruction.layout, &operand);
    // Room on both sides: strides may be negative.
    param.memory.assign(static_cast<size_t>(2 * span) + 16, '\0');
    param.first = static_cast<size_t>(span);
    operand.data = param.memory.data() + param.first;
    VisitElements(operand, [&](std::byte* element) {
      const uint64_t bits = RandomValue(operand.dtype, random);
      std::memcpy(element, &bits, static_cast<size_t>(ItemSize(operand.dtype)));
    });
    params_.push_back(std::move(param));
  }
}

absl::StatusOr<std::vector<std::string>> TraceInputs::Execute(const Trace& trace,
                                                              const Executable& executable,
                                                              bool in_place) const {
  std::vector<Param> params = params_;
  std::vector<Operand> operands;
  for (Param& param : params) {
    param.operand.data = param.memory.data() + param.first;
    operands.push_back(param.operand);
  }
  std::vector<std::string> memory;
  std::vector<Operand> outputs;
  const std::span<const Ref> results = trace.operands(trace.size() - 1);
  memory.reserve(results.size());
  for (const Ref ref : results) {
    Operand output;
    output.dtype = trace.at(ref).dtype;
    output.rank = trace.at(ref).rank;
    for (int d = 0; d < output.rank; ++d) {
      output.extents[d] = Resolve(trace, trace.dims(ref)[static_cast<size_t>(d)], extents_);
    }
    const int64_t span = SetStrides(Layout::Dense(output.rank), &output);
    memory.emplace_back(static_cast<size_t>(span) + 64, '\x5a');
    output.data = memory.back().data();
    if (const uint64_t donor = trace.at(ref).attribute; in_place && donor != 0) {
      const Instruction& param = trace.at(static_cast<Ref>(donor - 1));
      if (param.op == Op::kParam) output.data = operands[param.attribute].data;
    }
    outputs.push_back(output);
  }
  RunStatistics statistics;
  if (absl::Status status = executable.Run(operands, outputs, extents_, &statistics); !status.ok())
    return status;
  std::vector<std::string> bytes;
  for (const Operand& output : outputs) bytes.push_back(Bytes(output));
  for (const Operand& operand : operands) {
    if (!in_place && !operand.is_scalar) bytes.push_back(Bytes(operand));
  }
  return bytes;
}

}  // namespace lathe
