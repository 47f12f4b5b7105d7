"""Lathe for any Python that has ctypes: CPython, PyPy and others, with one file and no compiled extension.

    import lathe
    x = lathe.linspace(0, 1, 1_000_000)
    y = lathe.exp(-x * x) + 2          # recorded, nothing computed yet
    print(y.sum())                     # one loop of machine code: exp, add and sum together

    @lathe.jit                         # compiled by Lathe: not run by this Python at all
    def collatz(limit):
        longest = 0
        for start in range(1, limit):
            n, steps = start, 0
            while n != 1:
                n = n // 2 if n % 2 == 0 else 3 * n + 1
                steps += 1
            longest = max(longest, steps)
        return longest
    print(collatz(1_000_000))

It needs liblathe.so: where LATHE_LIBRARY says, beside this file, in the tree that it was built or installed in, or
where the loader finds it. Arrays, dtypes, errors and
their words are NumPy's; NumPy itself is not needed. NumPy arrays, array.array and writable buffers are taken without a
copy, and numpy.asarray(a) looks at an Array's own memory. Errors are the built-in exceptions that NumPy raises.
"""

import array as _array
import builtins as _builtins
import ctypes as _c
import ctypes.util as _util
import functools as _functools
import inspect as _inspect
import itertools as _itertools
import operator as _operator
import os as _os
import pathlib as _pathlib
import textwrap as _textwrap

_ABI = 1
_RANK = 8


def _library():
    here = _pathlib.Path(__file__).resolve().parent
    named = _os.environ.get("LATHE_LIBRARY")
    places = [here / "liblathe.so", here.parent / "build" / "liblathe.so", *here.parents[2].glob("lib*/**/liblathe.so.1"),
              _util.find_library("lathe"), "liblathe.so.1"]
    for path in [named] if named else places:
        try:
            if path:
                return _c.CDLL(str(path))
        except OSError:
            if named:
                raise
    raise ImportError("liblathe.so is not found: set LATHE_LIBRARY to its path")


_lib = _library()
_lib.lathe_abi_version.restype = _c.c_uint32
if _lib.lathe_abi_version() != _ABI:
    raise ImportError(f"liblathe.so has ABI {_lib.lathe_abi_version()}, this module needs {_ABI}")

_handle = _c.c_void_p
_text = _c.c_char_p


class _Info(_c.Structure):
    _fields_ = [("dtype", _c.c_int), ("rank", _c.c_int), ("shape", _c.c_int64 * _RANK), ("strides", _c.c_int64 * _RANK),
                ("size", _c.c_int64), ("writable", _c.c_int), ("contiguous", _c.c_int), ("pending", _c.c_int)]


class _Number(_c.Union):
    _fields_ = [("array", _handle), ("integer", _c.c_int64), ("number", _c.c_double)]


class _Input(_c.Structure):
    _fields_ = [("kind", _c.c_int32), ("dtype", _c.c_int32), ("value", _Number)]


class _Index(_c.Structure):
    _fields_ = [("kind", _c.c_int32), ("has_start", _c.c_uint8), ("has_stop", _c.c_uint8), ("start", _c.c_int64),
                ("stop", _c.c_int64), ("step", _c.c_int64)]


_release_type = _c.CFUNCTYPE(None, _c.c_void_p)
_write_type = _c.CFUNCTYPE(None, _c.c_void_p, _c.POINTER(_c.c_char), _c.c_size_t)
_handles = _c.POINTER(_handle)
_ints = _c.POINTER(_c.c_int64)
_inputs = _c.POINTER(_Input)
_indices = _c.POINTER(_Index)


def _declare(restype, **functions):
    for name, arguments in functions.items():
        function = getattr(_lib, "lathe_" + name)
        function.restype = restype
        function.argtypes = arguments


_declare(_text, version=[], last_error=[], last_traceback=[], status_name=[_c.c_int], dtype_name=[_c.c_int],
         ufunc_name=[_c.c_size_t], counter_name=[_c.c_size_t])
_declare(None, array_free=[_handle], generator_free=[_handle], program_free=[_handle], string_free=[_c.c_void_p],
         counters_reset=[])
