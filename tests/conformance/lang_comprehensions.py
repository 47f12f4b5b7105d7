# Comprehensions, generator expressions, enumerate, zip, map, filter, any, all, sorted.
print([x * x for x in range(6)], [x for x in range(20) if x % 3 == 0 if x % 2 == 0])
print([(x, y) for x in range(3) for y in range(x)], [[x + y for x in range(3)] for y in range(2)])
print({x: x**2 for x in (1, 2, 3)}, sorted({x // 2 for x in range(7)}))
print(sum(x for x in range(10)), max(x % 7 for x in range(20)), sorted(x % 4 for x in range(8)))
print(any(x > 3 for x in [1, 2]), all(x > 0 for x in [1, 2]), ",".join(str(x) for x in range(4)))
print(list(x for x in "abc"), tuple(x + 1 for x in range(3)), dict((k, len(k)) for k in ["a", "bb"]))
x = "outside"
squares = [x for x in range(3)]
print(x, squares)
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [v for row in matrix for v in row])
print([a if a > 1 else -a for a in range(4)], [f"{k}={v}" for k, v in {"a": 1, "b": 2}.items()])
print([i for i, c in enumerate("hello") if c == "l"], [a * b for a, b in zip([1, 2, 3], [4, 5, 6])])
print(list(zip("abc", range(10), [True, False])), list(map(str, [1, 2])), list(map(max, [1, 5], [3, 2])))
print(list(filter(None, [0, 1, "", "a", None])), [y for x in [1, 2] for y in [x, x * 10] if y != 2])
primes = [n for n in range(2, 50) if all(n % p for p in range(2, int(n**0.5) + 1))]
print(primes, len(primes))
n = 3
print([n + k for k in range(n)], [(lambda v: v * n)(k) for k in range(3)])


def table(size):
    return [[i * j for j in range(1, size + 1)] for i in range(1, size + 1)]


for row in table(4):
    print(" ".join(f"{v:3d}" for v in row))
total = 0
for value in (k * k for k in range(5)):
    total += value
print(total)
words = "the quick brown fox jumps over the lazy dog".split()
print({w: len(w) for w in words if len(w) > 3}, sorted(set(words)), [w[::-1] for w in words][:3])
print(min(words, key=len), max(words, key=lambda w: (len(w), w)), sorted(words, key=lambda w: (-len(w), w)))
