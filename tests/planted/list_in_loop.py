# The numbers are kept in a list of objects of a class.


class Sample:
    def __init__(self, value):
        self.value = value


samples = [Sample(k * 0.5) for k in range(2000)]
total = 0.0
for turn in range(200):
    for sample in samples:
        total += sample.value
print(total)