_declare(_c.c_size_t, dtype_size=[_c.c_int])
_declare(_c.c_int, ufunc_arity=[_text], configure=[_text, _text], counter=[_text, _ints],
         array_new=[_c.c_void_p, _c.c_int, _c.c_int, _ints, _handles],
         array_wrap=[_c.c_void_p, _c.c_int, _c.c_int, _ints, _ints, _c.c_int, _release_type, _c.c_void_p, _handles],
         array_describe=[_handle, _c.POINTER(_Info)], array_eval=[_handle],
         array_data=[_handle, _handles], array_copy_to=[_handle, _c.c_void_p, _c.c_size_t],
         array_double=[_handle, _c.POINTER(_c.c_double)], array_int64=[_handle, _ints],
         array_repr=[_handle, _handles], array_str=[_handle, _handles],
         ufunc=[_text, _inputs, _c.c_size_t, _handles], where=[_inputs, _inputs, _inputs, _handles],
         cast=[_inputs, _c.c_int, _handles], reduce=[_text, _inputs, _ints, _c.c_size_t, _c.c_int, _handles],
         along=[_text, _handle, _ints, _handles], full=[_c.c_int, _ints, _c.c_int, _c.c_double, _handles],
         arange=[_c.c_double, _c.c_double, _c.c_double, _c.c_int, _handles],
         linspace=[_c.c_double, _c.c_double, _c.c_int64, _c.c_int, _c.c_int, _handles],
         eye=[_c.c_int64, _c.c_int64, _c.c_int64, _c.c_int, _handles], reshape=[_handle, _c.c_int, _ints, _handles],
         transpose=[_handle, _ints, _handles], broadcast_to=[_handle, _c.c_int, _ints, _handles],
         copy=[_handle, _handles], expand_dims=[_handle, _c.c_int64, _handles], squeeze=[_handle, _ints, _handles],
         flip=[_handle, _ints, _handles], concatenate=[_handles, _c.c_size_t, _c.c_int64, _handles],
         stack=[_handles, _c.c_size_t, _c.c_int64, _handles], get=[_handle, _indices, _c.c_size_t, _handles],
         set=[_handle, _indices, _c.c_size_t, _inputs], update=[_text, _handle, _inputs],
         take=[_handle, _handle, _c.c_int64, _handles], put=[_handle, _handle, _inputs],
         select=[_handle, _handle, _handles], set_where=[_handle, _handle, _inputs],
         nonzero=[_handle, _handles, _c.POINTER(_c.c_size_t)], product=[_text, _handle, _handle, _handles],
         generator_new=[_c.POINTER(_c.c_uint64), _handles],
         draw=[_handle, _text, _c.c_double, _c.c_double, _c.c_int, _ints, _c.c_int, _handles],
         draw_integers=[_handle, _c.c_int64, _c.c_int64, _c.c_int, _ints, _c.c_int, _handles],
         draw_permutation=[_handle, _c.c_int64, _handles], load_npy=[_text, _handles], save_npy=[_text, _handle],
         load_csv=[_text, _c.c_char, _c.c_int64, _handles], program_new=[_handles],
         program_output=[_handle, _write_type, _c.c_void_p], program_run=[_handle, _text, _text],
         program_set=[_handle, _text, _inputs], program_get=[_handle, _text, _handles],
         program_call=[_handle, _text, _inputs, _c.c_size_t, _handles, _c.POINTER(_c.c_size_t)])


def _check(status):
    if status:
        kind = getattr(_builtins, _lib.lathe_status_name(status).decode(), RuntimeError)
        raise kind(_lib.lathe_last_error().decode(errors="replace"))


def _result(function, *arguments):
    handle = _handle()
    _check(function(*arguments, _c.byref(handle)))
    return Array._of(handle.value)


def _many(values):
    values = tuple(values)
    return (_c.c_int64 * len(values))(*values)


def _shape_of(shape):
    shape = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    return len(shape), _many(_operator.index(extent) for extent in shape)


