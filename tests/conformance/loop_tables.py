# Dicts, sets, lists of objects and strings in hot loops: what a loop trace searches and changes directly.

def counting():
    words = "a rose is a rose is a rose and a dose".split()
    d = {}
    for i in range(300):
        for w in words:
            d[w] = d.get(w, 0) + 1
        d["sum"] = d.get("sum", 0.5) + 0.5
    return d

def equal_keys():
    # One key, and the first one stays.
    d = {1: "int"}
    out = []
    for i in range(200):
        if i == 100:
            d = {True: "bool"}
        if i == 150:
            d = {1.0: "float"}
        d[1] = i
        d[True] += 1
        d[1.0] = d[1] + 1
        out.append(1 in d and True in d and 1.0 in d)
    return d, list(d), all(out), len(d)

def unequal_keys():
    nan = float("nan")
    d = {nan: 0, -1: 1, -2: 2, 0: 3, "0": 4, "": 5, (): 6, None: 7, 0.5: 8}
    hits = 0
    for i in range(200):
        d[nan] += 1
        d[None] += 1
        d[()] += 1
        d[0.5] = d[0.5] + 1
        d[-0.0] += 2
        hits += (nan in d) + ("" in d) + (-1 in d) + (-3 in d)
    return [v for v in d.values()], hits, len(d)

class Key:
    def __init__(self, at):
        self.at = at
        self.asked = 0

    def __hash__(self):
        return self.at % 4

    def __eq__(self, other):
        self.asked += 1
        return self.at == (other.at if isinstance(other, Key) else other)

def own_equality():
    keys = [Key(k) for k in range(6)]
    d = {}
    found = 0
    for i in range(300):
        k = keys[i % 6]
        d[k] = d.get(k, 0) + 1
        found += k in d
        d[i % 9] = i
        found += (i % 9) in d
    return [(k.at if isinstance(k, Key) else k, v) for k, v in d.items()], found

class Cross:
    def __init__(self, limit):
        self.left = limit

    def __hash__(self):
        return 7

    def __eq__(self, other):
        self.left -= 1
        if self.left < 0:
            raise ValueError("cross")
        return False

def equality_that_fails():
    d = {Cross(50): 0}
    log = []
    for i in range(200):
        try:
            d[7] = i
        except ValueError as error:
            log.append((i, str(error)))
        try:
            log.append(d[7]) if i % 40 == 0 else None
            7 in d
        except ValueError as error:
            log.append((i, "in", str(error)))
    return len(d), log[:5], len(log)

def missing():
    d = {k: k for k in range(80)}
    total = 0
    try:
        for i in range(200):
            total += d[i]
    except KeyError as error:
        return total, i, repr(error), error.args
    return None

def missing_now_and_then():
    d = {}
    caught = 0
    for i in range(300):
        try:
            d[i % 7] += 1
        except KeyError as error:
            caught += 1
            d[error.args[0]] = 0
        if i % 50 == 49:
            del d[i % 7]
    return d, caught

def missing_in_a_function():
    def look(table, key):
        return table[key] + 1

    table = {"a": 1, "b": 2}
    total = 0
    try:
        for i in range(100):
            total += look(table, "ab"[i % 2])
            if i == 90:
                del table["b"]
    except KeyError as error:
        return total, i, str(error)
    return None

def unhashable():
    d = {}
    out = []
    for i in range(100):
        key = i % 5 if i < 80 else [i]
        try:
            d[key] = i
            out.append(key in d)
        except TypeError as error:
            out.append(str(error))
    return len(d), out[75:85]

def changed_while_read():
    out = []
    for limit in (10, 60, 61):
        d = {k: k for k in range(60)}
        total = 0
        try:
            for k in d:
                total += d[k]
                if k == limit:
                    d["more"] = 1
            for k, v in d.items():
                d[k] = v + 1  # no new key
            for k in d:
                if k == limit + 30:
                    del d[0]
        except RuntimeError as error:
            out.append((total, str(error)))
        out.append((total, len(d)))
    s = set(range(70))
    try:
        for k in s:
            if k == 65:
                s.add(100)
    except RuntimeError as error:
        out.append(str(error))
    return out

def items_of_all_types():
    d = {}
    for k in range(100):
        d[k if k % 3 else str(k)] = k if k % 4 else [k, 0.5][k % 8 == 0]
    seen = []
    for turn in range(20):
        for k, v in d.items():
            if v == 48 or k == "9":
                seen.append((k, v))
        for k in d.keys():
            if isinstance(k, str) and len(k) == 1:
                seen.append(k)
        total = 0
        for v in d.values():
            total += v
        if turn == 10:
            for k in list(d):
                if isinstance(k, str):
                    del d[k]
    return total, len(seen), seen[:4], seen[-4:]

