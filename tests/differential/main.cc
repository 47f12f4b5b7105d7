// File: tests/differential/main.cc
//
// The differential test: random programs run eagerly on the reference interpreter, and again lazily on the
// interpreter and on machine code of every instruction set this processor has, with one thread and several.
// All outcomes must be equal to the bit. A failing program is cut to the shortest prefix that still fails
// and printed. Usage: lathe_differential [--count N] [--first SEED] [--steps N] [--print]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "tests/differential/random_program.h"

namespace {

using lathe::Isa;
using lathe::JitMode;
using lathe::differential::Outcome;
using lathe::differential::RunOptions;
using lathe::differential::RunProgram;

struct Configuration {
  const char* name;
  JitMode jit;
  Isa isa;
  int threads;
  bool random_choices = false;  // answers to the heuristics' questions, by the program's seed
};

// One lazy interpreter, several threads, and each instruction set that this processor has.
std::vector<Configuration> Configurations() {
  std::vector<Configuration> list = {{"interpreter, lazy", JitMode::kOff, Isa::kNative, 1},
                                     {"native, 3 threads", JitMode::kForce, Isa::kNative, 3},
                                     {"native, random choices", JitMode::kForce, Isa::kNative, 1, true}};
#if defined(__x86_64__)
  list.push_back({"sse42", JitMode::kForce, Isa::kSse42, 1});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    list.push_back({"avx2", JitMode::kForce, Isa::kAvx2, 1});
  }
  if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    list.push_back({"avx512", JitMode::kForce, Isa::kAvx512, 1});
  }
#elif defined(__aarch64__)
  list.push_back({"neon", JitMode::kForce, Isa::kNeon, 1});
#endif
  return list;
}

void Configure(JitMode jit, Isa isa, int threads, const std::string& choices = "") {
  lathe::EngineOptions options;
  options.jit = jit;
  options.isa = isa;
  options.threads = threads;
  options.choices = choices;
  lathe::Configure(options);
}

Outcome Reference(uint64_t seed, int steps) {
  Configure(JitMode::kOff, Isa::kNative, 1);
  RunOptions options;
  options.steps = steps;
  options.eager = true;
  return RunProgram(seed, options);
}

// How the program's outcome differs from `expected` under `configuration`, or "".
std::string Difference(uint64_t seed, int steps, const Configuration& configuration,
                       const Outcome& expected) {
  Configure(configuration.jit, configuration.isa, configuration.threads,
            configuration.random_choices ? "random=" + std::to_string(seed) : "");
  RunOptions options;
  options.steps = steps;
  const Outcome got = RunProgram(seed, options);
  for (size_t k = 0; k < expected.lines.size() && k < got.lines.size(); ++k) {
    if (expected.lines[k] != got.lines[k]) {
      return "expected step: " + expected.lines[k] + "\n  got:           " + got.lines[k];
    }
  }
  if (expected.values.size() != got.values.size()) return "another number of arrays";
  for (size_t k = 0; k < expected.values.size(); ++k) {
    if (expected.values[k] == got.values[k]) continue;
    return expected.values[k].name + ": " +
           lathe::differential::DescribeDifference(expected.values[k], got.values[k]);
  }
  return "";
}

void Report(uint64_t seed, int steps, const Configuration& configuration) {
  int shortest = steps;
  for (int prefix = 0; prefix <= steps; ++prefix) {
    if (Difference(seed, prefix, configuration, Reference(seed, prefix)).empty()) continue;
    shortest = prefix;
    break;
  }
  const Outcome expected = Reference(seed, shortest);
  std::printf("seed %llu fails (%s), shortest prefix %d steps:\n", static_cast<unsigned long long>(seed),
              configuration.name, shortest);
  for (const std::string& line : expected.lines) std::printf("  %s\n", line.c_str());
  std::printf("  difference in %s\n", Difference(seed, shortest, configuration, expected).c_str());
}

struct Arguments {
  uint64_t count = 1000;
  uint64_t first = 1;
  int steps = 40;
  bool print = false;
};

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int k = 1; k < argc; ++k) {
    const std::string word = argv[k];
    const bool has_value = k + 1 < argc;
    if (word == "--print") {
      arguments.print = true;
    } else if (word == "--count" && has_value) {
      arguments.count = std::strtoull(argv[++k], nullptr, 10);
    } else if (word == "--first" && has_value) {
      arguments.first = std::strtoull(argv[++k], nullptr, 10);
    } else if (word == "--steps" && has_value) {
      arguments.steps = std::atoi(argv[++k]);
    } else {
      std::fprintf(stderr, "usage: lathe_differential [--count N] [--first SEED] [--steps N] [--print]\n");
      std::exit(2);
    }
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = ParseArguments(argc, argv);
  const std::vector<Configuration> configurations = Configurations();
  uint64_t passed = 0, failed = 0;
  for (uint64_t seed = arguments.first; seed < arguments.first + arguments.count && failed < 20; ++seed) {
    const Outcome expected = Reference(seed, arguments.steps);
    if (arguments.print) {
      for (const std::string& line : expected.lines) std::printf("%s\n", line.c_str());
    }
    bool good = true;
    for (const Configuration& configuration : configurations) {
      if (Difference(seed, arguments.steps, configuration, expected).empty()) continue;
      Report(seed, arguments.steps, configuration);
      good = false;
      break;
    }
    passed += good;
    failed += !good;
    std::fflush(stdout);
  }
  std::printf("random programs: %llu passed, %llu failed\n", static_cast<unsigned long long>(passed),
              static_cast<unsigned long long>(failed));
  return failed ? 1 : 0;
}
