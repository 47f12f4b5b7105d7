// Every elementwise op of every dtype at every level against its element function, to the bit, for numbers
// of elements around every size of vector and unrolled loop.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/codegen/native_backend.h"
#include "src/recorder/expand/element_function.h"
#include "tests/support/op_cases.h"
#include "tests/support/tested_levels.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

constexpr size_t kMost = 700;

bool SameBits(DType dtype, const char* x, const char* y) {
  if (dtype == DType::kFloat64 || dtype == DType::kFloat32) {
    uint64_t a = 0, b = 0;
    std::memcpy(&a, x, static_cast<size_t>(ItemSize(dtype)));
    std::memcpy(&b, y, static_cast<size_t>(ItemSize(dtype)));
    const auto is_nan = [dtype](uint64_t bits) {
      return dtype == DType::kFloat64 ? std::isnan(Scalar{dtype, bits}.As<double>())
                                      : std::isnan(Scalar{dtype, bits}.As<float>());
    };
    if (is_nan(a) && is_nan(b)) return true;
  }
  return std::memcmp(x, y, static_cast<size_t>(ItemSize(dtype))) == 0;
}

class Checker {
 public:
  Checker(const OpCase& c, Isa isa) : case_(c), isa_(isa) {
    std::mt19937_64 random(static_cast<uint64_t>(c.op) * 100 + static_cast<uint64_t>(c.result));
    for (const DType dtype : c.operands) {
      const size_t item = static_cast<size_t>(ItemSize(dtype));
      std::string bytes(kMost * item, '\0');
      for (size_t k = 0; k < kMost; ++k) {
        const uint64_t value = RandomValue(dtype, random);
        std::memcpy(bytes.data() + k * item, &value, item);
      }
      inputs_.push_back(std::move(bytes));
    }
    expected_.resize(kMost * static_cast<size_t>(ItemSize(c.result)));
  }

  void Check(int scalar) {
    NativeOptions options;
    options.level = isa_;
    options.threads = 1;
    const auto executable = MakeNativeBackend(options)->Compile(ElementTrace(case_, scalar));
    ASSERT_TRUE(executable.ok()) << executable.status();
    for (size_t n = 0; n <= 70; ++n) CheckSize(**executable, scalar, n, n * 7);
    CheckSize(**executable, scalar, kMost, 0);
  }

 private:
  // On `n` elements from position `first`; the scalar has the value at `first`.
  void CheckSize(const Executable& executable, int scalar, size_t n, size_t first) {
    std::vector<std::string> data;
    std::vector<Operand> operands;
    std::vector<const void*> pointers;
    for (size_t k = 0; k < inputs_.size(); ++k) {
      const size_t item = static_cast<size_t>(ItemSize(case_.operands[k]));
      Operand operand;
      operand.dtype = case_.operands[k];
      data.push_back(inputs_[k].substr(first * item, std::max<size_t>(n, 1) * item));
      if (static_cast<int>(k) == scalar) {
        std::memcpy(&operand.scalar_bits, data.back().data(), item);
        operand.is_scalar = true;
        const std::string one = data.back().substr(0, item);
        data.back().clear();
        for (size_t j = 0; j < n; ++j) data.back() += one;
      } else {
        operand.rank = 1;
        operand.extents[0] = static_cast<int64_t>(n);
        operand.strides[0] = static_cast<int64_t>(item);
      }
      operands.push_back(operand);
    }
    for (size_t k = 0; k < data.size(); ++k) {
      operands[k].data = data[k].data();
      pointers.push_back(data[k].data());
    }
    const size_t item = static_cast<size_t>(ItemSize(case_.result));
    const ElementFunction function = FindElementFunction(case_.op, case_.selecting(), case_.result);
    function(expected_.data(), pointers.data(), static_cast<int64_t>(n));
    std::string found((n + 1) * item, '\x5a');
    Operand out;
    out.dtype = case_.result;
    out.rank = 1;
    out.extents[0] = static_cast<int64_t>(n);
    out.strides[0] = static_cast<int64_t>(item);
    out.data = found.data();
    const int64_t dims[] = {static_cast<int64_t>(n)};
    ASSERT_TRUE(executable.Run(operands, {&out, 1}, dims, nullptr).ok());
    for (size_t k = 0; k < n; ++k) {
      if (SameBits(case_.result, found.data() + k * item, expected_.data() + k * item)) continue;
      std::string values;
      for (size_t j = 0; j < data.size(); ++j) {
        uint64_t bits = 0;
        const size_t size = static_cast<size_t>(ItemSize(case_.operands[j]));
        std::memcpy(&bits, data[j].data() + k * size, size);
        values += " " + std::to_string(bits);
      }
      FAIL() << Describe(case_) << (scalar >= 0 ? " with a scalar" : "") << ", element " << k << " of " << n
             << ", operands (bits)" << values;
    }
    EXPECT_EQ(found.substr(n * item), std::string(item, '\x5a')) << "wrote past the end";
  }

  const OpCase& case_;
  const Isa isa_;
  std::vector<std::string> inputs_;
  std::string expected_;
};

class ElementParityTest : public testing::TestWithParam<int> {};

TEST_P(ElementParityTest, EqualsTheElementFunction) {
  for (const OpCase& c : CasesOf(static_cast<Op>(GetParam()))) {
    for (const TestedLevel& level : kTestedLevels) {
      SCOPED_TRACE(Describe(c) + " " + level.name);
      Checker checker(c, level.isa);
      for (int scalar = -1; scalar < static_cast<int>(c.operands.size()); ++scalar) checker.Check(scalar);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, ElementParityTest, testing::ValuesIn(OpsWithCases()),
                         [](const auto& op) { return std::string(Info(static_cast<Op>(op.param)).text); });

}  // namespace
}  // namespace lathe
