# f-strings with format specifications.
import math

x, n, s = 3.14159265, 42, "text"
print(f"{x} {n} {s}")
print(f"{x:.2f} {x:8.3f}| {x:<10.1f}| {x:>10.4f}| {x:^10.2f}| {x:+.1f} {x:010.3f}")
print(f"{x:e} {x:.3e} {x:g} {1e10:g} {1e-7:g} {123456789.0:g} {0.0001:g} {x:.10g} {1e20:.5G}")
print(f"{n:d} {n:5d}| {n:<5d}| {n:^5d}| {n:05d} {n:+d} {n:x} {n:X} {n:o} {n:b} {n:#x} {n:#b} {n:08b}")
print(f"{1234567:,} {1234567.891:,.2f} {1234567:_} {0.256:%} {0.256:.1%}")
print(f"{s!r} {s:>8}| {s:<8}| {s:^8}| {s:*^10} {s:.2}")
print(f"{n = } {x = :.3f} {s = }")
print(f"{n + 1} {n * 2 if n > 10 else 0} {[i for i in range(3)]} {{braces}} {len(s)}")
width, precision = 10, 3
print(f"{x:{width}.{precision}f}| {x:>{width}}|")
print(f"{-0.0} {-0.0:.1f} {math.inf} {math.nan} {-math.inf:8}| {math.nan:.2f} {math.inf:+}")
print(f"{True} {None} {(1, 2)} {True:d} {1.0} {1e16} {1e15} {1e-5} {0.1 + 0.2}")
print(f"{2**31} {-5:4d}| {5: d} {-5: d} {3.0:.0f} {2.5:.0f} {3.5:.0f} {0.5:.0f}")
print(f"{'nested ' + f'{n}'} {'a' 'b'}")
print(f"{x!s:>12}| {s!r:>8}|")
print(f"{1e100:.3e} {1.5e-300:.2e} {123.456:.0e} {0:e}")
print(f"{12345.6789:.2f} {0.1:.20f} {1/3:.17g} {100.0:g} {100000.0:g} {1000000.0:g} {0.00001234:g}")
print(f"{'left':<10}{'right':>10}{'mid':^9}|")
print(f"line one\n{n}\ttab")
print(f"{65:c}", f"{3.7:n}", f"{10:n}")
print(format(3.14159, ".3f"), format(42, "x"), format("s", ">4"), format(7))
print("a" f"{n}" "b")
