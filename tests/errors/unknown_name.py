# python: same
def scale(x):
    return x * factor


print(scale(2))
