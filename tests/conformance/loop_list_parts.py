# Lists as a whole in loops: displays, slices, joining, repeating, reversed(); tuples that are compared; and what
# goes wrong with them.


def slices(n):
    a = list(range(12))
    b = [0.5, "x", None]
    out = []
    total = 0
    for i in range(n):
        k = i % 14 - 1
        total += sum(a[k:]) + len(a[:k]) + len(a[k:k + 4]) + sum(a[k::-1]) + sum(a[::3]) + len(a[-3:])
        total += sum(a[5:k:-2]) + len(a[k:2]) + len(b[:i % 5])
        c = a[:]
        c[1] = i
        b[i % 3] = c[i % 12]
        if c is a or a[1] != 1:
            out.append("shared")
        if i % 83 == 82:
            out.append((a[k:], a[k::-2], b[::-1], c[:3]))
    return total, out


def assigned(n):
    a = list(range(8))
    out = []
    for i in range(n):
        a[2:4] = [i, "two"]
        a[i % 3:i % 3 + 1] = a[5:7]
        a[6:] = a[4:6]
        a[::2] = a[::-2] if len(a) % 2 == 0 else a[::2]
        a[:0] = []
        a[1:1] = a
        del a[7:]
        a += [i % 5]
        a[len(a):] = [i]
        if i % 61 == 60:
            out.append(list(a))
    return out


def displays(n):
    kept = []
    total = 0
    for i in range(n):
        row = [i, i * 0.5, i % 3 == 0, None, "s", (i, 1), [i, [i + 1]]]
        row[6][1][0] += 1
        total += row[0] + row[1] + row[2] + row[6][1][0] + row[5][0]
        empty = []
        empty.append(row[1])
        pair = [[], [i]]
        pair[0].append(pair[1])
        pair[1].append(2)
        total += len(pair[0][0]) + len(empty)
        if i % 40 == 39:
            kept.append((row, pair, empty))
            if len(kept) > 3:
                kept = kept[-2:]
    return total, kept


def joined(n):
    a, b = [1, 2.5], ["x", [0]]
    total = 0
    for i in range(n):
        c = a + b
        c[3] = i
        d = [i] * (i % 4) + c * 2
        e = 3 * [0, [i]]
        e[1][0] += 1
        total += len(d) + e[5][0] + len(c) + len([7] * -1)
        f = []
        f += c
        f.extend(f)
        f.extend(e[:2])
        total += len(f) + f[0]
        if b[1] != [0]:
            total = -1
    return total, d, f


def errors(n):
    out = []
    for i in range(n):
        a = [1, 2, 3, 4]
        try:
            a[::2] = [1] * (2 if i % 50 else 3)
            a[::1 if i % 70 else 0]
            a[0:2] = 5 if i % 90 == 7 else [i, i]
            a + (a if i % 45 else 3)
            a[::0 if i == n - 1 else 1]
        except (ValueError, TypeError) as error:
            out.append((i, str(error), a))
    return out


def reverses(n):
    a = [1, 2.5, "x", (1, 2)]
    out = []
    total = 0
    for i in range(n):
        for x in reversed(a):
            if x == 2.5 and i % 97 == 5:
                break
            total += 1
        r = reversed(range(i % 5))
        for k in r:
            total += k * i
            if k == 2 and i % 7 == 0:
                break
        for k in r:
            total -= k
        for k, y in enumerate(reversed([i, 2, 3])):
            total += k * y
        for u, v in zip(reversed(range(3, -2, -1)), reversed([4, 5])):
            total += u * v
        q = reversed(a)
        next(q)
        if i % 190 == 189:
            out.append((list(q), list(r), list(reversed(range(0))), list(reversed(range(0, 10, 3)))))
    return total, out


def tuples(n):
    best, low = (0, 0), (5, 1.5)
    out = 0
    for i in range(n):
        t = (i % 7, i * 0.5 % 3)
        best = max(best, t)
        low = min(low, t, (3, 2))
        out += (t < (3, 1.0)) + 2 * (t <= (3, 1.0)) + 3 * (t == (3, 1.0)) + 5 * (t != (3, 1)) + 7 * (t >= (3,))
        out += 9 * (t > (3, 1.0, 2)) + 11 * (t == (3, 1.0, 2)) + 13 * ((t, i % 2) < ((3, 1.0), 1))
        out += 17 * ((i % 3, "abc"[i % 3]) < (1, "b")) + 19 * ((i % 2 == 0, 1) == (1, True))
        out += 23 * ((2**53 + i, 1) > (2.0**53, 0)) + 29 * (() < (i,)) + 31 * ((None, i) == (None, 3))
        if i % 70 == 69:
            try:
                out += (1, "a") < (1, i)
            except TypeError as error:
                print(error)
    return best, low, out


def updates(n):
    d, s = {}, set()
    for i in range(n):
        d.update({i % 5: i})
        d.update([(i % 3, 0.5), ("k", i)])
        s.update((i % 4, i % 9))
        s.update()
    return d, sorted(s)


print(slices(400))
print(assigned(300))
print(displays(300))
print(joined(300))
for line in errors(300):
    print(line)
print(reverses(400))
print(tuples(300))
print(updates(300))
