# ffi.new, pointers and their bounds, arrays and buffers, lifetimes and finalisers.
import ffi
import numpy as np
from common import lib, fails

x = np.arange(6.0)
assert lib.sum_matrix(x, 2, 3) == 15.0
assert lib.sum_matrix(x * 2 + 1, 3, 2) == 36.0
assert lib.sum_matrix([1.0, 2, 3, 4], 2, 2) == 10.0
y = x + 100  # pending: C must not be able to change it
lib.scale(x, 6, 10)
assert (x == np.arange(6) * 10).all() and (y == np.arange(6) + 100).all()
z = np.zeros((2, 3))
z += 1
lib.scale(z, 6, 3)
assert z.sum() == 18.0
lib.scale(z[1], 3, 2)
assert z.sum() == 27.0

fails("ValueError", "sum_matrix() argument 1: the array has 6 elements, the declaration asks for 8", lambda: lib.sum_matrix(x, 2, 4))
fails("ValueError", "not contiguous", lambda: lib.scale(x[::2], 3, 1))
fails("ValueError", "not contiguous", lambda: lib.scale(z.T, 6, 1))
fails("TypeError", "'double *' cannot point to an array of int64", lambda: lib.scale(np.arange(3), 3, 1))
fails("ValueError", "read-only", lambda: lib.scale(np.broadcast_to(x, (6,)), 6, 1))
fails("ValueError", "the declared length is too large", lambda: lib.scale(ffi.new("double *"), 2**62, 1))

a = ffi.new("int[4]", [1, 2, 3])
assert list(a) == [1, 2, 3, 0] and len(a) == 4
p = a + 1
assert p[0] == 2 and p[-1] == 1 and (p + 2) - a == 3 and p - 1 == a
a[3] = 40
assert (a + 3)[0] == 40
fails("IndexError", "index 4 is out of range for 'int[4]'", lambda: a[4])
fails("IndexError", "outside its memory of 16 bytes", lambda: p[3])
fails("IndexError", "outside its memory", lambda: (a - 1)[0])
fails("OverflowError", "does not fit into int32", lambda: ffi.new("int *", 2**31))
fails("ValueError", "the memory has 16 bytes left, the declaration asks for 40", lambda: lib.scale(ffi.new("double[2]"), 5, 1.0))
fails("ValueError", "is null", lambda: ffi.cast("int *", 0)[0])
fails("TypeError", "has no size", lambda: ffi.NULL[0])


def set_first(pointer):
    pointer[0] = 1


fails("ValueError", "is const", lambda: set_first(ffi.new("const int *", 3)))

text = ffi.new("char[]", "hello")
assert len(text) == 6 and ffi.string(text) == "hello" and ffi.string(text, 2) == "he"
assert ffi.bytes(text) == b"hello\0"
assert ffi.sizeof("point") == 16 and ffi.offsetof("point", "y") == 8 and ffi.alignof("small") == 4
assert ffi.sizeof(a) == 16 and ffi.sizeof("int[7]") == 28 and ffi.sizeof(ffi.typeof("point *")) == 8
assert str(ffi.typeof("int (*)(const char *, ...)")) == "<ctype 'int (*)(const char *, ...)'>"
assert ffi.cast("unsigned char", 300) + 0 == 44 and ffi.cast("int", 3.9) + 0 == 3

# Arrays over C's memory, and C's pointers to arrays.
buffer = ffi.buffer(a)
assert buffer.dtype == np.int32 and (buffer == [1, 2, 3, 40]).all()
buffer[0] = -5
assert a[0] == -5
doubled = buffer * 2  # pending
a[0] = 0
assert doubled[0] == -10
del a, p
assert buffer.sum() == 45
fails("ValueError", "nobody knows how much memory", lambda: ffi.buffer(ffi.gc(lib.make_thing(), lib.destroy_thing)))
fails("ValueError", "the array is too short", lambda: ffi.memmove(ffi.new("double[9]"), x, 56))
b = ffi.from_buffer("double *", x)
b[0] = 5.5
assert x[0] == 5.5
fails("IndexError", "outside its memory of 48 bytes", lambda: b[6])
target = ffi.new("double[6]")
ffi.memmove(target, x, 48)
assert list(target) == list(x)
fails("IndexError", "outside its memory", lambda: ffi.memmove(target + 1, x, 48))

# Owners and finalisers.
before = lib.things_alive()
for k in range(100):
    thing = ffi.gc(lib.make_thing(), lib.destroy_thing)
assert lib.things_alive() == before + 1
ffi.release(thing)
assert lib.things_alive() == before
fails("ValueError", "has been released", lambda: ffi.bytes(thing, 1))
fails("ValueError", "released already", lambda: ffi.release(thing))
thing = None
assert lib.things_alive() == before
fails("TypeError", "must be a C function of one pointer", lambda: ffi.gc(ffi.cast("void *", 1), lambda p: None))

first = ffi.new("point[2]", [[1, 2], [3, 4]])
second = first + 1
assert second.x == 3.0
ffi.release(first)
fails("ValueError", "has been released", lambda: second.x)
fails("ValueError", "its memory has been released", lambda: lib.move_point(second, 1))

holder = ffi.new("struct { const char *name; int (*f)(int); } *")
holder.name = "a string that the struct keeps"
assert ffi.string(holder.name) == "a string that the struct keeps"
holder.name = None
assert not holder.name
handle = ffi.new_handle([1, 2])
assert ffi.from_handle(handle) == [1, 2]
ffi.free_handle(handle)
fails("ValueError", "no handle", lambda: ffi.from_handle(handle))
assert not ffi.NULL and ffi.NULL == ffi.cast("int *", 0) and first == first

# Bit-fields: values in range, the others left alone, no address.
ffi.cdef("typedef struct { unsigned a : 3, b : 7; int c : 5; _Bool d : 1; long e : 40; } bit_fields;")
bits = ffi.new("bit_fields *", [5, 100, -3, True, -(2 ** 39)])
assert (bits.a, bits.b, bits.c, bits.d, bits.e) == (5, 100, -3, True, -(2 ** 39)), (bits.a, bits.b, bits.c, bits.d, bits.e)
bits.b = 0
bits.c = 15
assert (bits.a, bits.b, bits.c, bits.d, bits.e) == (5, 0, 15, True, -(2 ** 39))
bits = ffi.new("bit_fields *", {"e": 2 ** 39 - 1, "a": 7})
assert (bits.a, bits.b, bits.c, bits.d, bits.e) == (7, 0, 0, False, 2 ** 39 - 1)
for name, value in (("a", 8), ("a", -1), ("c", 16), ("c", -17), ("e", 2 ** 39)):
    try:
        setattr(bits, name, value)
        assert False, (name, value)
    except OverflowError as error:
        assert "bits" in str(error) or "fit" in str(error), error
for use in (lambda: ffi.offsetof("bit_fields", "b"), lambda: ffi.addressof(bits, "a")):
    try:
        use()
        assert False
    except TypeError as error:
        assert "bit-field" in str(error)

print("ok")
