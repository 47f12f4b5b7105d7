"""The trace log against its table: events.def, real logs and docs/trace-log.md must say the same.

Runs scripts that provoke every event, and checks each line: known event, all fields that it always has, no others,
types as declared, sums that add up. The page must have a section an event, with its fields and one example line
that has just such fields; --bless writes those sections anew from real lines.
A log that is cut off by kill -9 must be readable up to the cut.
usage: trace_log_test.py LATHE [--bless]
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "trace-log.md"
LOG = ROOT / "src" / "recorder" / "log"
TYPES = {"Text": str, "Integer": int, "Flag": bool, "Texts": list, "Integers": list}

ARRAYS = """import numpy as np
a = np.arange(2000.0)
for k in range(6):
    b = a * 2 + k
    print(np.sum(b))
c = np.arange(2000, dtype=np.float32)
print(np.sum(c * 2 + 1))
m = np.ones((40, 40))
print((m @ m)[0, 0])
"""
LOOPS = """import numpy as np
def work(n):
    total = 0
    x = np.zeros(n)
    for i in range(n):
        if i % 7 == 3:
            total += 2
        x[i] = total
    return total
print(work(30000))
def stubborn(n):
    d = {1: 2}
    total = 0
    for i in range(n):
        for k in d:
            total += k
    return total
print(stubborn(40000))
"""
EVICT = """import numpy as np
x = np.arange(3.0)
for k in range(4200):
    y = x
    for bit in range(13):
        y = y + x if (k >> bit) & 1 else y * x
    y.sum().item()
"""
PROFILE = """import numpy as np
def slow(n):
    words = []
    for i in range(n):
        words.append(str(i))
    return len("".join(words))
print(slow(300000))
t = 0.0
for i in range(20000000):
    t += i * 0.5
print(t)
a = np.arange(1000000.0)
for k in range(40):
    a = np.sqrt(a * 1.5 + 1)
    a.sum().item()
"""
FOREIGN = """import ffi
import numpy as np
ffi.cdef("double j0(double); long labs(long); void qsort(void *base, size_t n, size_t size,"
         " int (*compare)(const void *, const void *));")
m, c = ffi.load("m"), ffi.load()
def calls(n):
    total = 0.0
    for k in [1, 2, 3][:n]:
        total += m.j0(k * 1.0)
    return total
print(calls(3), c.labs(-4))
j0 = ffi.elementwise(m.j0)
print(j0(np.arange(1000.0)).sum())
a = np.array([3.0, 1.0, 2.0])
def compare(x, y):
    p, q = ffi.cast("const double *", x)[0], ffi.cast("const double *", y)[0]
    return (p > q) - (p < q)
c.qsort(a, 3, 8, compare)
print(a)
"""
TURNS = """import numpy as np
def scalar(n):
    total = 0.0
    for i in range(n):
        total = total * 0.5 + i
    return total
def nest(n, m):
    count = 0
    for i in range(n):
        for j in range(m):
            count += (i ^ j) & 1
    return count
def vector(n, x):
    for i in range(n):
        x[i] = i * 2.0
def waits(n):
    k = n
    while k > 1:
        k = k // 2 if k % 2 == 0 else k - 1
    return k
scalar(50000)
nest(300, 200)
x = np.zeros(100000)
vector(100000, x)
for k in range(2000):
    waits(12345678 + k)
"""
STATEMENTS = """import numpy as np
def f(n):
    a = np.arange(10.0)
    b = a + 1
    d = a
    for k in range(n):
        d = a * b + k
    return d
