# The part of numpy that is written in Python: functions made of the ones that the library has. It is compiled
# when a script first asks numpy for a name that the native module lacks (script/module_np.cc). Names that
# begin with an underscore stay private.
import math

import numpy as np


# ---- Grids and index arrays
class _Grid:
    def __init__(self, sparse):
        self._sparse = sparse

    def __getitem__(self, key):
        keys = key if isinstance(key, tuple) else (key,)
        axes = []
        for k in keys:
            start = 0 if k.start is None else k.start
            step = 1 if k.step is None else k.step
            axes.append(np.arange(start, k.stop, step))
        if not isinstance(key, tuple):
            return axes[0]
        rank = len(axes)
        shaped = []
        for d in range(rank):
            shaped.append(axes[d].reshape([-1 if e == d else 1 for e in range(rank)]))
        if self._sparse:
            return tuple(shaped)
        shape = tuple([len(axis) for axis in axes])
        kind = np.result_type(*axes)
        return np.stack([np.broadcast_to(part, shape).astype(kind) for part in shaped])


mgrid = _Grid(False)
ogrid = _Grid(True)


class _Concatenator:
    def __init__(self, columns):
        self._columns = columns

    def __getitem__(self, key):
        parts = []
        for k in key if isinstance(key, tuple) else (key,):
            if isinstance(k, slice):
                k = np.arange(0 if k.start is None else k.start, k.stop, 1 if k.step is None else k.step)
            k = np.asarray(k)
            if self._columns:
                k = k.reshape(1, 1) if k.ndim == 0 else k.reshape(-1, 1) if k.ndim == 1 else k
            parts.append(np.atleast_1d(k))
        return np.concatenate(parts, axis=-1)


r_ = _Concatenator(False)
c_ = _Concatenator(True)


def indices(dimensions, dtype=int):
    rank = len(dimensions)
    parts = []
    for d in range(rank):
        part = np.arange(dimensions[d], dtype=dtype).reshape([-1 if e == d else 1 for e in range(rank)])
        parts.append(np.broadcast_to(part, tuple(dimensions)))
    return np.stack(parts) if parts else np.zeros((0,), dtype=dtype)


def ix_(*sequences):
    rank = len(sequences)
    result = []
    for d in range(rank):
        part = np.asarray(sequences[d])
        if part.dtype == bool:
            part = np.nonzero(part)[0]
        result.append(part.reshape([-1 if e == d else 1 for e in range(rank)]))
    return tuple(result)


def unravel_index(indices, shape):
    rest = np.asarray(indices)
    if np.any(rest < 0) or np.any(rest >= math.prod(shape)):
        raise ValueError(f"index {rest} is out of bounds for array with size {math.prod(shape)}")
    result = []
    for extent in reversed(shape):
        result.append(rest % extent)
        rest = rest // extent
    return tuple(reversed(result))


def tri(N, M=None, k=0, dtype=float):
    M = N if M is None else M
    return (np.arange(N)[:, None] >= np.arange(M)[None, :] - k).astype(dtype)


def triu_indices(n, k=0, m=None):
    return np.nonzero(np.logical_not(tri(n, m, k - 1, dtype=bool)))


def tril_indices(n, k=0, m=None):
    return np.nonzero(tri(n, m, k, dtype=bool))


def diag_indices(n, ndim=2):
    return tuple([np.arange(n)] * ndim)


def vander(x, N=None, increasing=False):
    x = np.asarray(x)
    N = len(x) if N is None else N
    powers = np.arange(N) if increasing else np.arange(N - 1, -1, -1)
    return x[:, None] ** powers


def ndindex(*shape):
    if len(shape) == 1 and isinstance(shape[0], tuple):
        shape = shape[0]
    result = [()]
    for extent in shape:
        result = [index + (k,) for index in result for k in range(extent)]
    return iter(result)


def ndenumerate(arr):
    arr = np.asarray(arr)
    return iter([(index, arr[index]) for index in ndindex(arr.shape)])


# ---- Changed shapes and parts
def rot90(m, k=1, axes=(0, 1)):
    m = np.asarray(m)
    k = k % 4
    if k == 0:
        return m.copy()
    if k == 2:
        return np.flip(np.flip(m, axes[0]), axes[1])
    if k == 1:
        return np.swapaxes(np.flip(m, axes[1]), axes[0], axes[1])
    return np.flip(np.swapaxes(m, axes[0], axes[1]), axes[1])


