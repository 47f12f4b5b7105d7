# Calls of C functions in hot loops: of numbers, of arrays by their address, and of what only the VM passes.
import math

import ffi
import numpy as np
from common import lib

ffi.cdef("""
double j0(double) __attribute__((const, threadsafe));
double fma(double, double, double) __attribute__((const));
double frexp(double value, int *exponent);
int abs(int);
""")
m = ffi.load("m")


def many_numbers(n):
    return sum([lib.sum_seven(i, 0.5, 3, i * 0.25, -1, 2.0, i) for i in range(n)])


def whole_array(n):
    x = np.arange(12.0)
    total = 0.0
    for i in range(n):
        x[i % 12] = i
        total += lib.sum_matrix(x.reshape(3, 4), 3, 4)
    return total


def written_by_c(n):
    x = np.ones(5)
    trail = []
    for i in range(n):
        lib.scale(x, 5, 1.0 + (i % 3 - 1) * 0.5)
        x[0] += 1
        trail.append(x[0])
    return x.tolist(), sum(trail)


def expression_to_c(n):
    a = np.arange(6.0)
    total = 0.0
    for i in range(n):
        total += lib.sum_matrix((a * i + 1).reshape(2, 3), 2, 3)
    return total


def too_short(n):
    x = np.ones(6)
    count = 0
    for i in range(n):
        try:
            lib.scale(x, 5 if i % 50 else 7, 1.0)
        except ValueError as error:
            assert "the array has 6 elements, the declaration asks for 7" in str(error)
            count += 1
    return count


def not_fitting(n):
    good = np.ones(6)
    other = [np.ones(12)[::2], np.ones(6, dtype=np.float32), np.ones((2, 3)).T]
    errors = 0
    for i in range(n):
        x = good if i % 40 else other[i // 40 % 3]
        try:
            lib.scale(x, 5, 1.0)
        except (ValueError, TypeError):
            errors += 1
    return errors


def structs(n):
    p = ffi.new("point *", [1, 2])
    q = ffi.new("point *", [0.5, 0.25])
    s = 0.0
    for i in range(n):
        lib.move_point(p, 1)
        s += lib.add_points(p[0], q[0]).x
    return s, p.x


def pointers(n):
    exponent = ffi.new("int *")
    total = 0
    for i in range(1, n):
        f = m.frexp(i * 0.75, exponent)
        total += exponent[0] + f
    return total


def texts(n):
    count = 0
    for i in range(n):
        count += lib.first_character("abc" if i % 2 else "xyz") == ord("a") or lib.first_character("abc") == "a"
    return count > 0


def variadic(n):
    total = 0.0
    for i in range(n):
        total += lib.sum_values(2, i * 0.5, 1.5)
    return total


def elementwise(n):
    j0 = ffi.elementwise(m.j0)
    x = np.linspace(0, 3, 20)
    total = 0.0
    for i in range(n):
        y = j0(x) * 0.5 + i
        total += y.sum() + j0(i * 0.5)
    return round(float(total), 6)


def three_pure(n):
    total = 0.0
    for i in range(n):
        total += m.fma(i, 0.5, 2)
    return total


def with_callback(n):
    seen = []

    def double(x):
        seen.append(x)
        return 2 * x
    total = 0
    for i in range(n):
        total += lib.apply(double, i)
    return total, len(seen)


def overflowing(n):
    errors = 0
    for i in range(n):
        try:
            lib.is_even(i if i % 30 else 1 << 40)
        except OverflowError:
            errors += 1
    return errors


assert many_numbers(200) == sum(i * 2.25 + 4.5 for i in range(200))
x = np.arange(12.0)
expected = 0.0
for i in range(200):
    x[i % 12] = i
    expected += sum(x.tolist())
assert whole_array(200) == expected
values, first = [1.0] * 5, 0.0
for i in range(200):
    values = [value * (1.0 + (i % 3 - 1) * 0.5) for value in values]
    values[0] += 1
    first += values[0]
assert written_by_c(200) == (values, first)
assert expression_to_c(100) == sum(15 * i + 6 for i in range(100))
assert too_short(200) == 4
assert not_fitting(200) == 5, not_fitting(200)
assert structs(100) == (sum(2.5 + i for i in range(100)), 101.0)
assert pointers(200) == sum(sum(math.frexp(i * 0.75)) for i in range(1, 200))
assert texts(100)
assert variadic(100) == sum(i * 0.5 + 1.5 for i in range(100))
assert elementwise(100) == elementwise(100)
assert three_pure(100) == sum(i * 0.5 + 2 for i in range(100))
assert with_callback(100) == (10000, 100), with_callback(100)
assert overflowing(200) == 7
print("ok")
