# Dictionaries and sets.
d = {"one": 1, "two": 2}
d["three"] = 3
print(d, len(d), d["two"], d.get("four"), d.get("four", 0), "one" in d, 1 in d)
for key in d:
    print(key, d[key], end=" ")
print()
for key, value in d.items():
    print(key, value, end=";")
print()
print(list(d), list(d.keys()), list(d.values()), list(d.items()), sorted(d))
d.update({"two": 22, "four": 4})
print(d, d.pop("one"), d.pop("zzz", "none"), d)
del d["four"]
d.setdefault("five", []).append(5)
d.setdefault("five", []).append(6)
print(d)
d["two"] += 1
print(d)
squares = {n: n * n for n in range(5)}
print(squares, {v: k for k, v in squares.items()}, {k: v for k, v in squares.items() if v % 2 == 0})
mixed = {1: "int", "1": "str", (1, 2): "tuple", 2.5: "float", None: "none", True: "true"}
print(mixed, mixed[(1, 2)], mixed[1], mixed[1.0])
print({"a": 1, "b": 2} == {"b": 2, "a": 1}, {} == {}, bool({}), dict(a=1, b=2), dict([("x", 1), ("y", 2)]))
counts = {}
for letter in "mississippi":
    counts[letter] = counts.get(letter, 0) + 1
print(counts, max(counts, key=counts.get), sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])))
e = d.copy()
e["new"] = 1
print("new" in d, "new" in e)
nested = {"a": {"b": {"c": 1}}}
nested["a"]["b"]["d"] = 2
print(nested)
e.clear()
print(e)
try:
    d["missing"]
except KeyError as error:
    print("KeyError", error)
s = {3, 1, 2, 3}
print(len(s), sorted(s), 2 in s, 5 in s)
s.add(4)
s.discard(1)
print(sorted(s | {9}), sorted(s & {2, 3}), sorted(s - {2}), sorted({x % 3 for x in range(10)}), set() == set([]))

# Operators in place change the object that all its names stand for.
one = same = {1, 2, 3}
one |= {4, 5}
print(sorted(same), one is same)
one &= {1, 4, 9}
print(sorted(same))
one -= {4}
one ^= {1, 7}
print(sorted(same), one is same)
table = alias = {"a": 1, "b": 2}
table |= {"b": 3, "c": 4}
print(alias, table is alias)
for key in same:
    same |= {key}  # of no effect, so the iteration goes on


# Keys whose comparison raises, or changes the table in the middle of a search.
class Odd:
    def __init__(self, table=None):
        self.table = table

    def __hash__(self):
        return 1

    def __eq__(self, other):
        if self.table is None:
            raise ValueError("compared")
        self.table.clear()
        for k in range(40):
            self.table[k + 100] = k
        return False


def attempt(name, action):
    try:
        print(name, action())
    except ValueError as error:
        print(name, error)


odd = Odd()
full, other, one = {1: 2}, {odd: 3}, {1, 2}
attempt("update", lambda: full.update(other))
attempt("or", lambda: full | other)
attempt("or", lambda: len(full | full) + len({1} | one))
attempt("display", lambda: {**full, **other})
attempt("set or", lambda: one | {odd})
attempt("set and", lambda: one & {odd})
attempt("set minus", lambda: one - {odd})
attempt("set xor", lambda: one ^ {odd})
attempt("subset", lambda: {odd} <= one)
attempt("equal", lambda: {odd} == {1})
attempt("equal", lambda: {odd: 1} == {1: 1})
attempt("set update", lambda: one.update([odd]))
attempt("in", lambda: odd in one)
attempt("copy", lambda: len(full.copy()))
print(full, one, len(other))
changing = {1: 2}
print(changing.get(Odd(changing), "none"), len(changing))
changing = {1: 2}
changing[Odd(changing)] = 5
print(len(changing), sorted(v for v in changing.values())[-3:])
changing.clear()  # it holds itself
changing = {1: 2}
print(Odd(changing) in changing, changing.pop(Odd(changing), "none"), len(changing))