# ---- dtypes -----------------------------------------------------------------------------------------
class DType:
    """An element type; equal to its name."""

    def __init__(self, number, name):
        self.number, self.name = number, name
        self.itemsize = _lib.lathe_dtype_size(number)
        kind = "b" if name == "bool" else name[0]
        self.str = ("|" if self.itemsize == 1 else "<") + kind + str(self.itemsize)

    def __eq__(self, other):
        if isinstance(other, DType):
            return self is other
        try:
            return dtype(other) is self
        except TypeError:
            return False

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f"dtype('{self.name}')"

    def __str__(self):
        return self.name

    def __call__(self, value):
        return asarray(value).astype(self)


_dtypes = {}
_numbers = []
for _k in _itertools.count():
    _name = _lib.lathe_dtype_name(_k)
    if not _name:
        break
    _one = DType(_k, _name.decode())
    _numbers.append(_one)
    for _key in (_one.name, _one.str):
        _dtypes[_key] = _one
    globals()[_one.name if _one.name != "bool" else "bool_"] = _one
_dtypes.update({_builtins.float: _dtypes["float64"], _builtins.int: _dtypes["int64"], _builtins.bool: _dtypes["bool"]})
_formats = {"?": "bool", "b": "int8", "B": "uint8", "h": "int16", "H": "uint16", "i": "int32", "I": "uint32", "l": "int64",
            "L": "uint64", "q": "int64", "Q": "uint64", "f": "float32", "d": "float64"}
_ctypes_of = {"bool": _c.c_bool, "int8": _c.c_int8, "uint8": _c.c_uint8, "int16": _c.c_int16, "uint16": _c.c_uint16,
              "int32": _c.c_int32, "uint32": _c.c_uint32, "int64": _c.c_int64, "uint64": _c.c_uint64,
              "float32": _c.c_float, "float64": _c.c_double}


def dtype(name):
    """The dtype of a name ("float32", "<f4"), of a Python class, or of NumPy's dtype."""
    if isinstance(name, DType):
        return name
    found = _dtypes.get(name) if isinstance(name, (str, type)) else None
    if found is None and not isinstance(name, str):
        found = _dtypes.get(getattr(name, "str", None)) or _dtypes.get(getattr(name, "__name__", None))
    if found is None:
        raise TypeError(f"data type {name!r} not understood")
    return found


# ---- Memory of others -------------------------------------------------------------------------------
_held = {}  # what wrapped memory belongs to, by a number, until Lathe lets go of it
_next_held = _itertools.count(1)


@_release_type
def _let_go(number):
    _held.pop(number, None)


def _wrap(owner, address, kind, shape, strides, writable):
    number = next(_next_held)
    rank, extents = _shape_of(shape)
    _held[number] = owner
    try:
        return _result(_lib.lathe_array_wrap, address, kind.number, rank, extents,
                       None if strides is None else _many(strides), writable, _let_go, number)
    except BaseException:
        _held.pop(number, None)
        raise


def frombuffer(buffer, dtype=None):
    """An Array over the memory of anything with a writable buffer, in its own shape and format; read-only ones are copied."""
    view = memoryview(buffer)
    kind = globals()["dtype"](_formats.get(view.format.lstrip("@=<"), view.format) if dtype is None else dtype)
    if dtype is not None and kind.itemsize != view.itemsize:
        view = view.cast("B")
    items = view.nbytes // kind.itemsize
    shape = view.shape if view.itemsize == kind.itemsize else (items,)
    if view.readonly or not view.contiguous or view.nbytes == 0:
        raw = view.tobytes()
        rank, extents = _shape_of(shape)
        return _result(_lib.lathe_array_new, raw, kind.number, rank, extents)
    memory = (_c.c_char * view.nbytes).from_buffer(view)
    return _wrap((buffer, view, memory), _c.addressof(memory), kind, shape, None, 1)


def _from_interface(owner, interface):
    address, readonly = interface["data"]
    return _wrap(owner, address, dtype(interface["typestr"]), interface["shape"], interface.get("strides"), not readonly)


