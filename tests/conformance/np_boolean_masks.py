# Boolean masks: selection, assignment, counting, several dimensions.
import numpy as np

a = np.arange(10)
mask = a % 3 == 0
print(a[mask], a[~mask], mask.sum(), a[a > 100], a[(a > 2) & (a < 6)], a[np.array([True] + [False] * 9)])
b = a.copy()
b[b > 5] = 0
b[mask] = -1
print(b)
b[b == -1] = [100, 101, 102, 103]
print(b)
b[b > 50] += 1
b[b < 5] *= 10
print(b)
m = np.arange(12).reshape(3, 4)
print(m[m > 5], m[m[:, 0] > 3], m[np.array([True, False, True])], m[:, np.array([True, False, False, True])])
m[m % 2 == 0] = -m[m % 2 == 0]
print(m)
m[m < 0] = 0
print(m, (m == 0).sum(), np.count_nonzero(m), m[m > 0].mean())
f = np.array([1.0, np.nan, 3.0, np.inf])
print(f[~np.isnan(f)], f[np.isfinite(f)].sum())
f[np.isnan(f)] = 0
f[f > 1e300] = 9
print(f)
x = np.linspace(-1, 1, 9)
x[x < 0] **= 2
print(x, x[::-1][x > 0.5])
y = np.zeros((2, 2))
y[np.eye(2, dtype=bool)] = 5
y[np.array([[False, True], [False, False]])] = [7]
print(y, y[y != 0])
s = np.array([5, 3, 8])
print(s[s > 4].tolist(), [int(v) for v in s if v > 4], s[s == s.max()][0], s[[True, False, True]])
for make in [lambda: a[np.array([True, False])], lambda: m[np.ones((2, 4), bool)]]:
    try:
        make()
    except IndexError as error:
        print(error)
try:
    a[a > 5] = [1, 2]
except ValueError as error:
    print(error)
t = np.arange(5)
t[t > 10] = 99
t[np.ones(5, bool)] -= 1
print(t, t[np.zeros(5, bool)], t[np.zeros(5, bool)].sum())
sieve = np.ones(50, dtype=bool)
sieve[:2] = False
for i in range(2, 8):
    if sieve[i]:
        sieve[i * i :: i] = False
print(np.nonzero(sieve)[0])
