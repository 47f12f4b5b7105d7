# Text: loadtxt with its options, reading and writing files of the language itself.
import sys

import numpy as np

folder = sys.argv[1] + "/"
with open(folder + "table.csv", "w") as f:
    f.write("a,b,c\n")
    for i in range(5):
        f.write(f"{i},{i * i / 4},{-i:.3f}\n")
t = np.loadtxt(folder + "table.csv", delimiter=",", skiprows=1)
print(t, t.shape, t.dtype)
print(np.loadtxt(folder + "table.csv", delimiter=",", skiprows=1, usecols=(0, 2)), np.loadtxt(folder + "table.csv", delimiter=",", skiprows=1, usecols=1))
print(np.loadtxt(folder + "table.csv", delimiter=",", skiprows=2, max_rows=2))
x, y, z = np.loadtxt(folder + "table.csv", delimiter=",", skiprows=1, unpack=True)
print(x, y, z)
with open(folder + "spaces.txt", "w") as f:
    f.write("# a comment\n1 2   3\n\n4\t5 6 # at the end\n1e3 -2.5e-1 nan\n")
print(np.loadtxt(folder + "spaces.txt"), np.loadtxt(folder + "spaces.txt", max_rows=1))
with open(folder + "one.txt", "w") as f:
    f.write("3.5\n")
print(np.loadtxt(folder + "one.txt"), np.loadtxt(folder + "one.txt").shape)
with open(folder + "ints.txt", "w") as f:
    f.write("1,2\n3,4\n")
print(np.loadtxt(folder + "ints.txt", delimiter=",", dtype=int), np.loadtxt(folder + "ints.txt", delimiter=",").sum(axis=0))
with open(folder + "bad.txt", "w") as f:
    f.write("1,2\n3\n")
try:
    np.loadtxt(folder + "bad.txt", delimiter=",")
except ValueError as error:
    print(str(error)[:60])
with open(folder + "lines.txt", "w") as f:
    print("first line", file=f)
    f.write("second\nthird")
with open(folder + "lines.txt") as f:
    text = f.read()
print(repr(text), text.split("\n"), len(text))
with open(folder + "lines.txt") as f:
    for number, line in enumerate(f, 1):
        print(number, line.rstrip())
f = open(folder + "lines.txt")
print(f.readline().strip(), f.readlines())
f.close()
with open(folder + "lines.txt", "a") as f:
    f.write(" and more\n")
print(open(folder + "lines.txt").read().splitlines()[-1])
total = 0.0
with open(folder + "table.csv") as f:
    header = f.readline().strip().split(",")
    for line in f:
        fields = [float(v) for v in line.split(",")]
        total += fields[1]
print(header, total)