def _from_sequence(values, kind):
    shape, flat = [], values
    while isinstance(flat, (list, tuple)):
        shape.append(len(flat))
        flat = flat[0] if flat else None
    for extent in shape[1:]:
        if _builtins.any(not isinstance(row, (list, tuple)) or len(row) != extent for row in values):
            raise ValueError("setting an array element with a sequence. The requested array has an inhomogeneous shape")
        values = [item for row in values for item in row]
    values = [v.item() if isinstance(v, Array) else v for v in values]
    if kind is None:
        kinds = [type(v) for v in values] or [_builtins.float]
        ints = (_builtins.int, _builtins.bool)
        kind = dtype(_builtins.bool if _builtins.all(k is _builtins.bool for k in kinds) else
                     _builtins.int if _builtins.all(issubclass(k, ints) for k in kinds) else _builtins.float)
    memory = (_ctypes_of[kind.name] * len(values))(*values)
    rank, extents = _shape_of(shape)
    return _result(_lib.lathe_array_new, _c.cast(memory, _c.c_void_p) if values else None, kind.number, rank, extents)


def asarray(value, dtype=None):
    """An Array of anything: an Array as it is, arrays of NumPy, array.array and buffers without a copy, sequences and numbers."""
    wanted = None if dtype is None else globals()["dtype"](dtype)
    if isinstance(value, Array):
        made = value
    elif hasattr(value, "__array_interface__"):
        made = _from_interface(value, value.__array_interface__)
    elif isinstance(value, _array.array):
        address, count = value.buffer_info()
        kind = globals()["dtype"](_formats.get(value.typecode, value.typecode))
        made = _wrap(value, address, kind, (count,), None, 1) if count else zeros(0, kind)
    elif isinstance(value, (list, tuple)):
        made = _from_sequence(value, wanted)
    elif isinstance(value, (_builtins.bool, _builtins.int, _builtins.float)):
        kind = wanted or globals()["dtype"](type(value))
        memory = _ctypes_of[kind.name](value)
        made = _result(_lib.lathe_array_new, _c.byref(memory), kind.number, 0, None)
    elif hasattr(value, "__iter__") and not isinstance(value, (bytes, bytearray, memoryview)):
        made = _from_sequence(list(value), wanted)
    else:
        made = frombuffer(value)
    return made if wanted is None or made.dtype is wanted else made.astype(wanted)


def array(value, dtype=None):
    """As asarray, but always a copy."""
    made = asarray(value, dtype)
    return made.copy() if made is value or not isinstance(value, (list, tuple)) else made


# ---- Arrays -----------------------------------------------------------------------------------------
def _input(value):
    """(an _Input, what it refers to)"""
    if isinstance(value, _builtins.bool):
        return _Input(1, 0, _Number(integer=value)), None
    if isinstance(value, _builtins.int):
        return _Input(2, 0, _Number(integer=value)), None
    if isinstance(value, _builtins.float):
        return _Input(3, 0, _Number(number=value)), None
    made = asarray(value)
    return _Input(0, 0, _Number(array=made._handle)), made


def _each(values):
    pairs = [_input(value) for value in values]
    return (_Input * len(pairs))(*[pair[0] for pair in pairs]), len(pairs), [pair[1] for pair in pairs]


def _ufunc(name, *values):
    inputs, count, _kept = _each(values)
    return _result(_lib.lathe_ufunc, name, inputs, count)


def _axes(axis):
    if axis is None:
        return None, 0
    axes = (axis,) if hasattr(axis, "__index__") else tuple(axis)
    return _many(axes), len(axes)


def _index_items(index):
    items = []
    for part in index if isinstance(index, tuple) else (index,):
        if part is None:
            items.append(_Index(2, 0, 0, 0, 0, 0))
        elif part is Ellipsis:
            items.append(_Index(3, 0, 0, 0, 0, 0))
        elif isinstance(part, slice):
            start, stop, step = part.start, part.stop, part.step
            items.append(_Index(1, start is not None, stop is not None, 0 if start is None else _operator.index(start),
                                0 if stop is None else _operator.index(stop), 1 if step is None else _operator.index(step)))
        else:
            items.append(_Index(0, 0, 0, _operator.index(part), 0, 0))
    return (_Index * len(items))(*items), len(items)


def _is_fancy(index):
    return isinstance(index, list) or hasattr(index, "__array_interface__") and getattr(index, "shape", ()) != ()


