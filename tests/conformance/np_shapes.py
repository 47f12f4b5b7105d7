# reshape, transpose, ravel, squeeze, expand_dims, flip, roll, tile, repeat, swapaxes.
import numpy as np

a = np.arange(12)
m = a.reshape(3, 4)
print(m, a.reshape(2, -1), a.reshape((2, 2, 3)).shape, np.reshape(a, (4, 3))[1], m.reshape(-1).shape, m.reshape(1, 12).shape)
print(m.T, m.T.shape, m.transpose(), np.transpose(m).sum(axis=0), m.T.reshape(2, 6), m.T.ravel(), m.ravel(), m.T.flatten())
t = np.arange(24).reshape(2, 3, 4)
print(t.transpose(2, 0, 1).shape, np.transpose(t, (1, 0, 2))[0], t.T.shape, t.swapaxes(0, 2).shape, np.swapaxes(t, 0, 1).shape)
print(np.moveaxis(t, 0, -1).shape, t.transpose(1, 2, 0)[2, 3], t.T[3, 2, 1], t.transpose((0, 2, 1))[1])
print(np.squeeze(np.ones((1, 3, 1))).shape, np.expand_dims(a, 0).shape, np.expand_dims(a, -1).shape, np.ones((1, 2)).squeeze().shape)
print(np.squeeze(np.ones((1, 2, 1)), axis=0).shape, np.atleast_1d(5), np.atleast_2d(np.arange(3)))
print(np.flip(m), np.flip(m, 0), np.flip(m, axis=1), np.fliplr(m)[0], np.flipud(m)[0], m[::-1, ::-1])
print(np.roll(a, 2), np.roll(a, -3), np.roll(m, 1, axis=0), np.roll(m, 1, axis=1), np.roll(m, 5))
print(np.tile([1, 2], 3), np.tile([[1, 2]], (2, 2)), np.repeat([1, 2, 3], 2), np.repeat(m[:2, :2], 2, axis=0), np.repeat(m[:1], 2, axis=1))
print(np.shape(m), np.ndim(m), np.size(m), m.size, len(m), t[0].T.reshape(-1)[:5], m.reshape(2, 6).T[1])
b = m.reshape(12)
b[0] = 100
print(m[0, 0], a[0])
c = m.T.copy()
c[0, 0] = -1
print(m[0, 0], c[0, 0], m[:, ::2].reshape(-1), m[::-1].ravel())
v = m[:]
print(v.shape)
a2 = np.arange(6)
a2.shape = (2, 3)
print(a2)
for make in [lambda: a.reshape(5, 2), lambda: a.reshape(-1, 5), lambda: a.reshape(-1, -1), lambda: m.transpose(0, 0),
             lambda: np.squeeze(m, axis=0), lambda: m.transpose(0), lambda: np.expand_dims(a, 3)]:
    try:
        print(make().shape)
    except ValueError as error:
        print(error)
print(np.triu(np.ones((3, 3))), np.tril(np.arange(9).reshape(3, 3)), np.trace(np.arange(9).reshape(3, 3)), np.diag(np.ones(2), 1))
print(np.concatenate([[0], np.arange(3), [0]]), m[:, ::-1].T)