def rollaxis(a, axis, start=0):
    axis = axis % a.ndim
    start = start % (a.ndim + 1)
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


def _pad_widths(pad_width, rank):
    widths = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    return [(int(widths[d, 0]), int(widths[d, 1])) for d in range(rank)]


def pad(array, pad_width, mode="constant", constant_values=0):
    array = np.asarray(array)
    widths = _pad_widths(pad_width, array.ndim)
    fill = np.broadcast_to(np.asarray(constant_values), (array.ndim, 2))
    for d in range(array.ndim):
        before, after = widths[d]
        n = array.shape[d]
        if mode == "constant":
            shape = list(array.shape)
            shape[d] = before + n + after
            padded = np.empty(tuple(shape), dtype=array.dtype)
            whole = [slice(None)] * array.ndim
            for part, value in ((slice(0, before), fill[d, 0]), (slice(before + n, None), fill[d, 1])):
                whole[d] = part
                padded[tuple(whole)] = value
            whole[d] = slice(before, before + n)
            padded[tuple(whole)] = array
            array = padded
            continue
        places = np.arange(-before, n + after)
        if mode == "edge":
            places = np.clip(places, 0, n - 1)
        elif mode == "wrap":
            places = places % n
        elif mode == "symmetric":
            places = places % (2 * n)
            places = np.where(places < n, places, 2 * n - 1 - places)
        elif mode == "reflect":
            period = max(2 * n - 2, 1)
            places = places % period
            places = np.where(places < n, places, period - places)
        else:
            raise ValueError(f"mode '{mode}' is not supported")
        array = np.take(array, places, axis=d)
    return array


def fill_diagonal(a, val):
    n = min(a.shape)
    a[tuple([np.arange(n)] * a.ndim)] = val


def insert(arr, obj, values, axis=None):
    arr = np.asarray(arr)
    if axis is None:
        arr = arr.ravel()
        axis = 0
    if not isinstance(obj, int):
        raise NotImplementedError("np.insert takes a single position in Lathe")
    first = np.take(arr, np.arange(obj % (arr.shape[axis] + 1) if obj < 0 else obj), axis=axis)
    last = np.take(arr, np.arange(first.shape[axis], arr.shape[axis]), axis=axis)
    values = np.asarray(values).astype(arr.dtype)
    shape = list(arr.shape)
    shape[axis] = values.size if arr.ndim == 1 else 1
    return np.concatenate([first, np.broadcast_to(values, tuple(shape)), last], axis=axis)


def delete(arr, obj, axis=None):
    arr = np.asarray(arr)
    if axis is None:
        arr = arr.ravel()
        axis = 0
    keep = np.ones(arr.shape[axis], dtype=bool)
    keep[obj] = False
    return np.take(arr, np.nonzero(keep)[0], axis=axis)


def resize(a, new_shape):
    a = np.asarray(a).ravel()
    size = math.prod(new_shape) if isinstance(new_shape, tuple) else new_shape
    return a[np.arange(size) % a.size].reshape(new_shape)


def block(arrays):
    def join(part, depth):
        if not isinstance(part, list):
            return np.atleast_2d(np.asarray(part)) if deepest > 1 else np.atleast_1d(np.asarray(part))
        return np.concatenate([join(p, depth + 1) for p in part], axis=depth - deepest)

    deepest, part = 0, arrays
    while isinstance(part, list):
        deepest, part = deepest + 1, part[0]
    return join(arrays, 0)