class Array:
    """A lazily computed n-dimensional array with NumPy's semantics."""

    __slots__ = ("_handle", "_described", "__weakref__")
    __array_priority__ = 1000  # NumPy leaves mixed operations to us

    def __new__(cls, *_arguments):
        raise TypeError("arrays are made by lathe.asarray, lathe.zeros and their like")

    @classmethod
    def _of(cls, handle):
        self = object.__new__(cls)
        self._handle = handle
        self._described = None
        return self

    def __del__(self, free=_lib.lathe_array_free):
        free(getattr(self, "_handle", None))

    def _info(self):
        if self._described is None:
            info = _Info()
            _check(_lib.lathe_array_describe(self._handle, _c.byref(info)))
            self._described = info
        return self._described

    @property
    def dtype(self):
        return _numbers[self._info().dtype]

    @property
    def shape(self):
        info = self._info()
        return tuple(info.shape[:info.rank])

    @property
    def strides(self):
        info = self._info()
        return tuple(info.strides[:info.rank])

    @property
    def ndim(self):
        return self._info().rank

    @property
    def size(self):
        return self._info().size

    @property
    def itemsize(self):
        return self.dtype.itemsize

    @property
    def nbytes(self):
        return self.size * self.itemsize

    @property
    def T(self):  # noqa: N802: NumPy's name
        return self.transpose()

    @property
    def __array_interface__(self):
        data = _handle()
        _check(_lib.lathe_array_data(self._handle, _c.byref(data)))
        info = self._info()
        return {"version": 3, "typestr": self.dtype.str, "shape": self.shape, "strides": self.strides,
                "data": (data.value or 0, not info.writable)}

    # -- elements
    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index):
        if _is_fancy(index):
            indices = asarray(index)
            if indices.dtype.name == "bool":
                return _result(_lib.lathe_select, self._handle, indices._handle)
            return _result(_lib.lathe_take, self._handle, indices._handle, 0)
        items, count = _index_items(index)
        return _result(_lib.lathe_get, self._handle, items, count)

    def __setitem__(self, index, value):
        written, _kept = _input(value)
        if _is_fancy(index):
            indices = asarray(index)
            function = _lib.lathe_set_where if indices.dtype.name == "bool" else _lib.lathe_put
            return _check(function(self._handle, indices._handle, _c.byref(written)))
        items, count = _index_items(index)
        return _check(_lib.lathe_set(self._handle, items, count, _c.byref(written)))

    def item(self):
        """The only element, as a Python number."""
        if self.dtype.name.startswith("float"):
            return float(self)
        return _builtins.bool(int(self)) if self.dtype.name == "bool" else int(self)

    def __float__(self):
        value = _c.c_double()
        _check(_lib.lathe_array_double(self._handle, _c.byref(value)))
        return value.value

    def __int__(self):
        value = _c.c_int64()
        _check(_lib.lathe_array_int64(self._handle, _c.byref(value)))
        return value.value

    def __index__(self):
        if self.shape or self.dtype.name.startswith("float"):
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self)

    def __bool__(self):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. "
                             "Use a.any() or a.all()")
        return float(self) != 0

    def tolist(self):
        memory = (_ctypes_of[self.dtype.name] * self.size)()
        _check(_lib.lathe_array_copy_to(self._handle, memory, _c.sizeof(memory)))
        flat = list(memory)
        for extent in reversed(self.shape[1:]):
            flat = [flat[k:k + extent] for k in range(0, len(flat), extent)] if extent else []
        return flat if self.shape else flat[0]

    def _words(self, function):
        words = _handle()
        _check(function(self._handle, _c.byref(words)))
        try:
            return _c.cast(words, _text).value.decode()
        finally:
            _lib.lathe_string_free(words)

    def __repr__(self):
        return self._words(_lib.lathe_array_repr)

    def __str__(self):
        return self._words(_lib.lathe_array_str)

    def __format__(self, spec):
        return format(self.item() if not self.shape else str(self), spec)

    def eval(self):
        """Computes the elements now, if they are pending; the array itself."""
        _check(_lib.lathe_array_eval(self._handle))
        self._described = None
        return self

    # -- the rest of NumPy's methods
    def astype(self, kind):
        given, _kept = _input(self)
        return _result(_lib.lathe_cast, _c.byref(given), dtype(kind).number)

    def reshape(self, *shape):
        rank, extents = _shape_of(shape[0] if len(shape) == 1 else shape)
        return _result(_lib.lathe_reshape, self._handle, rank, extents)

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        return _result(_lib.lathe_transpose, self._handle, _many(axes) if axes else None)

    def copy(self):
        return _result(_lib.lathe_copy, self._handle)

    def ravel(self):
        return self.reshape(-1)

    def flatten(self):
        return self.ravel().copy()

    def squeeze(self, axis=None):
        return _result(_lib.lathe_squeeze, self._handle, None if axis is None else _many([axis]))

    def fill(self, value):
        self[...] = value

    def dot(self, other):
        return _result(_lib.lathe_product, b"dot", self._handle, asarray(other)._handle)

    def __matmul__(self, other):
        return _result(_lib.lathe_product, b"matmul", self._handle, asarray(other)._handle)

    def __rmatmul__(self, other):
        return _result(_lib.lathe_product, b"matmul", asarray(other)._handle, self._handle)

    __hash__ = None


