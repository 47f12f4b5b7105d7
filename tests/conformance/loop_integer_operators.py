"""Loops of Python's integers and floats: powers, shifts by variables, quotients by -1, and where they are errors."""
import math


def powers(count):
    total = 0
    for i in range(count):
        total += i ** 2 + 2 ** (i % 10) + (i % 5) ** (i % 7) + (-1) ** i + (-2) ** (i % 5) + 0 ** (i % 3) + 1 ** i
        total += (i % 4) ** 30 + (i % 3) ** 9 + i ** 0 + i ** 1 + (i % 7) ** 12
    return total


def negative_powers(count):
    total = 0.0
    for i in range(count):
        total += 2 ** -(i % 5) + 10 ** -3 + (i + 1) ** -1 + (-3) ** -(i % 4 + 1)
    return total


def float_powers(count):
    total = 0.0
    for i in range(count):
        x = i * 0.25 - 10
        total += x ** 2 + x ** 3 + abs(x) ** 0.5 + x ** (i % 4) + (x - 0.1) ** -2 + 2.0 ** -i + 0.0 ** (i % 3)
        total += (x - 0.1) ** -(i % 3)
    return total


def alternating(count):
    total = 0.0
    for n in range(count):
        total += (-1) ** n / (2 * n + 1)
    return 4 * total


def shifts(count):
    total = 0
    for i in range(count):
        total += (1 << i % 40) + (i << i % 7) + (12345 >> i % 80) + (-i >> i % 70) + (0 << i)
    return total


def quotients(count):
    total = 0
    for i in range(count):
        d = -1 if i % 3 else 2
        total += i // d + i % d + i // -1 + i % -1
        q, r = divmod(i, d)
        total += q * r + q
    return total


def first_error(f, count):
    """How far a loop comes, and why it ends."""
    done = 0
    try:
        for i in range(count):
            f(i)
            done += 1
    except (ArithmeticError, ValueError, TypeError) as error:
        return done, type(error).__name__, str(error)
    return done, None, None


def survived(f, count):
    """How many turns are errors."""
    errors = 0
    for i in range(count):
        try:
            f(i)
        except ArithmeticError:
            errors += 1
    return errors


print(powers(300))
print(f"{negative_powers(200):.12f}")
print(f"{float_powers(200):.9f}")
print(f"{alternating(500):.12f}")
print(shifts(300))
print(quotients(300))
print(*first_error(lambda i: 10 // (150 - i), 300))
print(*first_error(lambda i: 10 % (150 - i), 300))
print(*first_error(lambda i: 0 ** (100 - i), 300))
print(*first_error(lambda i: 0.0 ** (100.0 - i), 300))
print(*first_error(lambda i: 1 << (100 - i) % 50, 300))
print(*first_error(lambda i: 1 >> (100 - i), 300))
print(*first_error(lambda i: 2.0 ** (i * 8), 300))
print(*first_error(lambda i: math.log(i + 1, 2) + math.log(150 - i), 300))
print(survived(lambda i: 10 // (i % 5), 300))
print(survived(lambda i: (i % 4) ** -(i % 3), 300))
