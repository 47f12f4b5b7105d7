# Ways to make arrays.
import numpy as np

print(np.array([1, 2, 3]), np.array([1.5, 2]), np.array([[1, 2], [3, 4]]), np.array([True, False]), np.array(5))
print(repr(np.array([1, 2, 3])), repr(np.array([1, 2.0])), repr(np.array([[True], [False]])), repr(np.array(2.5)))
for dtype in [np.bool_, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, np.float32, np.float64]:
    print(np.zeros(3, dtype=dtype), repr(np.ones((1, 2), dtype)), np.array([0, 1, 2], dtype=dtype).dtype)
print(np.zeros((2, 3)), np.ones(4), np.full((2, 2), 7), np.full(3, 2.5), np.full((2,), True))
print(np.eye(3), np.eye(2, 4, 1), np.eye(3, k=-1, dtype=np.int64), np.identity(2))
a = np.arange(6).reshape(2, 3)
print(np.zeros_like(a), np.ones_like(a), np.full_like(a, 9), np.empty_like(a).shape, np.empty((2, 0)).shape)
print(np.zeros_like(a, dtype=float), np.ones_like(a, dtype=np.float32).dtype)
print(np.array([[1, 2], [3, 4.5]]).dtype, np.array([1, True]).dtype, np.array([True, 2.5]).dtype, np.array([]).dtype)
print(np.asarray([1, 2]).sum(), np.array(a) is a, np.asarray(a) is a, np.array(a).shape)
print(np.array([a[0], a[1]]), np.array([np.float64(1.5), 2]), np.array(range(4)), np.array((1, 2, 3)))
print(np.array([1, 2, 3], dtype="float32"), np.array([1, 2], dtype="int8").dtype, np.array([1.9, -1.9], dtype=int))
x, y = np.meshgrid(np.arange(3), np.arange(2))
print(x, y)
print(np.diag(np.array([1, 2, 3])), np.diag(np.arange(9).reshape(3, 3)))
print(np.zeros(()), np.zeros((0,)), np.zeros((2, 0, 3)).size, np.ones((1, 1, 1)))
print(a.shape, a.ndim, a.size, a.dtype, a.itemsize, a.nbytes, len(a), a.T.shape)
print(np.arange(3).tolist(), a.tolist(), np.array(3).tolist(), np.array([1.5]).item(), np.array([[2]]).item())
try:
    np.array([[1, 2], [3]])
except ValueError as error:
    print(str(error)[:60])