def _add_operators():
    binary = {"add": b"add", "sub": b"subtract", "mul": b"multiply", "truediv": b"divide", "floordiv": b"floor_divide",
              "mod": b"remainder", "pow": b"power", "and": b"bitwise_and", "or": b"bitwise_or", "xor": b"bitwise_xor",
              "lshift": b"left_shift", "rshift": b"right_shift"}
    compare = {"lt": b"less", "le": b"less_equal", "gt": b"greater", "ge": b"greater_equal", "eq": b"equal",
               "ne": b"not_equal"}
    in_place = {"add": b"add", "sub": b"subtract", "mul": b"multiply", "truediv": b"divide"}

    def make(ufunc, swapped):
        if swapped:
            return lambda self, other: _ufunc(ufunc, other, self)
        return lambda self, other: _ufunc(ufunc, self, other)

    def make_update(ufunc):
        def update(self, other):
            written, _kept = _input(other)
            _check(_lib.lathe_update(ufunc, self._handle, _c.byref(written)))
            self._described = None
            return self
        return update

    for name, ufunc in {**binary, **compare}.items():
        setattr(Array, f"__{name}__", make(ufunc, False))
    for name, ufunc in binary.items():
        setattr(Array, f"__r{name}__", make(ufunc, True))
    for name, ufunc in in_place.items():
        setattr(Array, f"__i{name}__", make_update(ufunc))
    for name, ufunc in {"neg": b"negative", "abs": b"absolute", "invert": b"invert", "pos": b"positive"}.items():
        setattr(Array, f"__{name}__", lambda self, ufunc=ufunc: _ufunc(ufunc, self))


_add_operators()


# ---- Functions of arrays ----------------------------------------------------------------------------
def _add_functions():
    for number in _itertools.count():
        name = _lib.lathe_ufunc_name(number)
        if not name:
            break

        def ufunc(*values, _name=name):
            return _ufunc(_name, *values)

        ufunc.__name__ = name.decode()
        ufunc.__doc__ = f"NumPy's {name.decode()}, element by element; {_lib.lathe_ufunc_arity(name)} operands."
        globals().setdefault(name.decode(), ufunc)

    def reduction(name):
        def reduce(x, axis=None, keepdims=False):
            given, _kept = _input(x)
            axes, count = _axes(axis)
            return _result(_lib.lathe_reduce, name, _c.byref(given), axes, count, keepdims)
        return reduce

    for name in ("sum", "prod", "min", "max", "mean", "var", "std", "any", "all"):
        globals()[name] = reduction(name.encode())
        globals()[name].__name__ = name
        setattr(Array, name, globals()[name])

    def along(name, default):
        def function(x, axis=default):
            return _result(_lib.lathe_along, name, asarray(x)._handle, None if axis is None else _many([axis]))
        return function

    for name, default in (("argmax", None), ("argmin", None), ("cumsum", None), ("cumprod", None), ("sort", -1),
                          ("argsort", -1)):
        globals()[name] = along(name.encode(), default)
        globals()[name].__name__ = name
        setattr(Array, name, globals()[name])