# ---- Choices and sets
def select(condlist, choicelist, default=0):
    result = np.asarray(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        result = np.where(condition, choice, result)
    return result


def choose(a, choices):
    a = np.asarray(a)
    result = np.broadcast_to(np.asarray(choices[0]), a.shape)
    for k in range(1, len(choices)):
        result = np.where(a == k, choices[k], result)
    return result


def copyto(dst, src, where=True):
    dst[...] = np.where(where, src, dst)


def putmask(a, mask, values):
    a[...] = np.where(mask, values, a)


def isin(element, test_elements, invert=False):
    element = np.asarray(element)
    known = np.unique(np.asarray(test_elements))
    if known.size == 0:
        return np.full(element.shape, invert)
    places = np.searchsorted(known, element.ravel()).reshape(element.shape)
    found = known[np.minimum(places, known.size - 1)] == element
    return np.logical_not(found) if invert else found


in1d = isin


def union1d(ar1, ar2):
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


def intersect1d(ar1, ar2):
    first = np.unique(ar1)
    return first[isin(first, ar2)]


def setdiff1d(ar1, ar2):
    first = np.unique(ar1)
    return first[isin(first, ar2, invert=True)]


def digitize(x, bins, right=False):
    bins = np.asarray(bins)
    x = np.asarray(x)
    if bins.size > 1 and bins[0] > bins[-1]:
        side = "right" if right else "left"
        return bins.size - np.searchsorted(bins[::-1], x, side=side)
    return np.searchsorted(bins, x, side="left" if right else "right")


# ---- Calculus and signals
def gradient(f, *spacing, axis=None):
    f = np.asarray(f)
    if f.dtype != np.float32:
        f = f.astype(float)
    axes = range(f.ndim) if axis is None else [axis % f.ndim]
    results = []
    for position, d in enumerate(axes):
        step = 1.0 if not spacing else spacing[0] if len(spacing) == 1 else spacing[position]
        g = np.moveaxis(f, d, 0)
        out = np.empty(g.shape, dtype=f.dtype)
        if np.ndim(step) == 0:
            out[1:-1] = (g[2:] - g[:-2]) / (2.0 * step)
            out[0] = (g[1] - g[0]) / step
            out[-1] = (g[-1] - g[-2]) / step
        else:
            h = np.diff(np.asarray(step))
            shape = [-1] + [1] * (f.ndim - 1)
            before, after = h[:-1].reshape(shape), h[1:].reshape(shape)
            a = -after / (before * (before + after))
            b = (after - before) / (before * after)
            c = before / (after * (before + after))
            out[1:-1] = a * g[:-2] + b * g[1:-1] + c * g[2:]
            out[0] = (g[1] - g[0]) / h[0]
            out[-1] = (g[-1] - g[-2]) / h[-1]
        results.append(np.moveaxis(out, 0, d))
    return results[0] if len(results) == 1 else tuple(results)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = np.moveaxis(np.asarray(y), axis, -1)
    width = dx if x is None else np.diff(np.asarray(x))
    return (width * (y[..., 1:] + y[..., :-1]) / 2.0).sum(axis=-1)


trapz = trapezoid


def ediff1d(ary):
    ary = np.ravel(ary)
    return ary[1:] - ary[:-1]


def interp(x, xp, fp, left=None, right=None):
    x = np.asarray(x).astype(float)
    xp = np.asarray(xp).astype(float)
    fp = np.asarray(fp).astype(float)
    if xp.size == 1:
        inner = np.full(x.shape, fp[0])
    else:
        k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, xp.size - 2)
        slope = (fp[1:] - fp[:-1]) / (xp[1:] - xp[:-1])
        inner = slope[k] * (x - xp[k]) + fp[k]
    inner = np.where(x >= xp[-1], np.where(x > xp[-1], fp[-1] if right is None else right, fp[-1]), inner)
    inner = np.where(x < xp[0], fp[0] if left is None else left, inner)
    return inner if inner.ndim else inner.item()


