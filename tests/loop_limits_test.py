"""Every limit of the loop JIT (loop_limits.def): with a small one a script prints the same, and the trace log has the
reason that the limit is known by. What the innermost loop of the simplest program is left with, and that loops over
generators, made functions and exceptions that are caught run in the trace.

    tests/loop_limits_test.py LATHE
"""

import json
import pathlib
import subprocess
import sys
import tempfile

PRELUDE = "import numpy as np\n"
MANY_PATHS = """
def f(n):
    t = 0
    for i in range(n):
        if i % 2: t += 1
        if i % 3: t += 2
        if i % 5: t += 3
        if i % 7: t -= 1
    return t
print(f(5000), f(5000))
"""
TYPES = """
def f(n):
    x = 0
    t = 0
    for i in range(n):
        if i % 4 == 1: x = 1.5
        else: x = 3
        if i % 3: t += 1
        t += x
    return t
print(f(2000))
"""
CALLS = """
def h(x): return x + 1
def g(x): return h(x) * 2
def down(k): return 0 if k == 0 else 1 + down(k - 1)
def f(n):
    t = 0
    for i in range(n): t += g(i) + down(i % 3)
    return t
print(f(2000))
"""
MANY_LOOPS = "\n".join(f"""
def f{k}(n):
    t = {k}
    for i in range(n): t += i * {k}
    return t
for turn in range(3): print(f{k}(500))
""" for k in range(8))
ENTERED = """
def f(x, n):
    for i in range(n): x = x + 1
    return x
for start in (1, 1.5, np.float64(2), np.float32(1), np.int64(4), np.zeros(3), True):
    for again in range(3): print(f(start, 200))
"""
RAISES = """
def f(n):
    t = 0
    for i in range(n):
        try:
            t += int("x")
        except ValueError:
            t += 1
    return t
print(f(100000))
"""
NESTED = """
def f(a, n):
    t = 0.0
    for i in range(n):
        for j in range(n):
            t += a[i, j]
    return t
print(f(np.ones((200, 200)), 200))
"""
# (limit, its value, script, what the log must have: a reason of an abort, or an event)
CASES = [
    ("instructions", 6, MANY_PATHS, "the trace is too long"),
    ("frames", 1, CALLS, "recursion"),
    ("recursion", 1, CALLS, "recursion: down()"),
    ("versions", 1, TYPES, "too many combinations of types"),
    ("nodes", 20, NESTED, "the trace tree is too large"),
    ("traces", 2, ENTERED, "too many traces of one loop"),
    ("failures", 2, RAISES, "blacklist"),
    ("compilations", 2, MANY_PATHS, "too many compilations of one trace tree"),
    ("code-bytes", 100, MANY_PATHS, "the budget of loop code is too small for it"),
    ("code-bytes", 2500, MANY_LOOPS, "evict"),
]


