# A generator stands in the hot loop.


def pairs(n):
    for k in range(n):
        yield k


total = 0
for turn in range(60_000):
    for k in pairs(4):
        total += k
print(total)