def convolve(a, v, mode="full"):
    a = np.atleast_1d(np.asarray(a))
    v = np.atleast_1d(np.asarray(v))
    if len(v) > len(a):
        a, v = v, a
    if len(v) == 0:
        raise ValueError("v cannot be empty")
    n, m = len(a), len(v)
    full = np.zeros(n + m - 1, dtype=np.result_type(a, v))
    for k in range(m):
        full[k : k + n] += v[k] * a
    if mode == "full":
        return full
    if mode == "same":
        return full[(m - 1) // 2 : (m - 1) // 2 + n]
    if mode == "valid":
        return full[m - 1 : n]
    raise ValueError("mode must be one of 'valid', 'same', or 'full'")


def correlate(a, v, mode="valid"):
    a = np.asarray(a)
    v = np.asarray(v)
    if len(v) > len(a) and mode == "valid":
        return convolve(a, v[::-1], mode)[::-1]
    return convolve(a, v[::-1], mode)


def unwrap(p, period=2 * math.pi):
    p = np.asarray(p).astype(float)
    step = np.diff(p)
    wrapped = (step + period / 2) % period - period / 2
    wrapped = np.where((wrapped == -period / 2) & (step > 0), period / 2, wrapped)
    correction = np.where(np.abs(step) < period / 2, 0.0, wrapped - step)
    result = p.copy()
    result[1:] = p[1:] + np.cumsum(correction)
    return result


def sinc(x):
    y = math.pi * np.where(np.asarray(x) == 0, 1.0e-20, x)
    return np.sin(y) / y


def heaviside(x1, x2):
    x1 = np.asarray(x1)
    return np.where(np.isnan(x1), x1, np.where(x1 < 0, 0.0, np.where(x1 > 0, 1.0, x2)))


def angle(z, deg=False):
    result = np.arctan2(0.0, np.asarray(z))
    return result * (180 / math.pi) if deg else result


def isreal(x):
    return np.ones(np.shape(x), dtype=bool)


def iscomplex(x):
    return np.zeros(np.shape(x), dtype=bool)


def _window(M, values):
    return np.ones(M) if M == 1 else values


def hanning(M):
    n = np.arange(1.0 - M, M, 2.0)
    return _window(M, 0.5 + 0.5 * np.cos(math.pi * n / (M - 1)) if M > 1 else None)


def hamming(M):
    n = np.arange(1.0 - M, M, 2.0)
    return _window(M, 0.54 + 0.46 * np.cos(math.pi * n / (M - 1)) if M > 1 else None)


def blackman(M):
    n = np.arange(1.0 - M, M, 2.0)
    return _window(M, 0.42 + 0.5 * np.cos(math.pi * n / (M - 1)) + 0.08 * np.cos(2.0 * math.pi * n / (M - 1)) if M > 1 else None)


def bartlett(M):
    n = np.arange(1.0 - M, M, 2.0)
    return _window(M, np.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1)) if M > 1 else None)


# ---- Statistics
def nanvar(a, axis=None, ddof=0, keepdims=False):
    a = np.asarray(a)
    missing = np.isnan(a)
    count = np.sum(np.logical_not(missing), axis=axis, keepdims=True)
    mean = np.sum(np.where(missing, 0.0, a), axis=axis, keepdims=True) / count
    deviation = np.where(missing, 0.0, a - mean)
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return total / (np.sum(np.logical_not(missing), axis=axis, keepdims=keepdims) - ddof)


def nanstd(a, axis=None, ddof=0, keepdims=False):
    return np.sqrt(nanvar(a, axis, ddof, keepdims))


def cov(m, y=None, rowvar=True, ddof=None):
    m = np.atleast_2d(np.asarray(m)).astype(float)
    if not rowvar and m.shape[0] != 1:
        m = m.T
    if y is not None:
        m = np.concatenate([m, np.atleast_2d(np.asarray(y))])
    deviation = m - m.mean(axis=1, keepdims=True)
    result = deviation @ deviation.T * (1 / (m.shape[1] - (1 if ddof is None else ddof)))
    return result if result.shape != (1, 1) else result[0, 0]


def corrcoef(x, y=None, rowvar=True):
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return np.clip(c / deviation[:, None] / deviation[None, :], -1, 1)


# ---- Algebra
def cross(a, b):
    a = np.asarray(a)
    b = np.asarray(b)
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        axis=-1,
    )


def kron(a, b):
    a = np.asarray(a)
    b = np.asarray(b)
    if a.ndim == 1 and b.ndim == 1:
        return (a[:, None] * b[None, :]).ravel()
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    product = a[:, None, :, None] * b[None, :, None, :]
    return product.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])


def tensordot(a, b, axes=2):
    a = np.asarray(a)
    b = np.asarray(b)
    if isinstance(axes, int):
        of_a, of_b = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        of_a = [axes[0]] if isinstance(axes[0], int) else list(axes[0])
        of_b = [axes[1]] if isinstance(axes[1], int) else list(axes[1])
    of_a = [d % a.ndim for d in of_a]
    of_b = [d % b.ndim for d in of_b]
    rest_a = [d for d in range(a.ndim) if d not in of_a]
    rest_b = [d for d in range(b.ndim) if d not in of_b]
    summed = math.prod([a.shape[d] for d in of_a])
    left = np.transpose(a, rest_a + of_a).reshape(-1, summed)
    right = np.transpose(b, of_b + rest_b).reshape(summed, -1)
    return (left @ right).reshape([a.shape[d] for d in rest_a] + [b.shape[d] for d in rest_b])


