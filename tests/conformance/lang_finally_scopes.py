# A finally block runs on two ways out of its try block; what has a scope of its own works on both.
def total(fail):
    try:
        if fail:
            raise ValueError("no")
        return 1
    except ValueError as error:
        print("caught", error)
    finally:
        print(sum(x * x for x in (1, 2.5, 1)))
        print([x + y for x in (1, 2) for y in (10, 20)], {k: [k] * 2 for k in (1, 2)})

        def scaled(value):
            factor = 3
            product = value * factor
            return [product + step for step in range(2)]

        print(scaled(2), (lambda a, b=4: [a, b])(1))
    return 2


print(total(False), total(True))
try:
    try:
        raise KeyError("k")
    finally:
        print(max(x for x in (3, 1)), sorted(-x for x in (1, 2)))
except KeyError as error:
    print("passed on", error)
