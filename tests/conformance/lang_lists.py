# Lists: methods, slices, slice assignment, nesting, comparison, copying.
a = [3, 1, 4, 1, 5, 9, 2, 6]
print(a, len(a), a[0], a[-1], a[2:5], a[::-1], a[::3], a[-3:], a[5:2:-1], a[10:], a[:-100])
a.append(5)
a.insert(2, 99)
a.extend([7, 8])
print(a)
print(a.pop(), a.pop(0), a.index(99), a.count(1))
a.remove(99)
print(a)
a.sort()
print(a)
a.sort(reverse=True)
a.reverse()
print(a, sum(a), min(a), max(a))
b = a[:]
b[0] = -1
print(a[0], b[0], a == b, a is a, a[:] == a)
b[1:3] = [10, 20, 30]
print(b)
b[::2] = [0] * len(b[::2])
print(b)
del b[0]
del b[1:4]
print(b)
b[:0] = [1, 2]
print(b)
b.clear()
print(b, bool(b), bool([0]))
m = [[0] * 3 for _ in range(2)]
m[0][1] = 5
print(m, [1, 2] + [3], [1, 2] * 2, 3 in [1, 2, 3], [1, 2] < [1, 3], [1] < [1, 0])
first, *middle, last = [1, 2, 3, 4, 5]
print(first, middle, last)
x, y = [1, 2]
x, y = y, x
print(x, y)
words = ["b", "A", "c"]
print(sorted(words), sorted(words, key=str.lower), list(enumerate(words)), list(zip(words, [1, 2, 3])))
print(list(reversed([1, 2, 3])), any([0, 1]), all([1, 0]), any([]), all([]))
nested = [1, [2, [3, [4]]]]
print(nested[1][1][1][0], nested)
c = [1, 2, 3]
c += [4]
c *= 2
print(c, c.copy(), [None] * 3, list(range(5)), list((1, 2)))
for i, v in enumerate(c, 10):
    print(i, v, end=" ")
print()
print([1, 2.5, "x", True, None, (1,), [2], {3: 4}])
