# Line continuation, comments, semicolons, nested blocks, del, docstrings, unusual but valid layout.
"""A docstring of the module."""
x = 1; y = 2
total = x + \
    y
values = [
    1,
    2,  # a comment inside
    3,
]
text = ("implicit "
        "joining "
        f"with {total}")
if (x == 1 and
        y == 2):
    print(total, values, text)
if x: print("one line")
for i in range(3): print(i, end=" ")
print()


def f(
    a,
    b=(1,
       2),
):
    """Doc."""

    # only a comment

    if a:

        return b[0]
    return b[1]


print(f(1), f(0), f(0, b=[5, 6]))
matrix = [[0] * 3
          for _ in range(2)]
matrix[1][2] = 7
print(matrix)
d = {
    "a": 1,
    "b": [1, 2,
          3],
}
print(d["b"][2], len(d))
while x < 100:
    x *= 3
    if x > 20:
        if x % 2:
            y += 1
        else:
            y -= 1
    elif x == 9:
        y = 100
print(x, y)


def nested(n):
    out = []
    for i in range(n):
        for j in range(n):
            for k in range(n):
                if i < j < k:
                    out.append((i, j, k))
                elif i == j == k:
                    continue
                else:
                    break
    return out


print(nested(5))
a = b = []
b.append(1)
print(a, a is b, a == [1], a is not b)
n = 0
def side():
    global n
    n += 1
    return n
print(side() + side() * 10, [side(), side()], {side(): side()}, n)
print((lambda *a, **k: (a, k))(1, 2, z=3), not True == False, -2 ** 2, 2 ** 3 ** 2, 1 if 0 else 2 if 0 else 3)
print(1 + 2 * 3 - 4 / 2 % 3 // 1, 5 - 3 - 1, 1 << 2 + 1, 6 & 3 == 3, not 0 and 1 or 2, 3 < 4 == True)
print("%s" % "x" * 2, "a" "b" * 2, [1, 2][0:1][0], (1, 2)[-1], {"k": {"m": [5]}}["k"]["m"][0], "abc"[1:][0].upper())
