// The accuracy of the vector math: every expansion against MPFR, in units in the last place, over samples
// dense in the exponent and random in all bits, at the edges of its reduction, and at the special cases of
// C99 Annex F.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "src/recorder/expand/element_function.h"

namespace lathe {
namespace {

using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

// A number of MPFR's, of enough precision to be exact here.
class Exact {
 public:
  Exact() { mpfr_init2(value_, 240); }
  explicit Exact(double value) : Exact() { mpfr_set_d(value_, value, MPFR_RNDN); }
  ~Exact() { mpfr_clear(value_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

// |got - wanted| in units of the last place of T at `wanted`. An infinity is that of the overflow threshold.
template <class T>
double Ulps(T got, Exact& wanted) {
  using Limits = std::numeric_limits<T>;
  if (mpfr_nan_p(wanted.get())) return std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isnan(got)) return HUGE_VAL;
  const double rounded = sizeof(T) == 8 ? mpfr_get_d(wanted.get(), MPFR_RNDN)
                                        : static_cast<double>(mpfr_get_flt(wanted.get(), MPFR_RNDN));
  if (std::isinf(rounded) || std::isinf(got)) return static_cast<double>(got) == rounded ? 0 : HUGE_VAL;
  if (rounded == 0 && got == 0) return std::signbit(rounded) == std::signbit(got) ? 0 : HUGE_VAL;
  const int exponent = mpfr_zero_p(wanted.get()) ? Limits::min_exponent
                                                 : std::max<int>(static_cast<int>(mpfr_get_exp(wanted.get())),
                                                                 Limits::min_exponent);
  Exact difference(static_cast<double>(got));
  mpfr_sub(difference.get(), difference.get(), wanted.get(), MPFR_RNDN);
  mpfr_mul_2si(difference.get(), difference.get(), Limits::digits - exponent, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

template <class T>
T FromRandomBits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 8) return std::bit_cast<double>(random());
  return std::bit_cast<float>(static_cast<uint32_t>(random()));
}

// Numbers of [low, high] evenly, others evenly in the exponent, and everything there is.
template <class T>
std::vector<T> Samples(double low, double high, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> even(low, high);
  std::uniform_real_distribution<double> exponent(-40, 12);
  std::vector<T> samples;
  for (size_t k = 0; k < count; ++k) {
    samples.push_back(static_cast<T>(even(random)));
    const double magnitude = std::exp2(exponent(random));
    samples.push_back(static_cast<T>(k % 2 ? magnitude : -magnitude));
    samples.push_back(FromRandomBits<T>(random));
  }
  using Limits = std::numeric_limits<T>;
  for (const T edge : {T(0), Limits::denorm_min(), Limits::min(), T(0.5), T(1), T(2), Limits::max(),
                       Limits::infinity(), Limits::quiet_NaN()}) {
    for (const T value : {edge, std::nextafter(edge, T(0)), std::nextafter(edge, Limits::infinity())}) {
      samples.push_back(value);
      samples.push_back(-value);
    }
  }
  return samples;
}

struct Worst {
  double ulps = 0;
  double x = 0, y = 0;
};

template <class T>
constexpr DType kDType = sizeof(T) == 8 ? DType::kFloat64 : DType::kFloat32;

template <class T>
Worst WorstOf(Op op, MpfrFunction reference, const std::vector<T>& samples) {
  const ElementFunction function = FindElementFunction(op, kDType<T>, kDType<T>);
  std::vector<T> results(samples.size());
  const void* const inputs[] = {samples.data()};
  function(results.data(), inputs, static_cast<int64_t>(samples.size()));
  Worst worst;
  for (size_t k = 0; k < samples.size(); ++k) {
    Exact wanted(static_cast<double>(samples[k]));
    reference(wanted.get(), wanted.get(), MPFR_RNDN);
    const double ulps = Ulps(results[k], wanted);
    if (!(ulps <= worst.ulps)) worst = {ulps, static_cast<double>(samples[k]), 0};
  }
  return worst;
}

struct Case {
  const char* name;
  Op op;
  MpfrFunction reference;
  double low, high;  // where most of the samples lie
};
const Case kCases[] = {
    {"Exp", Op::kExp, mpfr_exp, -760, 720},     {"Log", Op::kLog, mpfr_log, 0.5, 2},
    {"Sin", Op::kSin, mpfr_sin, -50, 50},       {"Cos", Op::kCos, mpfr_cos, -50, 50},
    {"Tanh", Op::kTanh, mpfr_tanh, -4, 4},      {"Erf", Op::kErf, mpfr_erf, -4, 4},
    {"ExpNearOne", Op::kExp, mpfr_exp, -1, 1},  {"LogOfAll", Op::kLog, mpfr_log, 0, 1e6},
    {"SinFar", Op::kSin, mpfr_sin, -1e6, 1e6},  {"CosFar", Op::kCos, mpfr_cos, -1e6, 1e6},
    {"TanhSmall", Op::kTanh, mpfr_tanh, -1, 1}, {"ErfSmall", Op::kErf, mpfr_erf, -1.2, 1.2},
};

class VectorMathTest : public testing::TestWithParam<Case> {};

TEST_P(VectorMathTest, Float64IsWithinOneUlp) {
  const Case& c = GetParam();
  const Worst worst = WorstOf(c.op, c.reference, Samples<double>(c.low, c.high, 30000, 1));
  EXPECT_LE(worst.ulps, 1) << "at " << worst.x;
  RecordProperty("ulps", std::to_string(worst.ulps));
  printf("%s float64: %.4f ulp at %a\n", c.name, worst.ulps, worst.x);
}
TEST_P(VectorMathTest, Float32IsWithinOneUlp) {
  const Case& c = GetParam();
  const Worst worst = WorstOf(c.op, c.reference, Samples<float>(c.low, c.high, 30000, 2));
  EXPECT_LE(worst.ulps, 1) << "at " << worst.x;
  printf("%s float32: %.4f ulp at %a\n", c.name, worst.ulps, worst.x);
}
INSTANTIATE_TEST_SUITE_P(Functions, VectorMathTest, testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

// Doubles next to multiples of pi/2, where a reduction loses most.
TEST(VectorMath, ReductionIsExactNextToMultiplesOfHalfPi) {
  std::vector<double> samples;
  for (int64_t n = 1; n < 60000; n = n < 100 ? n + 1 : n + n / 40) {
    Exact half_pi;
    mpfr_const_pi(half_pi.get(), MPFR_RNDN);
    mpfr_mul_d(half_pi.get(), half_pi.get(), static_cast<double>(n) / 2, MPFR_RNDN);
    const double nearest = mpfr_get_d(half_pi.get(), MPFR_RNDN);
    for (const double x : {nearest, std::nextafter(nearest, 0.0), std::nextafter(nearest, HUGE_VAL)}) {
      samples.push_back(x);
      samples.push_back(-x);
    }
  }
  samples.push_back(0x1.6ac5b262ca1ffp+849);  // the double closest to a multiple of pi/2
  for (const auto& [op, reference] : {std::pair(Op::kSin, &mpfr_sin), std::pair(Op::kCos, &mpfr_cos)}) {
    const Worst worst = WorstOf<double>(op, reference, samples);
    EXPECT_LE(worst.ulps, 1) << Info(op).text << " at " << worst.x;
  }
}

template <class T>
Worst WorstPower(const std::vector<T>& x, const std::vector<T>& y) {
  const ElementFunction function = FindElementFunction(Op::kPower, kDType<T>, kDType<T>);
  std::vector<T> results(x.size());
  const void* const inputs[] = {x.data(), y.data()};
  function(results.data(), inputs, static_cast<int64_t>(x.size()));
  Worst worst;
  for (size_t k = 0; k < x.size(); ++k) {
    Exact wanted(static_cast<double>(x[k]));
    Exact exponent(static_cast<double>(y[k]));
    mpfr_pow(wanted.get(), wanted.get(), exponent.get(), MPFR_RNDN);
    const double ulps = Ulps(results[k], wanted);
    if (!(ulps <= worst.ulps)) worst = {ulps, static_cast<double>(x[k]), static_cast<double>(y[k])};
  }
  return worst;
}

template <class T>
void CheckPower() {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> base(0, 4), exponent(-30, 30), wide(-300, 300), log(-20, 20);
  std::vector<T> x, y;
  const auto add = [&](double a, double b) {
    x.push_back(static_cast<T>(a));
    y.push_back(static_cast<T>(b));
  };
  for (int k = 0; k < 20000; ++k) {
    add(base(random), exponent(random));
    add(std::exp2(log(random)), wide(random) / 8);
    add(1 + log(random) * 1e-3, wide(random) * 100);  // powers of what is almost 1
    add(-base(random), std::rint(exponent(random)));  // of negative numbers
    add(static_cast<double>(FromRandomBits<T>(random)), wide(random) / 200);
    x.push_back(FromRandomBits<T>(random));
    y.push_back(FromRandomBits<T>(random));
  }
  const double special[] = {0, 1, -1, 0.5, 2, 3, -2.5, HUGE_VAL, -HUGE_VAL, NAN, 1e300, 1e-310, -0.0, 1e16};
  for (const double a : special) {
    for (const double b : special) add(a, b);
  }
  const Worst worst = WorstPower(x, y);
  EXPECT_LE(worst.ulps, 1) << "at " << worst.x << " ** " << worst.y;
  printf("Power %d bits: %.4f ulp at %a, %a\n", static_cast<int>(8 * sizeof(T)), worst.ulps, worst.x,
         worst.y);
}
TEST(VectorMath, PowersOfFloat64AreWithinOneUlp) { CheckPower<double>(); }
TEST(VectorMath, PowersOfFloat32AreWithinOneUlp) { CheckPower<float>(); }

}  // namespace
}  // namespace lathe
