# if/elif/else, while, for, else clauses of loops, break, continue, conditional expressions.
def classify(n):
    if n < 0:
        return "negative"
    elif n == 0:
        return "zero"
    elif n % 2 == 0:
        return "even"
    else:
        return "odd"


for n in range(-1, 4):
    print(n, classify(n))

n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
print("collatz", steps)

for candidate in range(2, 30):
    for divisor in range(2, candidate):
        if divisor * divisor > candidate:
            print(candidate, end=" ")
            break
        if candidate % divisor == 0:
            break
    else:
        print(candidate, end="!")
print()

count = 0
while True:
    count += 1
    if count % 3 == 0:
        continue
    if count > 10:
        break
else:
    print("never")
print("count", count)

k = 3
while k > 0:
    k -= 1
else:
    print("ran to the end", k)

for i in range(10, 0, -3):
    print(i, end=",")
print()
for i in range(0):
    print("no")
else:
    print("empty range")
for a, (b, c) in [(1, (2, 3)), (4, (5, 6))]:
    print(a + b * c)
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 != 1)
print(0 or "x", 1 and "y", not 0, None or [] or 5, 0 and 1 / 0)
x = 5
print("big" if x > 3 else "small", (x if x < 3 else -x) + 1)
pass
