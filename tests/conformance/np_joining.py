# concatenate, stack, vstack, hstack, column_stack, split, append.
import numpy as np

a = np.arange(4).reshape(2, 2)
b = np.ones((1, 2))
print(np.concatenate([a, b]), np.concatenate((a, a), axis=1), np.concatenate([a, b], axis=0).dtype, np.concatenate([[1, 2], [3]]))
print(np.concatenate([a, a], axis=-1), np.concatenate([a.T, a]), np.concatenate([np.arange(3), np.array([])]), np.concatenate([a, b, a[:1]]))
x, y = np.arange(3), np.arange(3) * 10
print(np.stack([x, y]), np.stack([x, y], axis=1), np.stack([a, a]).shape, np.stack([a, a], axis=-1)[0], np.stack((x, y, x)).sum(axis=0))
print(np.vstack([x, y]), np.vstack((a, b)), np.hstack([x, y]), np.hstack((a, a)), np.column_stack([x, y]), np.column_stack((a, b[0])))
parts = [np.full(k, k) for k in range(1, 5)]
print(np.concatenate(parts), np.concatenate(parts).reshape(2, 5), np.concatenate([p * 2 for p in parts]).sum())
print(np.append(x, 5), np.append(x, [6, 7]), np.concatenate([x[:1], [99], x[1:]]), np.concatenate([x[::-1], y[::2]]))
left, right = np.split(np.arange(6), 2)
print(left, right, [part.tolist() for part in np.split(np.arange(6), [1, 4])], [p.shape for p in np.array_split(np.arange(7), 3)])
rows = []
for i in range(3):
    rows.append(np.arange(i, i + 4))
print(np.array(rows), np.array(rows).T, np.vstack(rows)[1:], np.array([r.sum() for r in rows]))
z = np.concatenate([x, y])
z[0] = 77
print(x, z, np.concatenate([x + 1, x * 2.5, np.sqrt(y * y)]))
for make in [lambda: np.concatenate([a, x]), lambda: np.concatenate([a, np.ones((2, 3))]), lambda: np.stack([x, a]),
             lambda: np.concatenate([]), lambda: np.concatenate([a, a], axis=2), lambda: np.vstack([x, np.arange(4)])]:
    try:
        print(make())
    except ValueError as error:
        print(error)
