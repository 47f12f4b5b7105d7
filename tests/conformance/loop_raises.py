"""Exceptions that a hot loop raises and catches: itself, in functions that it calls, and by operations."""


class Refused(Exception):
    pass


class Coded(ValueError):
    def __init__(self, code):
        self.code = code


def check(x):
    if x % 3 == 0:
        raise ValueError("three")
    return x


def check_deep(x):
    return check(x) + check(x + 1)


def plain(n):
    total = skipped = 0
    for i in range(n):
        try:
            if i % 4 == 1:
                raise ValueError("one")
            total += i
        except ValueError:
            skipped += 1
    return total, skipped


def by_class(n):
    counts = [0, 0, 0, 0]
    for i in range(n):
        try:
            if i % 5 == 0:
                raise KeyError
            if i % 5 == 1:
                raise Refused(i, "x")
            if i % 5 == 2:
                raise IndexError("far")
            counts[0] += 1
        except KeyError:
            counts[1] += 1
        except (Refused, ZeroDivisionError):
            counts[2] += i
        except LookupError as error:
            counts[3] += 1
    return counts


def from_calls(n):
    total = skipped = 0
    for i in range(n):
        try:
            total += check_deep(i)
        except ValueError as error:
            skipped += i
    return total, skipped


def in_handlers(n):
    total = 0
    for i in range(n):
        try:
            try:
                if i % 2:
                    raise ValueError(i)
                total += 1
            except ValueError:
                if i % 3 == 0:
                    raise
                if i % 5 == 0:
                    raise KeyError(i)
                total += 10
            else:
                total += 100
            finally:
                total += 1000
        except (ValueError, KeyError):
            total -= 7
    return total


def with_finally(n):
    total = 0
    for i in range(n):
        try:
            if i % 7 == 0:
                continue
            if i == n - 1:
                break
            total += i
        finally:
            total += 1
    return total


def asserted(n):
    failed = 0
    for i in range(n):
        try:
            assert i % 6, "six"
            assert i % 10
        except AssertionError:
            failed += 1
    return failed


def rare(n):
    values = [1, 2, 3]
    total = failed = 0
    for i in range(n):
        try:
            total += values[i % 4] + 10 // (i % 11)
        except IndexError:
            failed += 1
        except ZeroDivisionError:
            failed += 100
    return total, failed


def seen(n):
    texts = []
    for i in range(n):
        try:
            if i % 50 == 3:
                raise Coded(i)
            if i % 50 == 7:
                raise Refused("no", i)
            if i % 50 == 9:
                check(i)
        except Coded as error:
            texts.append(error.code)
        except Refused as error:
            texts.append(error.args)
        except ValueError as error:
            texts.append(str(error))
    return texts


def chained(n):
    """The context of an exception that an operation raises in a handler."""
    found = []
    values = [1]
    for i in range(n):
        try:
            try:
                if i % 2:
                    raise Refused(i)
            except Refused:
                if i > n - 6:
                    values[i]
        except IndexError as error:
            found.append((type(error.__context__).__name__, error.__context__.args)
                         if hasattr(error, "__context__") else ("Refused", (i,)))
    return found


def leaves(n):
    total = 0
    for i in range(n):
        try:
            if i % 2:
                raise ValueError("odd")
            total += i
        except ValueError:
            if i == n - 1:
                raise
            total += 1
    return total


def uncaught(n):
    for i in range(n):
        try:
            if i % 2:
                raise Refused("odd", i)
        except Refused:
            if i > n - 3:
                raise KeyError("last")


def generated(n):
    for i in range(n):
        try:
            if i % 3 == 1:
                raise ValueError("in the body")
            yield i
        except ValueError:
            yield -1


def thrown_out(n):
    for i in range(n):
        if i == n - 2:
            raise Refused(i)
        yield i


def of_generators(n):
    total = 0
    for x in generated(n):
        total += x
    for k in range(100):
        try:
            for x in thrown_out(k % 9 + 2):
                total += x
        except Refused:
            total += 1000
    return total


def look_ups(n):
    words = {"a": 1, "b": 2.5}
    numbers = {0: 1, 3: 2}
    values = [1, 2, 3]
    counts = [0] * 6
    for i in range(n):
        try:
            counts[0] += numbers[i % 5]
        except KeyError:
            counts[1] += 1
        try:
            counts[0] += words["abc"[i % 3]]
        except KeyError as error:
            counts[2] += 1
        try:
            counts[0] += values[i % 5] + values[-1 - i % 7]
        except IndexError:
            counts[3] += 1
        try:
            counts[0] += 100 // (i % 4) + 1.0 / (i % 3) - 7 % (i % 5) + 2.5 % (i % 2)
        except ZeroDivisionError:
            counts[4] += 1
        if i == 150:
            numbers[4] = 0.5
            values.append(True)
        if i == 200:
            del numbers[3]
            values.pop()
    return counts


def quotient(a, b):
    return a // b


def texts(n):
    found = set()
    values = [1, 2]
    keys = {}
    for i in range(n):
        try:
            if i % 4 == 0:
                quotient(i, i % 2)
            elif i % 4 == 1:
                quotient(1.5, 0.0 * i)
            elif i % 4 == 2:
                values[i]
            else:
                keys[i % 9]
        except Exception as error:
            found.add((type(error).__name__, str(error)))
    return sorted(found)


for n in (0, 1, 2, 50, 400):
    print(look_ups(n), texts(n))
    print(plain(n), by_class(n), from_calls(n), in_handlers(n), with_finally(n), asserted(n), rare(n))
    print(seen(n), of_generators(n))
print(chained(300))
for n in (99, 100, 101, 300):
    try:
        print(leaves(n))
    except ValueError as error:
        print("ValueError", error)
    try:
        uncaught(n)
    except KeyError as error:
        print("KeyError", error, type(error.__context__).__name__ if hasattr(error, "__context__") else "Refused")

# A loop in a handler.
try:
    raise Refused("outside")
except Refused:
    total = 0
    for i in range(300):
        try:
            if i % 2:
                raise ValueError(i)
        except ValueError:
            total += i
    print(total)
    try:
        raise
    except Refused as error:
        print(error)
