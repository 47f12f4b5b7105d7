# What the scripts of this folder share: the test library, and a check that something fails with a message.
import sys
import ffi

ffi.cdef(open(sys.argv[1] + "/library.cdef").read())
lib = ffi.load(sys.argv[2])


def fails(kind, part, function):
    try:
        result = function()
    except Exception as error:
        assert type(error).__name__ == kind, f"{type(error).__name__}: {error}"
        assert part in str(error), str(error)
        return
    assert False, f"no {kind}, but {result}"
