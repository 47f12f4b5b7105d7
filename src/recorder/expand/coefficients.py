"""Computes coefficients.h: the polynomials of the vector math.

Each polynomial P(t) approximates a function f(t) on an interval: least squares of weight(t) * (P(t) - f(t)) at
Chebyshev points, which is within a small factor of the minimax error; the weight makes that the relative
error of the final result. Coefficients are rounded to the dtype one after the other, lowest first, and those
above fitted anew to what the rounding left. The number in brackets is the largest error of the rounded
polynomial, in units of 2^-53 (float64) or 2^-24 (float32).

usage: coefficients.py > coefficients.h       (needs mpmath)
"""

import struct

from mpmath import mp, mpf

mp.prec = 400


def value(coefficients, t):
    result = mpf(0)
    for c in reversed(coefficients):
        result = result * t + c
    return result


def to_double(x):
    return struct.unpack("<d", struct.pack("<d", float(x)))[0]


def to_single(x):
    return struct.unpack("<f", struct.pack("<f", float(x)))[0]


def fit(f, weight, low, high, degree, rounded):
    """Coefficients in the dtype, lowest first, and the largest weighted error."""
    low, high = mpf(low), mpf(high)
    count = 20 * (degree + 1)
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (k + mpf(1) / 2) / count) for k in range(count)]
    weights = [weight(t) for t in points]
    rest = [f(t) for t in points]
    fixed = []
    for k in range(degree + 1):
        basis = [[w * t**n for t, w in zip(points, weights)] for n in range(k, degree + 1)]
        goal = [w * y for w, y in zip(weights, rest)]
        matrix = mp.matrix([[mp.fdot(x, y) for y in basis] for x in basis])
        solution = mp.lu_solve(matrix, mp.matrix([mp.fdot(x, goal) for x in basis]))
        fixed.append(rounded(solution[0]))
        rest = [y - fixed[-1] * t**k for y, t in zip(rest, points)]
    grid = [low + (high - low) * (k + mpf(1) / 2) / 2000 for k in range(2000)]
    return fixed, max(weight(t) * abs(value(fixed, t) - f(t)) for t in grid)


def atanh_series(z):
    """2 atanh(s) / s as a function of z = s^2."""
    s = mp.sqrt(z)
    return 2 * mp.atanh(s) / s


# The largest arguments that reduction leaves, with a margin for its rounding.
HALF_LN2 = "0.34660"
QUARTER_PI_SQUARED = "0.6200"
LOG_S_SQUARED = "0.029450"

# name, what it approximates, f, weight, interval, degrees for float64 and float32 (0: not needed)
TABLE = [
    ("Exp", "exp(r) = 1 + r + r^2 P(r)", lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: r**2 / mp.exp(r),
     "-" + HALF_LN2, HALF_LN2 + "1", 9, 4),
    ("Log", "log((1+s)/(1-s)) = 2s + s z P(z), z = s^2", lambda z: (atanh_series(z) - 2) / z, lambda z: z / 2,
     "1e-9", LOG_S_SQUARED, 6, 2),
    ("LogTail", "log((1+s)/(1-s)) = 2s + 2/3 s z + s z^2 P(z), z = s^2",
     lambda z: (atanh_series(z) - 2 - 2 * z / 3) / z**2, lambda z: z**2 / 2, "1e-9", LOG_S_SQUARED, 7, 0),
    ("Sin", "sin(r) = r - r z P(z), z = r^2", lambda z: (1 - mp.sin(mp.sqrt(z)) / mp.sqrt(z)) / z, lambda z: z,
     "1e-9", QUARTER_PI_SQUARED, 5, 2),
    ("Cos", "cos(r) = 1 - z/2 + z^2 P(z), z = r^2", lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
     lambda z: z**2 / mp.cos(mp.sqrt(z)), "1e-9", QUARTER_PI_SQUARED, 5, 2),
    ("Erf", "erf(x) = x + x P(z), z = x^2, |x| <= 1", lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
     lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), "1e-9", "1.0001", 11, 6),
    ("Erfc", "erf(x) = 1 - exp(P(u)), u = x - 1, 1 <= x", lambda u: mp.log(mp.erfc(u + 1)),
     lambda u: mp.erfc(u + 1) / mp.erf(u + 1), "0", {"double": "4.95", "float": "2.95"}, 18, 7),
]


def main():
    print("// Polynomials of the vector math: lowest coefficient first. Made by coefficients.py; do not edit.")
    print("#pragma once\n\n#include <array>\n\nnamespace lathe::expand {\n")
    print("template <class T>\nstruct Coefficients;\n")
    for dtype, rounded, unit, column in (("double", to_double, mpf(2) ** -53, 6), ("float", to_single, mpf(2) ** -24, 7)):
        print(f"template <>\nstruct Coefficients<{dtype}> {{")
        for row in TABLE:
            name, text, f, weight, low, high = row[:6]
            degree = row[column]
            if degree == 0:
                continue
            high = high[dtype] if isinstance(high, dict) else high
            coefficients, error = fit(f, weight, low, high, degree, rounded)
            print(f"  // {text} [{mp.nstr(error / unit, 2)}]")
            values = ", ".join(f"{c.hex()}" + ("f" if dtype == "float" else "") for c in coefficients)
            print(f"  static constexpr std::array<{dtype}, {degree + 1}> k{name} = {{{values}}};")
        print("};\n")
    print("}  // namespace lathe::expand")


main()
