# Integers and floats of the language itself.
import math

print(7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % 3, -7 % 3, 7 % -3, -7 % -3)
print(7 / 2, 6 / 3, 2**10, 2**-1, 2**0.5, (-8) ** 3, 0**0, 10**15, -(2**4))
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, 1e308 * 10, -1e308 * 10)
print(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 10, 1024 >> 3, -1 >> 1, 0xFF, 0b101, 0o17, 1_000_000)
print(abs(-5), abs(-2.5), round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.567, -2), round(7, -1))
print(int(3.9), int(-3.9), float(3), int(True), bool(0.0), bool(-1), "real")
print(min(3, 1, 2), max(3.5, 1), sum([1, 2, 3]), sum([0.5, 0.25], 1), pow(2, 5), pow(3, 4, 5))
print(1 == 1.0, True == 1, True + True, 1 != 2, 3 is not None, 0.1 + 0.2 == 0.3)
print(0.1, 1.0, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 5e-324, 1 / 3, 2 / 3, 100.0, -0.0)
print(math.pi, math.e, math.inf, -math.inf, math.nan, math.tau)
print(math.sqrt(2), math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5), math.fabs(-3), math.factorial(10))
print(math.isnan(math.nan), math.isinf(math.inf), math.isfinite(1.0), math.gcd(12, 18), math.hypot(3, 4))
print(f"{math.exp(1):.12g} {math.log(10):.12g} {math.log10(1000):.12g} {math.log2(8):.12g} {math.log(8, 2):.12g}")
print(f"{math.sin(1):.12g} {math.cos(1):.12g} {math.tan(1):.12g} {math.atan2(1, 2):.12g} {math.asin(0.5):.12g}")
print(f"{math.sinh(1):.12g} {math.tanh(1):.12g} {math.erf(0.5):.12g} {math.degrees(math.pi):.12g} {math.radians(180):.12g}")
print(math.copysign(2, -0.0), math.fmod(-7, 3), math.pow(2, 3), math.isclose(0.1 + 0.2, 0.3), math.prod([1, 2, 3]))
print(9007199254740993, 9223372036854775807, -9223372036854775807 - 1)
print(type(1).__name__, type(1.0).__name__, type("").__name__, type([]).__name__, type(None).__name__, type(True).__name__)
print(1 if 0.0 else 2, not [], not "", not None, bool("False"), 3 > 2 > 1)
print((2.5).is_integer(), (4.0).is_integer(), (10).bit_length(), int("0x1f", 16), float("inf"), float("-nan") != 1)
print(1e22, 1e23, 12345678901234567890.0, 1.7976931348623157e308, 2.2250738585072014e-308, 4.35, 0.001, 1234.5)
for bad in ["1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "0.0 // 0"]:
    try:
        if bad == "1 / 0":
            1 / 0
        elif bad == "1 // 0":
            1 // 0
        elif bad == "1 % 0":
            1 % 0
        elif bad == "1.0 / 0":
            1.0 / 0
        else:
            0.0 // 0
    except ZeroDivisionError as error:
        print(bad, "->", error)