_add_functions()
pi, e, inf, nan, newaxis = 3.141592653589793, 2.718281828459045, float("inf"), float("nan"), None


def where(condition, x, y):
    """Elements of x where the condition holds, of y elsewhere."""
    inputs, _count, _kept = _each([condition, x, y])
    size = _c.sizeof(_Input)
    at = [_c.cast(_c.addressof(inputs) + k * size, _inputs) for k in range(3)]
    return _result(_lib.lathe_where, *at)


def full(shape, value, dtype=None):
    kind = globals()["dtype"](type(value) if dtype is None else dtype)
    rank, extents = _shape_of(shape)
    return _result(_lib.lathe_full, rank, extents, kind.number, float(value))


def zeros(shape, dtype="float64"):
    return full(shape, 0, dtype)


def ones(shape, dtype="float64"):
    return full(shape, 1, dtype)


def zeros_like(x):
    return zeros(x.shape, x.dtype)


def arange(start, stop=None, step=1, dtype=None):
    start, stop = (0, start) if stop is None else (start, stop)
    whole = _builtins.all(isinstance(v, _builtins.int) for v in (start, stop, step))
    kind = globals()["dtype"]((_builtins.int if whole else _builtins.float) if dtype is None else dtype)
    return _result(_lib.lathe_arange, float(start), float(stop), float(step), kind.number)


def linspace(start, stop, num=50, endpoint=True, dtype="float64"):
    return _result(_lib.lathe_linspace, float(start), float(stop), num, endpoint, globals()["dtype"](dtype).number)


def eye(n, m=None, k=0, dtype="float64"):
    return _result(_lib.lathe_eye, n, n if m is None else m, k, globals()["dtype"](dtype).number)


def _join(function, parts, axis):
    made = [asarray(part) for part in parts]
    return _result(function, (_handle * len(made))(*[part._handle for part in made]), len(made), axis)


def concatenate(parts, axis=0):
    return _join(_lib.lathe_concatenate, parts, axis)


def stack(parts, axis=0):
    return _join(_lib.lathe_stack, parts, axis)


def broadcast_to(x, shape):
    rank, extents = _shape_of(shape)
    return _result(_lib.lathe_broadcast_to, asarray(x)._handle, rank, extents)


def expand_dims(x, axis):
    return _result(_lib.lathe_expand_dims, asarray(x)._handle, axis)


def flip(x, axis=None):
    return _result(_lib.lathe_flip, asarray(x)._handle, None if axis is None else _many([axis]))


def nonzero(x):
    handles, count = (_handle * _RANK)(), _c.c_size_t()
    _check(_lib.lathe_nonzero(asarray(x)._handle, handles, _c.byref(count)))
    return tuple(Array._of(handles[k]) for k in range(count.value))


def outer(x, y):
    return _result(_lib.lathe_product, b"outer", asarray(x)._handle, asarray(y)._handle)


def dot(x, y):
    return asarray(x).dot(y)


def load(path):
    """The array of an .npy file."""
    return _result(_lib.lathe_load_npy, _os.fsencode(path))


def save(path, x):
    _check(_lib.lathe_save_npy(_os.fsencode(path), asarray(x)._handle))


def loadtxt(path, delimiter=None, skiprows=0):
    return _result(_lib.lathe_load_csv, _os.fsencode(path), (delimiter or "\0").encode(), skiprows)


