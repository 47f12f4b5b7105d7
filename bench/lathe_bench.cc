// File: bench/lathe_bench.cc
//
// The workloads of the benchmark through Lathe's C++ API, and the latencies only it can measure. Speaks the
// protocol of kernels.c: reads "NAME N SECONDS" lines, answers "NANOSECONDS_PER_CALL CHECK" or "-". Knows
// nothing of the engine's inside. Usage: lathe_bench [THREADS [strict|contract|fast]]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lathe/array.h"
#include "lathe/engine.h"
#include "lathe/jit.h"

namespace {

using lathe::Array;

double Now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

// The inputs, the same in every peer.
struct Inputs {
  int64_t n;
  Array a, b, c, x, p, out;
};

Array Fill(int64_t n, int64_t factor, double scale, double offset) {
  std::vector<double> values(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    values[static_cast<size_t>(i)] = static_cast<double>(i * factor % 10007) / 10007.0 * scale + offset;
  }
  return Array::FromValues(std::span<const double>(values), {n});
}

Inputs MakeInputs(int64_t n) {
  return {n,
          Fill(n, 7919, 1, 0.5),
          Fill(n, 4729, 1, 0.25),
          Fill(n, 2971, 1, 0.125),
          Fill(n, 7919, 8, -2),
          Fill(n, 7919, 10, 0.5),
          lathe::Zeros({n})};
}

Array Square(const Inputs& in) {
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(in.n))));
  return lathe::Reshape(in.x, {side, side});
}

Array Jacobi(const Inputs& in) {
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(in.n))));
  Array u = lathe::Copy(lathe::Reshape(in.a, {side, side}));
  Array v = lathe::Copy(u);
  const lathe::Slice inner{1, -1}, before{{}, -2}, after{2, {}};
  for (int step = 0; step < 50; ++step) {
    v.Set({inner, inner},
          0.25 * (u[{before, inner}] + u[{after, inner}] + u[{inner, before}] + u[{inner, after}]));
    std::swap(u, v);
  }
  return lathe::Sum(u);
}

Array BlackScholes(const Inputs& in) {
  const Array s = 50 + 100 * in.a, k = 50 + 100 * in.b, t = 0.25 + in.c;
  const Array deviation = 0.3 * lathe::Sqrt(t);
  const Array d1 = (lathe::Log(s / k) + (0.02 + 0.3 * 0.3 / 2) * t) / deviation;
  const Array d2 = d1 - deviation;
  const double half = 0.7071067811865476;
  return s * (0.5 * (1 + lathe::Erf(d1 * half))) -
         k * lathe::Exp(-0.02 * t) * (0.5 * (1 + lathe::Erf(d2 * half)));
}

Array Poly(const Array& x) { return ((((0.1 * x + 0.2) * x + 0.3) * x + 0.4) * x + 0.5) * x + 0.6; }

Array Softmax(const Array& x) {
  const lathe::Over rows{{1}, true};
  const Array e = lathe::Exp(x - lathe::Max(x, rows));
  return e / lathe::Sum(e, rows);
}

Array Into(Inputs& in, const Array& result) {
  in.out.Assign(result);
  return in.out;
}

using Workload = std::function<Array(Inputs&)>;

const std::map<std::string, Workload>& Workloads() {
  static const std::map<std::string, Workload> workloads = {
      {"01a", [](Inputs& in) { return in.a * in.b + in.c; }},
      {"hit", [](Inputs& in) { return in.a * in.b + in.c; }},
      {"01b", [](Inputs& in) { return Into(in, in.a * in.b + in.c); }},
      {"02", [](Inputs& in) { return Into(in, Poly(in.x)); }},
      {"03a", [](Inputs& in) { return BlackScholes(in); }},
      {"04a", [](Inputs& in) { return lathe::Sum(lathe::Power(in.a - in.b, 2)); }},
      {"04b", [](Inputs& in) { return lathe::Max(lathe::Abs(in.a - in.b)); }},
      {"05a", [](Inputs& in) { return Softmax(Square(in)); }},
      {"05b", [](Inputs& in) { return lathe::Sum(Square(in), {{0}}); }},
      {"06", Jacobi},
      {"07", [](Inputs& in) { return lathe::Where(in.x > 0, lathe::Sin(in.x), lathe::Cos(in.x) * in.x); }},
      {"10a", [](Inputs& in) { return lathe::Exp(in.x); }},
      {"10b", [](Inputs& in) { return lathe::Log(in.p); }},
      {"10c", [](Inputs& in) { return lathe::Sin(in.x); }},
      {"10d", [](Inputs& in) { return lathe::Tanh(in.x); }},
      {"10e", [](Inputs& in) { return lathe::Power(in.p, 1.7); }},
  };
  return workloads;
}

