# Tuples, unpacking of all kinds, swap, starred, chained and augmented assignment, slices as objects.
t = (1, 2, 3)
print(t, t[0], t[-1], t[1:], len(t), t + (4,), t * 2, 2 in t, t.index(2), t.count(1), (), (5,))
a, b, c = t
print(a, b, c)
(a, b), c = (1, 2), 3
a, b = b, a
print(a, b, c)
first, *rest = "abcd"
*init, last = [1, 2, 3]
head, *mid, tail = (1, 2)
print(first, rest, init, last, head, mid, tail)
x = y = z = 0
x += 1
print(x, y, z)
values = [0, 0, 0]
i = 0
i, values[i] = 1, 7
print(i, values)
values[0], values[2] = values[2], values[0]
print(values)
n = 10
n //= 3
n **= 3
n <<= 2
n |= 1
n ^= 5
n &= 0xFF
n >>= 1
n %= 7
print(n)
f = 7.0
f /= 2
f -= 0.5
f *= 4
print(f)
print((1, 2) < (1, 3), (1, 2) == (1, 2), (1,) < (1, 0), max((3, 1), (2, 9)))
for k, (p, q) in enumerate([(1, 2), (3, 4)]):
    print(k, p, q)
print([p + q for p, q in zip([1, 2], [3, 4])], dict(zip("ab", [1, 2])))
matrix = [(1, 2, 3), (4, 5, 6)]
print(list(zip(*matrix)), [*range(3), *t], (*t, 9))
print(divmod(17, 5), divmod(-17, 5), divmod(7.5, 2))
s = slice(1, 8, 2)
print(list(range(10))[s], "abcdefghij"[s])
del a
try:
    print(a)
except NameError as error:
    print(error)
assert (1, "assertion holds")[0]
print(type(t) is tuple, isinstance(t, tuple), isinstance(t, (list, tuple)))