def pairs():
    grid = {}
    for y in range(12):
        for x in range(12):
            grid[(x, y)] = (x * y) % 5
            grid[x, "row"] = y
    total = 0
    for turn in range(30):
        for x in range(12):
            total += grid[(x, turn % 12)] + grid[x, "row"]
            if (x, turn) in grid:
                total += 1
            if (x, turn, 0) in grid or (x * 1.0, 3) not in grid or (True, 2) not in grid:
                total -= 1000
            grid[(x, 0)] = grid.get((x, 0), 0) + 1
    names = [("a", 1), ("b", 2)]
    d = {names[0]: 0, names[1]: 0}
    for i in range(100):
        d[names[i % 2]] += i
        d[("a", i % 2 + 0)] = d.get(("a", i % 2), 0) + 1
    return total, len(grid), d

def queues():
    queue = [(0, "start")]
    order = []
    dist = {0: 0}
    while queue:
        v, how = queue.pop(0)
        order.append(how)
        for w in ((v * 7 + 1) % 97, (v * 3 + 2) % 97):
            if w not in dist:
                dist[w] = dist[v] + 1
                queue.append((w, f"{v}>{w}"))
    stack = [[1], ["two"], [3.0]]
    for i in range(200):
        top = stack.pop()
        middle = stack.pop(len(stack) // 2)
        stack.append(top + [i] if len(top) < 4 else ["new"])
        stack.append(middle)
        stack[0], stack[-1] = stack[-1], stack[0]
    return order[:5], len(order), dist[96], stack

def replaced_objects():
    items = ["x", [1], None, (2, 3)]
    for i in range(200):
        old = items[i % 4]
        items[i % 4] = items[(i + 1) % 4]
        items[(i + 1) % 4] = old if i % 3 else i
        if i % 7 == 0:
            items[i % 4] = [old, i % 2]
        if isinstance(items[0], list) and len(str(items)) > 60:
            items[0] = "short"
    return items

def texts():
    s = ""
    former = []
    for i in range(300):
        t = s
        s += "ab"[i % 2]
        if i % 60 == 0:
            former.append(t)
            t += "!"
            former.append(t)
        if len(s) > 100:
            s = s[-3:] + s[:1] + s[5] + s[-1]
    u = ""
    for i in range(100):
        u += u[:2] or "é"
        v = u
        v += "x"
        if len(u) > 20:
            u = v[3:9]
    return s, former, u, v

def text_questions():
    text = "the quick brown fox jumps over the lazy dog"
    counts = {}
    vowels = order = slices = 0
    for turn in range(10):
        for c in text:
            if c in "aeiou":
                vowels += 1
            counts[c] = counts.get(c, 0) + 1
            order += (c < "m") + (c >= "t") * 10 + (c == "x") * 100 + (c != " ") * 1000
        for k in range(len(text)):
            if text[k:k + 3] == "fox" or text[-k:] == "dog" or text[k:k] or text[k:100] == "g":
                slices += k
            if text[k] == text[-k - 1]:
                slices += 1
    out = 0
    try:
        for k in range(100):
            out += ord(text[k])
    except IndexError as error:
        out = (out, k, str(error))
    return counts["o"], vowels, order, slices, out

def wide_texts():
    text = "naïve café: ☕" * 3
    total = 0
    for turn in range(20):
        for c in text:
            total += len(c) + (c == "é") + (c in "ï☕")
        for k in range(len(text)):
            total += text[k] == "é"
            total += len(text[k:k + 2])
    return total

def mixed_values():
    d = {}
    log = []
    for i in range(300):
        k = i % 6
        if k == 0:
            d[k] = i
        elif k == 1:
            d[k] = i * 0.5
        elif k == 2:
            d[k] = str(i)
        elif k == 3:
            d[k] = d.get(k)
        elif k == 4:
            d[k] = [i]
        else:
            d[k] = d
        v = d[i * 5 % 6] if i > 6 else None
        if i % 37 == 0:
            log.append(v if v is not d else "itself")
    d.clear()  # cycles are not collected
    return log

for f in (counting, equal_keys, unequal_keys, own_equality, equality_that_fails, missing, missing_now_and_then,
          missing_in_a_function, unhashable, changed_while_read, items_of_all_types, pairs, queues, replaced_objects, texts,
          text_questions, wide_texts, mixed_values):
    print(f.__name__, f())
