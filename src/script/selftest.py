# What `lathe selftest` runs: every kind of operation whose bits are promised to be the same on every machine, and one
# number of all results. NaNs count as one, since their signs and payloads are not promised; functions of the system's
# math library and of BLAS are left out, since they are not Lathe's.
#
# Whoever changes the operations here writes the new number below.
import math
import sys

import numpy as np

EXPECTED = "6fab4583625985f6"
state = {"low": 1, "high": 1}


# Two numbers of 31 bits, modulo different primes; Lathe's integers have 64.
def note(number):
    low = state["low"]
    high = state["high"]
    for part in (number & 0xFFFFFFF, (number >> 28) & 0xFFFFFFF, (number >> 56) & 0xFF):
        low = (low * 16777619 + part) % 2147483647
        high = (high * 40503 + part) % 2147483629
    state["low"] = low
    state["high"] = high


def note_float(number):
    if number != number:
        note(1)
    elif number - number != 0:
        note(2 if number > 0 else 3)
    else:
        fraction, exponent = math.frexp(number)
        note(int(fraction * 9007199254740992.0))
        note(exponent)
        if number == 0 and math.copysign(1, number) < 0:
            note(4)


def take(result):
    array = np.asarray(result)
    note(array.size)
    if array.dtype == np.uint64:
        array = array.astype(np.int64)
    is_float = array.dtype == np.float64 or array.dtype == np.float32
    for number in array.reshape(-1).tolist():
        if is_float:
            note_float(number)
        else:
            note(int(number))


def floats(dtype, seed):
    random = np.random.default_rng(seed)
    size = 1003
    values = random.standard_normal(size) * 10.0 ** random.integers(-12, 12, size)
    special = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 1.5, 2.5, -2.5, 1e300, 1e-300, 5e-324,
                        2147483647.5, -2147483648.5, 2147483648.0, 9.3e18, -9.3e18, 1.9e19, 4294967296.0])
    return np.concatenate([special, values]).astype(dtype)


def test_floats(dtype):
    x = floats(dtype, 1)
    y = np.concatenate([floats(dtype, 2)[5:], floats(dtype, 3)[:5]])
    for result in (x + y, x - y, x * y, x / y, x * y + x, np.sqrt(abs(x)), np.floor(x), np.ceil(x), np.trunc(x),
                   np.rint(x), -x, abs(x), np.sign(x), np.maximum(x, y), np.minimum(x, y), np.fmax(x, y),
                   np.fmin(x, y), np.copysign(x, y), x < y, x <= y, x == y, x != y, np.isnan(x), np.isinf(x),
                   np.isfinite(x), np.where(x < y, x, y), np.square(x), np.reciprocal(x)):
        take(result)
    small = np.where(abs(x) < 600, x, dtype(0.25))
    for result in (np.exp(small), np.log(abs(x)), np.sin(small), np.cos(small), np.tanh(x), np.sin(x),
                   abs(small) ** dtype(1.75)):
        take(result)
    for kind in (np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8, np.bool_,
                 np.float32, np.float64):
        take(x.astype(kind))
    finite = np.where(np.isfinite(x), x, dtype(1))
    table = finite[:1020].reshape(30, 34)
    for result in (np.sum(finite), np.sum(finite[::3]), np.prod(small), np.max(finite), np.min(x), np.mean(finite),
                   table.sum(axis=0), table.sum(axis=1), table.T.sum(axis=0), np.max(table, axis=0), np.cumsum(small),
                   np.argmax(finite), table.T + table.reshape(34, 30), np.std(small), np.any(x > 0), np.all(x > 0)):
        take(result)


def test_integers(dtype):
    random = np.random.default_rng(4)
    bits = 8 * np.dtype(dtype).itemsize
    one = np.ones(1, dtype=dtype)
    top = one << dtype(bits - 1)
    x = np.concatenate([one - one, one, top, top - one,
                        random.integers(-(1 << 62), 1 << 62, 1001).astype(dtype)])
    y = np.concatenate([x[7:], x[:7]])
    count = y & dtype(bits + 1)
    nonzero = np.where(y == 0, dtype(3), y)
    for result in (x + y, x - y, x * y, x // nonzero, x % nonzero, x & y, x | y, x ^ y, ~x, x << count, x >> count,
                   x << dtype(3), x >> dtype(2), np.maximum(x, y), np.minimum(x, y), x < y, x >= y, x == y, abs(x),
                   np.sign(x), np.where(x < y, x, y), np.sum(x), np.sum(x[::5]), np.max(x), np.min(x), x.cumsum()):
        take(result)
    for kind in (np.int64, np.int32, np.int8, np.uint64, np.uint32, np.uint16, np.float32, np.float64, np.bool_):
        take(x.astype(kind))


def test_loops():
    x = floats(np.float64, 5)
    total, steps = 0.0, 0
    for k in range(len(x)):
        if x[k] > 0.5:
            total += x[k] * 0.75 if x[k] < 1e6 else 1.0
        elif x[k] < -1e3:
            steps = (steps * 3 + k) % 1000003
    take(total)
    note(steps)
    filled = np.zeros(500)
    for k in range(2, 500):
        filled[k] = filled[k - 1] * 0.5 + min(max(x[k], -9.0), 9.0) - filled[k - 2] * 0.3
    take(filled)
    number = 27
    for k in range(2000):
        number = number // 2 if number % 2 == 0 else (3 * number + 1) % 1000003
        note(number)


test_floats(np.float64)
test_floats(np.float32)
for integer in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64):
    test_integers(integer)
test_loops()
bits = f"{state['high']:08x}{state['low']:08x}"
if "--bits" in sys.argv:
    print(bits)
elif bits == EXPECTED:
    print(f"{bits}: the same results as everywhere")
else:
    print(f"{bits}: other results than everywhere, where it is {EXPECTED}")
    sys.exit(1)
