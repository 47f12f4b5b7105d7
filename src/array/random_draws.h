// Distributions over the bit stream, draw for draw those of NumPy 2.4's Generator: ziggurats (Marsaglia and
// Tsang, 256 layers) for normal and exponential numbers, Lemire's bounded integers, shuffles and samples.
// Plain memory in and out; random.cc gives them arrays.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "src/array/random_bits.h"

namespace lathe {

double DrawNormal(Pcg64& bits);
float DrawNormalFloat(Pcg64& bits);
double DrawExponential(Pcg64& bits);

// A uniform integer in [0, range], by multiplication (Lemire 2019).
uint32_t DrawBounded32(Pcg64& bits, uint32_t range);
uint64_t DrawBounded64(Pcg64& bits, uint64_t range);
// A uniform integer in [0, max], by masked rejection: what shuffles in place use.
uint64_t DrawInterval(Pcg64& bits, uint64_t max);

// Uniform integers in [low, low + range] of an integer type or bool. Narrow types share the bits of one
// 32-bit draw among neighbours.
template <class T>
void FillBounded(Pcg64& bits, T low, uint64_t range, std::span<T> out);

// Shuffles the last elements of `values`, down to and including index `first`, by Lemire's draws.
void ShuffleTail(Pcg64& bits, std::span<int64_t> values, size_t first);
// Distinct integers of [0, population) in random order; out.size() <= population.
void DrawSample(Pcg64& bits, int64_t population, std::span<int64_t> out);
// Indices drawn by `probabilities`, with or without replacement; these must have enough entries above zero.
void DrawWeighted(Pcg64& bits, std::span<const double> probabilities, bool replace, std::span<int64_t> out);

}  // namespace lathe