def run(lathe, script, *options):
    done = subprocess.run([lathe, "run", *options, script], capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def events(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def check_limit(lathe, folder, name, value, text, wanted):
    script, log = folder / "script.py", folder / "log.jsonl"
    script.write_text(PRELUDE + text)
    expected = run(lathe, script, "--jit", "off")
    got = run(lathe, script, "--trace", log, "--loop-limits", f"{name}={value}")
    found = [event.get("reason", event["event"]) for event in events(log)
             if event["event"] in ("abort", "evict", "blacklist")]
    if got != expected:
        return f"{name}={value}: printed {got}, not {expected}"
    if not any(reason.startswith(wanted) for reason in found):
        return f"{name}={value}: the log has no '{wanted}', but {sorted(set(found))}"
    usual = run(lathe, script, "--trace", log)
    found = [event.get("reason", "") for event in events(log) if event["event"] == "abort"]
    if usual != expected or any(reason.startswith(wanted) for reason in found):
        return f"{name}: '{wanted}' without the limit"
    return None


def check_pauses(lathe, folder):
    """Recordings that fail are tried a few times, further and further apart."""
    script, log = folder / "script.py", folder / "log.jsonl"
    script.write_text(PRELUDE + RAISES)
    run(lathe, script, "--trace", log)
    aborts = [event for event in events(log) if event["event"] == "abort"]
    return None if 1 <= len(aborts) <= 7 else f"{len(aborts)} recordings of a loop that cannot be recorded"


def check_body(lathe, folder):
    """Nothing but the product is left in the body of the simplest loop: no check, no exit but the loop's end."""
    script, log = folder / "script.py", folder / "log.jsonl"
    script.write_text(PRELUDE + """
def product(a, b, c, n):
    for i in range(n):
        c[i] = a[i] * b[i]
a, b, c = np.arange(3000.0), np.ones(3000), np.zeros(3000)
for turn in range(3): product(a, b, c, 3000)
print(c.sum())
""")
    run(lathe, script, "--trace", log)
    passes = [event for event in events(log) if event["event"] == "pass" and event["level"] == "loop" and "ir" in event]
    if not passes:
        return "product: no loop was compiled"
    blocks = passes[-1]["ir"].split("\nblock ")
    bodies = [block for block in blocks if " mul " in block and "write" in block]
    if not bodies:
        return "product: no body"
    for body in bodies:
        guards = [line for line in body.splitlines() if "guard" in line]
        if len(guards) > 1 or "call" in body or "inbounds" in body:
            return f"product: checks are left in\n{body}"
    return None


OBJECTS = {
    "generators": """
def count(n):
    k = 0
    while k < n:
        yield k
        k += 1
def squares(source):
    for x in source: yield x * x
def f(n):
    t = 0
    for x in squares(count(n)): t += x
    for k, x in enumerate(count(n)): t += k * x
    for x, y in zip(count(n), squares(count(n))): t += x * y
    g = count(n)
    for k in range(n // 2): t += next(g)
    for k in range(n):
        for x in (v * k for v in range(3)): t += x
    return t
print(f(2000))
""",
    "functions": """
def counter(start):
    def step():
        nonlocal start
        start += 1
        return start
    return step
def f(n):
    t = 0
    for k in range(n):
        g = lambda x, y=k: x * y + t % 3
        step = counter(k)
        t += g(2) + step() + step()
    return t
print(f(2000))
""",
    "exceptions": """
def check(x):
    if x % 3 == 0: raise ValueError("three")
    return x
def f(n):
    t, values, words = 0, [1, 2], {0: 1}
    for k in range(n):
        try: t += check(k)
        except ValueError: t -= 1
        try: t += values[k % 3] // (k % 5)
        except IndexError: t += 7
        except ZeroDivisionError: t += 9
        try: t += words[k % 2]
        except KeyError: t += 11
    return t
print(f(2000))
"""}


def check_objects(lathe, folder, name, text):
    """The VM has little to do in loops over objects that need not exist."""
    script, log = folder / "script.py", folder / "log.jsonl"
    script.write_text(text)
    expected = run(lathe, script, "--jit", "off")
    if run(lathe, script, "--trace", log) != expected:
        return f"{name}: printed something else than {expected}"
    told = events(log)
    reasons = [event["reason"] for event in told if event["event"] == "abort" and
               event["code"] not in ("LeavesLoop", "LeavesFunction", "NeverHolds")]
    exits = sum(event["event"] == "exit" for event in told)
    if reasons or exits > 200:
        return f"{name}: {exits} exits, recordings that ended with {reasons}"
    return None


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        results = [check_limit(lathe, folder, *case) for case in CASES]
        results += [check_objects(lathe, folder, *case) for case in OBJECTS.items()]
        results += [check_pauses(lathe, folder), check_body(lathe, folder)]
        status, text = run(lathe, folder / "script.py", "--loop-limits", "nodes=many")
        results.append(None if status != 0 and "no positive number" in text else f"nodes=many: {status} {text}")
    for result in results:
        if result:
            print("FAILED", result)
    failed = sum(result is not None for result in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
