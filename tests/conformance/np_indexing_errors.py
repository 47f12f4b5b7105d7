# What wrong indices say.
import numpy as np

a = np.arange(12).reshape(3, 4)


def attempt(action):
    try:
        print(action())
    except (IndexError, ValueError, TypeError) as error:
        print(type(error).__name__, error)


def assign(index, value):
    b = a.copy()
    b[index] = value
    return b


attempt(lambda: a[3])
attempt(lambda: a[-4])
attempt(lambda: a[0, 4])
attempt(lambda: a[0, 0, 0])
attempt(lambda: a[:, 5])
attempt(lambda: a[2:9])
attempt(lambda: a[..., 7])
attempt(lambda: assign((0, 9), 1))
attempt(lambda: assign(0, [1, 2, 3]))
attempt(lambda: assign((slice(None), 1), [1, 2]))
attempt(lambda: assign(slice(0, 2), np.zeros((3, 4))))
attempt(lambda: a[np.array([0, 3])])
attempt(lambda: a[np.array([True, False])])
attempt(lambda: np.array(5)[0])
attempt(lambda: np.array([1, 2])["x"])
attempt(lambda: np.arange(3)[1.0])
attempt(lambda: np.arange(0)[0])
attempt(lambda: a[1, 2, 3, 4])
attempt(lambda: np.arange(3)[5:][0])
