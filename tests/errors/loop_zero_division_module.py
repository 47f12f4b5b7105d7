# python: same
total = 0
for i in range(-500, 500):
    total += 1000 // i if i % 2 == 0 else i
print("not reached")
