# Gaussian elimination with pivoting, LU, power iteration and Jacobi iteration in plain NumPy.
import numpy as np


def solve(a, b):
    a, b = a.astype(float).copy(), b.astype(float).copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if a[p, k] == 0:
            raise ValueError("singular matrix")
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


def show(v):
    print(" ".join(f"{value:.8g}" for value in np.ravel(v).tolist()))


a = np.array([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]])
b = np.array([8, -11, -3])
show(solve(a, b))
rng = np.random.default_rng(1)
m = rng.random((12, 12)) + 12 * np.eye(12)
truth = np.arange(12.0)
x = solve(m, m @ truth)
print(np.allclose(x, truth), np.abs(x - truth).max() < 1e-10)
try:
    solve(np.ones((2, 2)), np.ones(2))
except ValueError as error:
    print(error)
d = np.diag(m)
r = m - np.diag(d)
y = np.zeros(12)
for k in range(60):
    y = (m @ truth - r @ y) / d
print(np.allclose(y, truth))
s = (m + m.T) / 2
v = np.ones(12)
for _ in range(200):
    v = s @ v
    v = v / np.sqrt(np.sum(v * v))
eigenvalue = v @ s @ v
print(f"{eigenvalue:.8f} {np.abs(s @ v - eigenvalue * v).max() < 1e-7}")
det = 1.0
u = a.astype(float)
for k in range(3):
    det *= u[k, k]
    for i in range(k + 1, 3):
        u[i] = u[i] - u[k] * (u[i, k] / u[k, k])
print(f"{det:.8f}", np.abs(np.tril(u, -1)).max() < 1e-12)
g = np.array([[4.0, 1.0], [1.0, 3.0]])
c = np.zeros(2)
res = np.array([1.0, 2.0]) - g @ c
p = res.copy()
for _ in range(2):
    alpha = (res @ res) / (p @ g @ p)
    c = c + alpha * p
    new = res - alpha * (g @ p)
    p = new + (new @ new) / (res @ res) * p
    res = new
show(c)
