"""Errors out of hot loops, caught inside and outside of them, with the state they leave."""

import numpy as np

values = np.arange(150)
try:
    for i in range(1000):
        values[i] += i
except IndexError as error:
    print(error, i, values[-1])

caught = 0
total = 0
for i in range(400):
    try:
        total += 100 // (i % 50)
    except ZeroDivisionError as error:
        caught += 1
        message = str(error)
    finally:
        total += 1
print(caught, total, message)


def check(number):
    if number % 97 == 96:
        raise ValueError(f"no {number}")
    return number * 2


log = []
total = 0
for i in range(500):
    try:
        total += check(i)
    except ValueError as error:
        log.append(str(error))
        continue
    total += 1
print(total, log)


def first_bad(numbers):
    position = -1
    try:
        for position, number in enumerate(numbers):
            check(number)
    except ValueError as error:
        return position, error.args
    else:
        return "none", position
    finally:
        log.append("left")


print(first_bad(range(50)), first_bad(range(200)), first_bad([]), first_bad(np.arange(60, 120)), log[-4:])


def mixed(values):
    done = 0
    for value in values:
        try:
            try:
                done += 1 / value
            except ZeroDivisionError:
                done -= 1
                raise KeyError(value)
        except KeyError as error:
            done += 0.5
            last = error
        except TypeError:
            done += 10
    return done, last.args


print(mixed([1, 2, 4] * 60 + [0, "text", None, 0.0] + [8] * 100))

counts = {}
misses = 0
for i in range(600):
    key = i * i % 23
    try:
        counts[key] += 1
    except KeyError:
        counts[key] = 1
        misses += 1
print(misses, sorted(counts.items()))

stack = list(range(130))
popped = 0
try:
    while True:
        popped += stack.pop()
except IndexError as error:
    print(error, popped, stack)


def unbound(limit):
    for i in range(200):
        if i == limit:
            found = i
        if i > 150:
            return found


print(unbound(120))
try:
    unbound(500)
except UnboundLocalError as error:
    print(error)

try:
    for i in range(300):
        assert i < 211, i
except AssertionError as error:
    print("assert", error, i)

grid = np.zeros((5, 40))
try:
    for row in range(10):
        for column in range(40):
            grid[row, column] = row * column
except IndexError as error:
    print(error, row, column, grid.sum())

word = ""
try:
    for i in range(200):
        word = word + ("a" if i < 180 else i)
except TypeError as error:
    print(error, len(word))

length = 0
for i in range(300):
    try:
        length += len(values[: i % 7] if i % 90 else i)
    except TypeError as error:
        print(i, error)
print(length)

broken = 0
for i in range(200):
    try:
        if i % 3 == 0:
            continue
        if i > 170:
            break
        broken += values[i]
    except IndexError:
        broken += 1000
    finally:
        broken += 1
print(broken, i)


def inner(depth):
    for i in range(100):
        if depth == 3 and i == 70:
            raise RuntimeError("deep")
        if i == 70:
            inner(depth + 1)


try:
    inner(0)
except RuntimeError as error:
    print(error)
for i in range(100):
    try:
        np.ones(3) + np.ones(3 if i < 90 else 4)
    except ValueError as error:
        print(i, error)
        break
small = np.zeros(3, dtype=np.uint8)
try:
    for i in range(400):
        small[i % 4] = i % 256
except IndexError as error:
    print(error, small)


# What follows from a later check is a check of its own: the way out of it is not that of the other.
def other_way(a, step):
    k = found = missing = 0
    try:
        while True:
            if k != -1:
                found += a[k]
            else:
                missing += 1
            k += step
            if k > 3 * len(a):
                break
    except IndexError as error:
        print(error, k)
    print(found, missing)
for a in (list(range(300)), np.arange(300), np.arange(300) * 0.5):
    for step in (1, 7):
        other_way(a, step)
def conditional(a):
    k = 0
    try:
        while True:
            x = k if k != -2 else 0.5
            a[x] = k
            k += 1
    except (IndexError, TypeError) as error:
        print(error, x, k)
conditional([0] * 200)
conditional(np.zeros(200, dtype=np.int16))