def einsum(subscripts, *operands):
    subscripts = subscripts.replace(" ", "")
    if "." in subscripts:
        raise NotImplementedError("np.einsum takes no '...' in Lathe")
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError("fewer operands provided to einstein sum function than specified in the subscripts string")
    if not arrow:
        output = "".join([c for c in sorted(set(inputs.replace(",", ""))) if inputs.count(c) == 1])
    letters = output + "".join([c for c in sorted(set(inputs.replace(",", ""))) if c not in output])
    product = None
    for term, operand in zip(terms, operands):
        operand = np.asarray(operand)
        if len(term) != operand.ndim:
            raise ValueError("einstein sum subscripts string contains too many subscripts for operand")
        while len(set(term)) < len(term):  # a repeated letter is a diagonal
            c = [c for c in term if term.count(c) > 1][0]
            first = term.index(c)
            second = term.index(c, first + 1)
            moved = np.moveaxis(np.moveaxis(operand, second, 0), first + 1, 1)
            n = np.arange(moved.shape[0])
            operand = moved[n, n]
            term = c + "".join([t for k, t in enumerate(term) if k != first and k != second])
        order = sorted(range(len(term)), key=lambda k: letters.index(term[k]))
        operand = np.transpose(operand, order)
        shape = []
        at = 0
        for c in letters:
            if c in term:
                shape.append(operand.shape[at])
                at += 1
            else:
                shape.append(1)
        operand = operand.reshape(shape)
        product = operand if product is None else product * operand
    summed = tuple(range(len(output), len(letters)))
    return product.sum(axis=summed) if summed else product


def polyval(p, x):
    x = np.asarray(x)
    result = np.zeros_like(x)
    for coefficient in p:
        result = result * x + coefficient
    return result


def polyfit(x, y, deg):
    x = np.asarray(x).astype(float)
    y = np.asarray(y).astype(float)
    # Householder's reflections of the scaled Vandermonde matrix.
    matrix = vander(x, deg + 1)
    scale = np.sqrt((matrix * matrix).sum(axis=0))
    matrix = matrix / scale
    right = y.copy()
    for k in range(deg + 1):
        column = matrix[k:, k].copy()
        length = np.sqrt((column * column).sum())
        column[0] += length if column[0] >= 0 else -length
        norm = (column * column).sum()
        if norm == 0:
            continue
        matrix[k:, k:] -= np.outer(column, 2 / norm * (column @ matrix[k:, k:]))
        right[k:] -= column * (2 / norm * (column @ right[k:]))
    solution = np.zeros(deg + 1)
    for k in range(deg, -1, -1):
        solution[k] = (right[k] - matrix[k, k + 1 : deg + 1] @ solution[k + 1 :]) / matrix[k, k]
    return solution / scale


def polyadd(a1, a2):
    a1, a2 = np.asarray(a1), np.asarray(a2)
    n = max(len(a1), len(a2))
    return np.concatenate([np.zeros(n - len(a1), a1.dtype), a1]) + np.concatenate([np.zeros(n - len(a2), a2.dtype), a2])


def polymul(a1, a2):
    return convolve(a1, a2)


def polyder(p):
    p = np.asarray(p)
    return p[:-1] * np.arange(len(p) - 1, 0, -1)


# ---- Functions of functions
class vectorize:
    def __init__(self, pyfunc):
        self._function = pyfunc

    def __call__(self, *args):
        arrays = np.broadcast_arrays(*[np.asarray(a) for a in args])
        shape = arrays[0].shape
        lists = [a.ravel().tolist() for a in arrays]
        result = np.array([self._function(*values) for values in zip(*lists)]).reshape(shape)
        return result if shape else result.item()


def apply_along_axis(func1d, axis, arr):
    arr = np.moveaxis(np.asarray(arr), axis, -1)
    outer = arr.shape[:-1]
    rows = arr.reshape(-1, arr.shape[-1])
    results = np.stack([np.asarray(func1d(rows[k])) for k in range(len(rows))])
    results = results.reshape(outer + results.shape[1:])
    return results if results.ndim == len(outer) else np.moveaxis(results, -1, axis)


def piecewise(x, condlist, funclist):
    x = np.asarray(x)
    functions = list(funclist)
    if len(functions) == len(condlist) + 1:
        rest = functions.pop()
    else:
        rest = 0
    result = np.full(x.shape, rest(x) if callable(rest) else rest, dtype=x.dtype) if not callable(rest) else rest(x)
    for condition, function in zip(condlist, functions):
        result = np.where(condition, function(x) if callable(function) else function, result)
    return result.astype(x.dtype)
