# What calls with wrong arguments say.
def f(a, b, c=3):
    return a, b, c


def attempt(call):
    try:
        print(call())
    except TypeError as error:
        print("TypeError:", error)


attempt(lambda: f())
attempt(lambda: f(1))
attempt(lambda: f(1, 2))
attempt(lambda: f(1, 2, 3, 4))
attempt(lambda: f(1, 2, d=4))
attempt(lambda: f(1, a=2, b=3))
attempt(lambda: f(b=1, a=2))
attempt(lambda: f(*[1, 2], c=5))
attempt(lambda: (lambda x: x)())
attempt(lambda: None())
attempt(lambda: "text"())
attempt(lambda: [] < {})
attempt(lambda: {} + {})
attempt(lambda: [1, 2] - [1])
