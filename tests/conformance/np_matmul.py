# matmul, dot, outer, norms. All entries are small integers, so that any order of summation is exact.
import numpy as np

a = np.arange(6).reshape(2, 3)
b = np.arange(12).reshape(3, 4)
f = a.astype(float)
g = b.astype(float)
print(a @ b, f @ g, (a @ b).dtype, (f @ g).dtype, np.matmul(f, g) - np.dot(f, g), a.dot(b), f.T @ f, f @ f.T)
print(np.arange(3) @ np.arange(3), np.dot([1, 2], [3, 4]), f @ np.arange(3), np.arange(2) @ f, np.dot(f, 2), np.dot(3, 4))
print(f.astype(np.float32) @ g.astype(np.float32), (f.astype(np.float32) @ g.astype(np.float32)).dtype, f @ b)
s = np.arange(24).reshape(2, 3, 4)
print((s @ np.ones((4, 2))).shape, s @ np.arange(4), (s @ s.transpose(0, 2, 1))[1], (np.ones((2, 2, 3)) @ np.ones((3, 1))).sum())
print(f[:, ::2] @ g[::2], f[::-1] @ g, g.T[::2] @ f.T, f[:, 1:] @ g[1:, 2:], (f @ g)[1, 2], 2 * f @ g + 1)
print(np.outer([1, 2, 3], [4, 5]), np.inner([1, 2], [3, 4]), np.vdot([1, 2], [3, 4]), np.trace(f @ f.T), np.eye(3) @ g)
print(np.linalg.norm([3.0, 4.0]), np.linalg.norm(np.array([[3.0, 0.0], [0.0, 4.0]])), np.sum(f * f), (f * f).sum(axis=1))
n = 64
big = (np.arange(n * n).reshape(n, n) % 7).astype(float)
c = big @ big
print(c.sum(), c[0, 0], c[-1, -1], np.trace(c), (c == big.dot(big)).all(), (big @ np.ones(n)).sum(), (big.T @ big - (big.T @ big).T).any())
p = np.array([[1, 1], [1, 0]])
q = np.eye(2, dtype=int)
for _ in range(30):
    q = q @ p
print(q, (np.array([[True, False], [True, True]]) @ np.array([[True, True], [False, True]])))
m = np.zeros((0, 3)) @ np.zeros((3, 2))
print(m.shape, np.zeros((2, 0)) @ np.zeros((0, 2)))
for make in [lambda: a @ a, lambda: a @ np.arange(2), lambda: np.dot(a, a), lambda: np.arange(3) @ np.arange(4), lambda: a @ 3]:
    try:
        print(make())
    except (ValueError, TypeError) as error:
        print(error)
h = f.copy()
h[:] = f @ np.eye(3)
h @= np.eye(3) * 2
print(h)