print(f(40000))
"""
# name: (script, options)
RUNS = {
    "arrays": (ARRAYS, []),
    "arrays, events": (ARRAYS, ["--trace-detail", "events"]),
    "arrays, forced": (ARRAYS, ["--jit", "force"]),
    "loops": (LOOPS, []),
    "loops, events": (LOOPS, ["--trace-detail", "events"]),
    "loops, stress": (LOOPS, ["--jit", "stress"]),
    "evict": (EVICT, ["--jit", "off", "--trace-detail", "events"]),
    "foreign": (FOREIGN, []),
    "foreign, forced": (FOREIGN, ["--jit", "force"]),
    "turns": (TURNS, ["--jit", "force", "--trace-detail", "events"]),
    "turns, hot": (TURNS, []),
    "turns, scalar": (TURNS, ["--choose", "loop.vectorise=no", "--trace-detail", "events"]),
    "random choices": (ARRAYS, ["--choose", "random=3"]),
    "statements": (STATEMENTS, ["--trace-detail", "events"]),
    "profile": (PROFILE, ["--profile", "--trace-detail", "events"]),
}


def read_table():
    """{event: (what, {field: (type, presence, what)})} of events.def and the tables that it includes."""
    text = (LOG / "events.def").read_text()
    phases = re.findall(r'^PHASE\((\w+), "(.*)"\)', (LOG / "phases.def").read_text(), re.M)
    counters = re.findall(r'^COUNTER\((\w+), "(.*)"\)', (ROOT / "include/lathe/counters.def").read_text(), re.M)
    events, fields = {}, None
    for line in text.splitlines():
        if match := re.match(r'EVENT\(\w+, "(\w+)", "(.*)"\)', line):
            fields = {}
            events[match[1]] = (match[2], fields)
        elif match := re.match(r'FIELD\((\w+), (\w+), (\w+), "(.*)"\)', line):
            fields[match[1]] = (match[2], match[3], match[4])
        elif "include" in line:
            rows = phases if "phases.def" in line else counters
            prefix = "nanoseconds of " if rows is phases else ""
            for name, what in rows:
                fields[name] = ("Integer", "Always", prefix + what)
    return events


def problems_of(event, table, detail):
    """What is wrong with one line of a log."""
    name = event.get("event")
    if name not in table:
        return [f"unknown event {name}"]
    fields = table[name][1]
    wrong = [f"{name} lacks {field}" for field, (_, presence, _) in fields.items()
             if presence == "Always" and field not in event]
    for field, value in event.items():
        if field in ("event", "t", "thread"):
            continue
        if field not in fields:
            wrong.append(f"{name} has a field {field}")
            continue
        kind, presence, _ = fields[field]
        if type(value) is not TYPES[kind]:
            wrong.append(f"{name}.{field} is {value!r}, no {kind}")
        if presence == "Detail" and detail == "events":
            wrong.append(f"{name}.{field} in a log without texts")
    if type(event.get("t")) is not int or list(event)[0] != "event":
        wrong.append(f"{name} does not begin with its name and time")
    return wrong


def check_sums(events):
    """Sums over a whole log that must agree with each other."""
    end, phases = events[-1], [event for event in events if event["event"] == "phases"]
    runs = [event for event in events if event["event"] == "run"]
    stays = sum(event["count"] for event in events if event["event"] == "loop_run")
    exits = sum(event["count"] for event in events if event["event"] == "exit")
    wrong = []
    if end["event"] != "end" or events[0]["event"] != "log":
        wrong.append("the log does not begin with log and end with end")
    if stays != exits:
        wrong.append(f"{stays} stays in loops and {exits} exits")
    misses = sum(event["event"] == "cache_miss" and event["reason"] != "statement of a loop" for event in events)
    if misses != end.get("cache_misses"):
        wrong.append(f"{misses} cache misses told and {end.get('cache_misses')} counted")
    compiled = sum(event["event"] == "compile" and "nests" in event for event in events)
    if compiled != end.get("traces_compiled"):
        wrong.append(f"{compiled} compilations told and {end.get('traces_compiled')} counted")
    if sum(event["hits"] for event in runs) != end.get("cache_hits"):
        wrong.append("hits of runs are not the cache hits counted")
    for event in phases:
        told = sum(value for field, value in event.items() if field not in ("event", "t", "thread", "wall", "cpu"))
        if told != event["wall"] or abs(event["wall"] - event["t"]) > 500_000_000:
            wrong.append(f"phases sum to {told}, wall is {event['wall']}, t is {event['t']}")
    if not phases:
        wrong.append("no phases")
    return wrong


def check_turns(logs):
    """A loop's turns are those that its range has, but for the few that were interpreted."""
    wrong = []
    for name, expected in (("turns", 50000 + 300 * 200 + 100000), ("turns, hot", 50000 + 300 * 200 + 100000),
                           ("turns, scalar", 50000 + 300 * 200 + 100000)):
        turns, lines = {}, {}
        for event in logs[name]:
            if event["event"] == "loop_run":
                turns[event["trace"]] = turns.get(event["trace"], 0) + event["turns"]
            if event["event"] == "compile":
                lines.setdefault(event["trace"], event["lines"][0])
        by_line = {}
        for trace, count in turns.items():
            by_line[lines[trace]] = by_line.get(lines[trace], 0) + count
        for line, most in ((4, 50000), (14, 100000)):
            if not 0.97 * most <= by_line.get(line, 0) <= most:
                wrong.append(f"{name}: {by_line.get(line)} turns of the loop at line {line}, not about {most}")
        nest = by_line.get(9, 0) + by_line.get(10, 0)
        if not 0.9 * 60000 <= nest <= 60300:
            wrong.append(f"{name}: {nest} turns of the loops at lines 9 and 10")
        # The loop that calls waits() takes its loop over.
        waits = by_line.get(18, 0) + by_line.get(25, 0)
        if not 30000 <= waits <= 2000 * 40:
            wrong.append(f"{name}: {waits} turns of the loops at lines 18 and 25, {by_line}")
    vectorised = {event["answer"] for event in logs["turns, scalar"]
                  if event["event"] == "choice" and event["choice"] == "loop.vectorise"}
    if vectorised != {False}:
        wrong.append(f"loop.vectorise=no, and it is {vectorised}")
    return wrong