// Seconds a call: the best of batches of at least a tenth of `seconds` each.
double Measure(const std::function<void()>& call, double seconds) {
  for (int warm = 0; warm < 4; ++warm) call();
  double start = Now();
  call();
  const double once = std::max(Now() - start, 1e-9);
  const auto calls = static_cast<int64_t>(seconds / 10 / once) + 1;
  double best = 1e30;
  const double end = Now() + seconds;
  do {
    start = Now();
    for (int64_t k = 0; k < calls; ++k) call();
    best = std::min(best, (Now() - start) / static_cast<double>(calls));
  } while (Now() < end);
  return best;
}

// An expression of `ops` operations whose structure no other `number` below 4096 has: its first evaluation
// is always a recording, a compilation and a run.
Array FreshExpression(const Array& a, const Array& b, int ops, int number) {
  Array result = a;
  uint64_t digits = static_cast<uint64_t>(number) * 1237 % 4096;
  for (int k = 0; k < ops; ++k) {
    const Array& other = digits & 8 ? a : b;
    switch (digits & 7) {
      case 0:
        result = result + other;
        break;
      case 1:
        result = result * other;
        break;
      case 2:
        result = result - other;
        break;
      case 3:
        result = other - result;
        break;
      case 4:
        result = lathe::Maximum(result, other);
        break;
      case 5:
        result = lathe::Minimum(result, other);
        break;
      case 6:
        result = result / other;
        break;
      default:
        result = lathe::Abs(result) + other;
        break;
    }
    digits = k < 2 ? digits >> 4
                   : (static_cast<uint64_t>(number) * 6364136223846793005u + 1442695040888963407u) >> (k + 8);
  }
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Median seconds of the first evaluation of a new expression on 1000 elements.
double FirstEvaluation(int ops, int& number) {
  const Array a = Fill(1000, 7919, 1, 0.5).Eval(), b = Fill(1000, 4729, 1, 0.25).Eval();
  std::vector<double> times;
  for (int k = 0; k < 41; ++k) {
    const double start = Now();
    FreshExpression(a, b, ops, ++number).Eval();
    times.push_back(Now() - start);
  }
  return Median(times);
}

// The latencies, all in nanoseconds, by name; a negative answer is an unknown name.
double Latency(const std::string& name, double seconds, int& number) {
  Inputs in = MakeInputs(10);
  if (name == "first3") return FirstEvaluation(3, number) * 1e9;
  if (name == "first20") return FirstEvaluation(20, number) * 1e9;
  if (name == "handle") {
    auto axpy = lathe::jit([](Array a, Array b, Array c) { return a * b + c; });
    const lathe::CompiledHandle handle = axpy.Compile(in.a, in.b, in.c);
    const void* const inputs[] = {in.a.data(), in.b.data(), in.c.data()};
    void* const outputs[] = {in.out.mutable_data()};
    return Measure([&] { handle.Run(inputs, outputs); }, seconds) * 1e9;
  }
  return -1;
}

double CheckOf(const Array& result) { return lathe::Sum(result).ToDouble(); }

void Answer(const std::string& name, Inputs& in, double seconds, int& number) {
  const auto found = Workloads().find(name);
  if (found == Workloads().end()) {
    const double nanoseconds = Latency(name, seconds, number);
    if (nanoseconds < 0) {
      std::printf("-\n");
    } else {
      std::printf("%.6g 0\n", nanoseconds);
    }
    return;
  }
  Array result;
  const double each = Measure([&] { (result = found->second(in)).Eval(); }, seconds);
  std::printf("%.6g %.15g\n", each * 1e9, CheckOf(result));
}

}  // namespace

int main(int argc, char** argv) {
  lathe::EngineOptions options;
  if (argc > 1) options.threads = std::atoi(argv[1]);
  if (argc > 2) {
    const std::string fp = argv[2];
    options.fp = fp == "fast"       ? lathe::FpMode::kFast
                 : fp == "contract" ? lathe::FpMode::kContract
                                    : lathe::FpMode::kStrict;
  }
  lathe::Configure(options);
  Inputs in = MakeInputs(1);
  int number = 0;
  char name[32];
  long long n = 0;
  double seconds = 0;
  while (std::scanf("%31s %lld %lf", name, &n, &seconds) == 3) {
    try {
      if (n != in.n) in = MakeInputs(n);
      Answer(name, in, seconds, number);
    } catch (const lathe::Error& error) {
      std::printf("-\n");
      std::fprintf(stderr, "%s n=%lld: %s\n", name, n, error.what());
    }
    std::fflush(stdout);
  }
  return 0;
}
