# A recursion that is too deep to be followed stands in the hot loop.


def depth(k):
    return 0 if k == 0 else 1 + depth(k - 1)


total = 0
for turn in range(60_000):
    total += depth(9)
print(total)