def check_statements(logs):
    """Statements of a compiled loop are counted exactly, though not all are timed."""
    events = logs["statements"]
    names = {event["trace"] for event in events
             if event["event"] == "cache_miss" and event["reason"] == "statement of a loop"}
    runs = [event for event in events if event["event"] == "run" and event["trace"] in names]
    count, elements = sum(event["count"] for event in runs), sum(event["elements"] for event in runs)
    times = sum(event["nanoseconds"] for event in runs)
    in_phase = [event for event in events if event["event"] == "phases"][-1]["run"]
    wrong = []
    if not 39800 <= count <= 40000 or elements != 10 * count:
        wrong.append(f"{count} runs with {elements} elements, not about 40000")
    if not 0.5 * in_phase < times < 1.5 * in_phase:
        wrong.append(f"they took {times} ns of {in_phase} ns in the phase")
    return wrong


def check_ends(logs):
    """Recordings end for the reasons that the scripts give them."""
    wrong = []
    for name, reasons in (("arrays", {"it is printed"}), ("loops", {"the loop came back to its head",
                                                                   "the side trace came back to the loop"})):
        ended = {event["ended"] for event in logs[name] if event["event"] == "record"}
        if not reasons <= ended:
            wrong.append(f"{name}: recordings ended for {ended}")
    if {event["code"] for event in logs["loops"] if event["event"] == "abort"} == set():
        wrong.append("no recording was given up")
    return wrong


def check_foreign(logs):
    """Each function with its line, its library and the number of its calls."""
    wrong = []
    for name in ("foreign", "foreign, forced"):
        calls = {}
        for event in logs[name]:
            if event["event"] == "foreign":
                key = (event["name"], event.get("line"))
                calls[key] = (calls.get(key, (0,))[0] + event["count"], event["library"])
        expected = {("labs", 11): (1, "the program"), ("qsort", 18): (1, "the program")}
        if name == "foreign":
            expected[("j0", 9)] = (3, "libm.so.6")
        expected[("j0", 13)] = (1, "libm.so.6")  # elementwise, without const: all elements in one
        for key, (count, library) in expected.items():
            told = calls.get(key)
            if not told or told[0] != count or not told[1].startswith(library.split(".")[0]):
                wrong.append(f"{name}: {key} was told as {told}, of {calls}")
    return wrong


def run_all(lathe, scratch):
    """({run: events}, problems)."""
    table = read_table()
    logs, wrong = {}, {}
    for name, (script, options) in RUNS.items():
        path, log = scratch / "script.py", scratch / "log.jsonl"
        path.write_text(script)
        done = subprocess.run([lathe, "run", "--trace", "log.jsonl", *options, "script.py"], cwd=scratch,
                              capture_output=True, text=True)
        events = [json.loads(line) for line in log.read_text().splitlines()]
        found = [] if done.returncode == 0 else [f"status {done.returncode}: {done.stderr}"]
        for event in events:
            found += problems_of(event, table, events[0]["detail"])
        wrong[name] = sorted(set(found + check_sums(events)))
        logs[name] = events
    return logs, wrong


def section_of(name, what, fields, example):
    lines = [f"### {name}", "", what[0].upper() + what[1:] + ".", "", "| field | type | | what |", "|---|---|---|---|"]
    presence = {"Always": "", "Maybe": "optional", "Detail": "`full` only"}
    for field, (kind, when, text) in fields.items():
        lines.append(f"| `{field}` | {kind.lower()} | {presence[when]} | {text} |")
    return "\n".join(lines + ["", "```json", json.dumps(example, ensure_ascii=False), "```", ""])


