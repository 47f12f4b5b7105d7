# Script functions called from C: results, errors, lifetimes, threads.
import ffi
import numpy as np
from common import lib, fails

assert lib.apply(lambda x: x * 10, 4) == 41
assert lib.apply_point(lambda p, text: p.x + p.y + len(ffi.string(text)), [1, 2]) == 7.0

add_one = ffi.callback("int(int)", lambda x: x + 1)
assert lib.apply(add_one, 1) == 3
lib.keep_callback(add_one)
assert lib.call_kept(5) == 6


def broken(x):
    raise KeyError("from the callback")


fails("KeyError", "from the callback", lambda: lib.apply(broken, 1))
fails("TypeError", "the result of the callback: an integer is needed", lambda: lib.apply(lambda x: "text", 1))
fails("OverflowError", "does not fit into int32", lambda: lib.apply(lambda x: 2**40, 1))
assert lib.apply(add_one, 1) == 3
fails("RuntimeError", "from another thread", lambda: lib.call_on_thread(add_one, 1))

# Errors in an inner call come out of the outer one.
fails("KeyError", "from the callback", lambda: lib.apply(lambda x: lib.apply(broken, x), 1))
assert lib.apply(lambda x: lib.apply(lambda y: y + 1, x) * 2, 1) == 7


def caught(x):
    try:
        return lib.apply(broken, x)
    except KeyError:
        return 50


assert lib.apply(caught, 1) == 51

# A callback that is gone is an error, not a crash.
add_one = None
fails("RuntimeError", "nothing holds any more", lambda: lib.call_kept(5))
for k in range(200):
    lib.keep_callback(lambda x: x)
    fails("RuntimeError", "nothing holds any more", lambda: lib.call_kept(5))

ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")
c = ffi.load()
values = np.array([5.0, -1.0, 3.5, 2.0, 2.0])


def compare(a, b):
    x, y = ffi.cast("const double *", a)[0], ffi.cast("const double *", b)[0]
    return (x > y) - (x < y)


c.qsort(values, 5, 8, compare)
assert list(values) == [-1.0, 2.0, 2.0, 3.5, 5.0]
calls = []


def counting(a, b):
    calls.append(1)
    if len(calls) == 3:
        raise ValueError("enough")
    return 0


fails("ValueError", "enough", lambda: c.qsort(values, 5, 8, counting))
assert len(calls) == 3

holder = ffi.new("struct { int (*f)(int); } *")
holder.f = ffi.callback("int(int)", lambda x: x - 1)
lib.keep_callback(holder.f)
assert lib.call_kept(5) == 4


def set_f(struct):
    struct.f = lambda x: x


fails("TypeError", "must be made by ffi.callback", lambda: set_f(holder))
fails("TypeError", "expected 'int (*)(int)'", lambda: lib.apply(ffi.callback("double(double)", abs), 1))
assert lib.apply(ffi.callback("int(int)", lambda x: x), 2) == 3
print("ok")
