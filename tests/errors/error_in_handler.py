# python: same
def load(name):
    try:
        return int(name)
    except ValueError as error:
        raise RuntimeError("cannot load " + name) from error


print(load("12"))
print(load("x"))
