# try, except, else, finally, raise, nested handlers, messages of the built-in errors.
def attempt(action):
    try:
        result = action()
    except ZeroDivisionError as error:
        return f"zero: {error}"
    except (KeyError, IndexError) as error:
        return f"lookup: {error}"
    except ValueError as error:
        return "value: " + str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    else:
        return f"fine: {result}"
    finally:
        print("finally", end=" ")


actions = [lambda: 1 / 0, lambda: {}["k"], lambda: [][1], lambda: int("x"), lambda: "a" + 1, lambda: 3,
           lambda: None.attribute, lambda: float("1,5"), lambda: (1, 2).append(3), lambda: len(5), lambda: [1] + (2,),
           lambda: 5[0], lambda: {}[[]], lambda: "abc"["a"], lambda: [1, 2]["x"], lambda: undefined_name,
           lambda: (1)(2), lambda: -"s", lambda: 1 < "a", lambda: "x" * "y", lambda: sum(["a"]), lambda: int([])]
for action in actions:
    print(attempt(action))


def raiser(kind):
    if kind == 0:
        raise ValueError("custom message")
    if kind == 1:
        raise RuntimeError
    if kind == 2:
        raise KeyError("key")
    raise NotImplementedError("later")


for kind in range(4):
    try:
        raiser(kind)
    except KeyError as error:
        print("KeyError", error, repr(error), error.args)
    except RuntimeError as error:
        print(type(error).__name__, str(error) == "", repr(error))
    except ValueError as error:
        print("ValueError", error, error.args)

try:
    try:
        raise ValueError("inner")
    except ValueError:
        raise TypeError("outer")
except TypeError as error:
    print("caught", error)

try:
    try:
        raise IndexError("passed on")
    except IndexError:
        raise
except LookupError as error:
    print("again", error)


def cleanup():
    for i in range(3):
        try:
            if i == 1:
                continue
            if i == 2:
                return "returned"
            print("body", i)
        finally:
            print("cleanup", i)


print(cleanup())
try:
    assert 1 > 2, "one is not more"
except AssertionError as error:
    print("assertion:", error)
try:
    a, b = [1, 2, 3]
except ValueError as error:
    print(error)
print("end")