class Generator:
    """np.random.default_rng(seed): the same numbers, bit for bit."""

    def __init__(self, seed=None):
        self._handle = handle = _handle()
        _check(_lib.lathe_generator_new(None if seed is None else _c.byref(_c.c_uint64(seed)), _c.byref(handle)))

    def __del__(self, free=_lib.lathe_generator_free):
        free(self._handle)

    def _draw(self, name, a, b, size, dtype="float64"):
        rank, extents = _shape_of(() if size is None else size)
        drawn = _result(_lib.lathe_draw, self._handle, name, a, b, rank, extents, globals()["dtype"](dtype).number)
        return drawn.item() if size is None else drawn

    def random(self, size=None, dtype="float64"):
        return self._draw(b"random", 0, 0, size, dtype)

    def standard_normal(self, size=None, dtype="float64"):
        return self._draw(b"standard_normal", 0, 0, size, dtype)

    def uniform(self, low=0.0, high=1.0, size=None):
        return self._draw(b"uniform", low, high, size)

    def normal(self, loc=0.0, scale=1.0, size=None):
        return self._draw(b"normal", loc, scale, size)

    def exponential(self, scale=1.0, size=None):
        return self._draw(b"exponential", scale, 0, size)

    def integers(self, low, high=None, size=None, dtype="int64"):
        low, high = (0, low) if high is None else (low, high)
        rank, extents = _shape_of(() if size is None else size)
        drawn = _result(_lib.lathe_draw_integers, self._handle, low, high, rank, extents, globals()["dtype"](dtype).number)
        return drawn.item() if size is None else drawn

    def permutation(self, count):
        return _result(_lib.lathe_draw_permutation, self._handle, count)


def default_rng(seed=None):
    return Generator(seed)


# ---- Scripts ----------------------------------------------------------------------------------------
class Program:
    """A program in Lathe's Python: statements are compiled and run by Lathe, hot loops as machine code."""

    def __init__(self, code="", name="<program>"):
        self._handle = handle = _handle()
        _check(_lib.lathe_program_new(_c.byref(handle)))
        if code:
            self.run(code, name)

    def __del__(self, free=_lib.lathe_program_free):
        free(self._handle)

    def run(self, code, name="<program>"):
        status = _lib.lathe_program_run(self._handle, code.encode(), name.encode())
        if status:
            traceback = _lib.lathe_last_traceback().decode(errors="replace")
            try:
                _check(status)
            except BaseException as error:
                error.lathe_traceback = traceback
                raise

    def __setitem__(self, name, value):
        given, _kept = _input(value)
        _check(_lib.lathe_program_set(self._handle, name.encode(), _c.byref(given)))

    def __getitem__(self, name):
        return _result(_lib.lathe_program_get, self._handle, name.encode())

    def call(self, function, *arguments):
        """What the function returns: arrays; numbers as Python numbers; several as a tuple."""
        inputs, number, _kept = _each(arguments)
        count = _c.c_size_t(16)
        handles = (_handle * count.value)()
        _check(_lib.lathe_program_call(self._handle, function.encode(), inputs, number, handles, _c.byref(count)))
        results = [Array._of(handles[k]) for k in range(count.value)]
        results = [r if r.shape else r.item() for r in results]
        return None if not results else results[0] if len(results) == 1 else tuple(results)


def jit(function):
    """Compiles a function by Lathe from its source, with `np` as NumPy's functions. Its arguments are numbers and arrays; variables
    outside of it are not seen."""
    lines = _textwrap.dedent(_inspect.getsource(function)).splitlines()
    while lines and not lines[0].startswith("def "):
        lines.pop(0)
    # Line numbers of errors are those of the file.
    first = _inspect.getsourcelines(function)[1]
    start = first + len(_inspect.getsource(function).splitlines()) - len(lines)
    code = "import numpy as np, math" + "\n" * _builtins.max(start - 1, 1) + "\n".join(lines) + "\n"
    program = Program(code, _inspect.getsourcefile(function) or "<jit>")

    @_functools.wraps(function)
    def call(*arguments):
        return program.call(function.__name__, *arguments)

    call.program = program
    return call


# ---- The engine -------------------------------------------------------------------------------------
def configure(**options):
    """jit="on|off|force", fp="strict|contract|fast", isa=..., threads=N, trace=FILE."""
    for option, value in options.items():
        _check(_lib.lathe_configure(option.encode(), str(value).encode()))


def counters():
    """The engine's counters by name."""
    values = {}
    for number in _itertools.count():
        name = _lib.lathe_counter_name(number)
        if not name:
            return values
        value = _c.c_int64()
        _check(_lib.lathe_counter(name, _c.byref(value)))
        values[name.decode()] = value.value


__version__ = _lib.lathe_version().decode()
