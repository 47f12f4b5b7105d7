# python: same
limit = 1
count = 0
for i in range(1000):
    if i == 500:
        limit = None
    if i > limit:
        count += 1
