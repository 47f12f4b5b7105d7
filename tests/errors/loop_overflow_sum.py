total = 9223372036854775000
for i in range(500):
    total += i % 3
    total = total + 5
