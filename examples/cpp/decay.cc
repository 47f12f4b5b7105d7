// File: examples/cpp/decay.cc
//
// Fits a radioactive decay: draws noisy counts, recovers the rate by Newton's method on the likelihood, and
// prints a small table. Every expression below runs as one fused loop of machine code; nothing but an
// installed Lathe is needed to build it.
#include <cmath>
#include <cstdio>
#include <iostream>

#include "lathe/array.h"
#include "lathe/random.h"

namespace {

using lathe::Array;

constexpr int64_t kEvents = 200'000;
constexpr double kTrueRate = 0.7;

// Waiting times of a decay with the given rate, by inversion of uniform numbers.
Array DrawTimes(double rate) {
  lathe::Generator generator(7);
  Array uniform = generator.Random({kEvents});
  return -lathe::Log(1.0 - uniform) / rate;
}

// The rate that makes times seen only up to `limit` most likely. The detector misses later events, so the
// density is rate * exp(-rate * t) / (1 - exp(-rate * limit)).
double FitRate(const Array& times, double limit) {
  const double mean = lathe::Mean(times).ToDouble();
  double rate = 1.0 / mean;
  for (int iteration = 0; iteration < 20; ++iteration) {
    const double tail = std::exp(-rate * limit);
    const double missing = limit * tail / (1.0 - tail);
    const double slope = 1.0 / rate - mean - missing;
    const double curvature = -1.0 / (rate * rate) + limit * missing / (1.0 - tail);
    rate -= slope / curvature;
  }
  return rate;
}

void PrintHistogram(const Array& times, double rate, double limit) {
  const double seen = 1.0 - std::exp(-rate * limit);
  for (int bin = 0; bin < 5; ++bin) {
    const double left = 0.5 * bin, right = left + 0.5;
    const double count = lathe::Sum((times >= left) & (times < right)).ToDouble();
    const double share = (std::exp(-rate * left) - std::exp(-rate * right)) / seen;
    std::printf("%.1f to %.1f: %6.0f events, %8.1f expected\n", left, right, count,
                share * static_cast<double>(times.size()));
  }
}

}  // namespace

int main() {
  try {
    const double limit = 2.5;
    const Array all = DrawTimes(kTrueRate);
    const Array times = lathe::SelectWhere(all, all < limit);
    const double rate = FitRate(times, limit);
    std::printf("%lld of %lld events seen\n", static_cast<long long>(times.size()),
                static_cast<long long>(all.size()));
    std::printf("rate %.4f, true rate %.4f\n", rate, kTrueRate);
    PrintHistogram(times, rate, limit);

    const Array t = lathe::Linspace(0.0, 2.0, 5);
    std::cout << "survival at " << t << ": " << lathe::Exp(-t * kTrueRate) << '\n';

    lathe::Array wrong = t + lathe::Ones({3});
  } catch (const lathe::ShapeError& error) {
    std::cout << "caught: " << error.what() << '\n';
    return 0;
  }
  return 1;
}
