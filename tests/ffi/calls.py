# Numbers, strings, structs by value and by pointer, variables, variadic functions, errno.
import ffi
from common import lib, fails

assert lib.is_even(4) is True and lib.is_even(3) is False
assert lib.negate(-128 + 1) == 127 and lib.negate(127) == -127
assert lib.halve(3) == 1.5 and lib.halve(0.1) == 0.05000000074505806
assert str(lib.largest()) == "18446744073709551615"
assert lib.first_character("abc") == ord("a")
assert lib.add3(1, 2.5, True) == 4.5

p = lib.add_points([1.0, 2.0], {"x": 10.0, "y": 20.0})
assert (p.x, p.y) == (11.0, 22.0)
assert lib.add_points(p, p).y == 44.0
b = lib.add_big([[1, 2, 3, 4, 5]], 100)
assert list(b.words) == [101, 102, 103, 104, 105]
s = lib.next_small({"tag": 1, "value": 1.5, "rest": [3, 4]})
assert (s.tag, s.value, list(s.rest)) == (2, 3.0, [3, 4, 7])
q = ffi.new("point *", [1, 2])
lib.move_point(q, 5)
assert q.x == 6.0 and q[0].x == 6.0
lib.move_point(p, 1)
assert p.x == 12.0

nodes = ffi.new("node[3]")
for k in range(3):
    nodes[k].value = k + 1
    if k > 0:
        nodes[k].next = ffi.addressof(nodes[k - 1])
assert lib.sum_list(ffi.addressof(nodes[2])) == 6
assert lib.sum_list(None) == 0 and lib.sum_list(ffi.NULL) == 0


def chain(values):
    first = ffi.NULL
    for value in values:
        first = ffi.new("node *", {"next": first, "value": value})
    return first


# Every node keeps the next one alive.
long_chain = chain(range(1000))
assert lib.sum_list(long_chain) == 499500
assert long_chain.next.next.value == 997

assert lib.sum_values(3, 1.5, 2.5, ffi.cast("float", 4)) == 8.0
assert lib.counter == 7
lib.counter = 9
assert lib.counter == 9
assert ffi.string(lib.version) == "1.5"
assert list(lib.limits) == [1, 2, 3]
lib.limits[1] = 20
assert lib.limits[1] == 20
assert lib.BOTH == 3

assert lib.fail_with(2) == -1 and ffi.errno() == 2
assert ffi.strerror(ffi.errno()) == "No such file or directory"

fails("TypeError", "add3() takes 3 arguments (2 given): double add3(double, double, double)", lambda: lib.add3(1, 2))
fails("TypeError", "add3() argument 2: a number is needed", lambda: lib.add3(1, "2", 3))
fails("TypeError", "is_even() argument 1: an integer is needed", lambda: lib.is_even(1.5))
fails("OverflowError", "negate() argument 1: 128 does not fit into int8", lambda: lib.negate(128))
fails("TypeError", "takes no keyword arguments", lambda: lib.is_even(x=1))
fails("AttributeError", "has no 'missing_function', which is declared as: int missing_function(int)", lambda: lib.missing_function)
fails("AttributeError", "'printf' is not declared, though library", lambda: ffi.load().printf)
fails("AttributeError", "'nothing_like_it' is not declared: ffi.cdef", lambda: lib.nothing_like_it)
fails("OSError", "cannot load library 'nowhere'", lambda: ffi.load("nowhere"))
fails("AttributeError", "'point' has no member 'z'", lambda: p.z)
fails("TypeError", "expected 'point *', not 'int *'", lambda: lib.move_point(ffi.new("int *"), 1))
fails("TypeError", "expected 'point *', not 'str'", lambda: lib.move_point("p", 1))
fails("TypeError", "expected 'const char *', not 'int'", lambda: lib.first_character(3))
fails("ValueError", "null character", lambda: lib.first_character("a\0b"))
fails("ValueError", "too many values for 'point'", lambda: lib.add_points([1, 2, 3], p))
print("ok")