def shortened(event):
    """Texts of many lines cut to three."""
    def cut(value):
        lines = value.splitlines() if isinstance(value, str) else []
        return "\n".join(lines[:3] + ["…"]) if len(lines) > 4 else value
    short = {field: cut(value) for field, value in event.items()}
    if "command" in short:
        short["command"] = ["lathe"] + short["command"][1:]
    return short


def example_of(name, logs):
    """The line of all logs that has most of its fields."""
    found = [event for events in logs.values() for event in events if event["event"] == name]
    return shortened(max(found, key=lambda event: (len(event), -len(json.dumps(event))))) if found else None


def check_page(logs, bless):
    table = read_table()
    text = PAGE.read_text()
    if bless:
        sections = [section_of(name, what, fields, example_of(name, logs)) for name, (what, fields) in table.items()]
        text = text[:text.index("## Events")] + "## Events\n\n" + "\n".join(sections)
        PAGE.write_text(text)
    wrong = []
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", text[text.index("## Events"):], re.M | re.S))
    if list(sections) != list(table):
        wrong.append(f"sections {list(sections)}, events {list(table)}")
    for name, body in sections.items():
        if name not in table:
            continue
        examples = re.findall(r"```json\n(.*?)\n```", body, re.S)
        if len(examples) != 1:
            wrong.append(f"{name} has {len(examples)} examples")
            continue
        example = json.loads(examples[0])
        if example is None:
            wrong.append(f"{name} has no example")
            continue
        wrong += problems_of(example, table, "full")
        if body.strip() != section_of(name, *table[name], example).split("\n", 1)[1].strip():
            wrong.append(f"the section of {name} is not what events.def says (--bless)")
    return wrong


def check_crash(lathe, scratch):
    """Killed at different moments: all lines but the last are whole."""
    path, log = scratch / "endless.py", scratch / "killed.jsonl"
    path.write_text("import numpy as np\nfor k in range(1 << 40):\n    a = np.ones(k % 50 + 1)\n"
                    "    for d in range(k % 9):\n        a = a * 2 + d\n    a.sum().item()\n")
    wrong = []
    for moment in (0.05, 0.2, 0.5):
        child = subprocess.Popen([lathe, "run", "--trace", str(log), str(path)])
        time.sleep(moment)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        lines = log.read_bytes().split(b"\n") if log.exists() else [b""]
        for line in lines[:-1]:
            try:
                json.loads(line)
            except ValueError:
                wrong.append(f"killed after {moment} s: {line[:80]!r}")
    return wrong


def check_environment(lathe, scratch):
    """LATHE_TRACE and LATHE_TRACE_DETAIL, and that --trace goes before them."""
    log, other = scratch / "env.jsonl", scratch / "option.jsonl"
    environment = dict(os.environ, LATHE_TRACE=str(log), LATHE_TRACE_DETAIL="events")
    subprocess.run([lathe, "-c", "print(1)"], env=environment, capture_output=True, check=True)
    wrong = []
    if not log.exists() or json.loads(log.read_text().splitlines()[0])["detail"] != "events":
        wrong.append("LATHE_TRACE wrote no log, or with texts")
    log.unlink(missing_ok=True)
    subprocess.run([lathe, "--trace", str(other), "-c", "print(1)"], env=environment, capture_output=True, check=True)
    if log.exists() or not other.exists():
        wrong.append("--trace does not go before LATHE_TRACE")
    return wrong


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        logs, results = run_all(lathe, scratch)
        met = {event["event"] for events in logs.values() for event in events}
        results["all events met"] = [f"no script provokes {name}" for name in read_table() if name not in met]
        results["turns of loops"] = check_turns(logs)
        results["statements of loops"] = check_statements(logs)
        results["ends of recordings"] = check_ends(logs)
        results["foreign calls"] = check_foreign(logs)
        results["page"] = check_page(logs, "--bless" in sys.argv)
        results["kill -9"] = check_crash(lathe, scratch)
        results["environment"] = check_environment(lathe, scratch)
    for name, wrong in results.items():
        for text in wrong[:10]:
            print(f"{name}: {text}")
    bad = sum(bool(wrong) for wrong in results.values())
    print(f"trace log: {len(results) - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


main()
