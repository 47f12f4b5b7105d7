"""Scripts with a planted problem each: `lathe trace` names the problem, its line and a remedy.

Every script of tests/planted is run with a trace log. The first screen of `lathe trace LOG`, and `lathe trace why
SCRIPT:LINE LOG`, must hold the words of the table below. The other subcommands must accept each log, and files that
are no logs are refused with one line and status 2. usage: planted_test.py LATHE [--keep FOLDER]
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PLANTED = pathlib.Path(__file__).resolve().parent / "planted"
# script: (line, words of the problem, words of the remedy)
EXPECTED = {
    "aborted_recording": (5, "is interpreted: recursion", "turn the recursion into a loop"),
    "aliasing_write": (6, "overlap", "write into another array"),
    "changing_shape": (6, "another rank", "keep the rank"),
    "dtype_flip": (8, "another type", "give it one type"),
    "foreign_call": (7, "calls of cblas_dgemm", "call it less often"),
    "foreign_function": (11, "calls of crc32", "call it less often"),
    "list_in_loop": (12, "the types of objects", "keep the numbers in a NumPy array"),
    "ordered_reduction": (7, "the order of a sum of floats", "np.sum"),
    "stored_temporary": (6, "stored for a later use", "bring the uses to one shape"),
    "strided_access": (7, "strided access", "np.ascontiguousarray"),
    "unhoistable_check": (11, "checked in every turn", "index the whole array at once"),
}
FORMATS = ("chrome", "speedscope", "folded", "dot", "json", "html")


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, shown=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}\n{shown}")


def call(*words, environment=None):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment, timeout=300)
    return done.returncode, done.stdout, done.stderr


def findings_of(screen):
    """[(line, problem, remedy)] of the part "what to do"."""
    lines = screen.split("what to do", 1)[1].splitlines() if "what to do" in screen else []
    found = []
    for first, second in zip(lines, lines[1:]):
        match = re.match(r"\s+\d+\. \S+?:(\d+) +(.*)", first)
        if match and second.strip().startswith("→"):
            found.append((int(match[1]), match[2], second.strip()))
    return found


def check_planted(lathe, name, log, checks):
    line, problem, remedy = EXPECTED[name]
    script = PLANTED / f"{name}.py"
    status, output, errors = call(lathe, "run", "--trace", log, script)
    checks.check(f"{name} runs", status == 0, errors)
    status, screen, errors = call(lathe, "trace", log)
    checks.check(f"{name}: first screen", status == 0, errors)
    checks.check(f"{name}: at most 40 lines", screen.count("\n") <= 40, screen)
    checks.check(f"{name}: no colour in a pipe", "\x1b" not in screen, screen)
    shares = [float(share) for share in re.findall(r"^  [a-z ]+?\s+(\d+\.\d) %  +\S+ ", screen, re.M)]
    checks.check(f"{name}: shares add up to 100", abs(sum(shares) - 100) < 0.05, f"{shares}\n{screen}")
    status, words, errors = call(lathe, "trace", "why", f"{script}:{line}", log)
    checks.check(f"{name}: why", status == 0 and problem in words and remedy in words, words + errors)
    named = any(found[0] == line and problem in found[1] and remedy in found[2] for found in findings_of(screen))
    checks.check(f"{name} is named on the first screen", named, screen)


def check_commands(lathe, log, checks):
    """Every subcommand takes the log, as text and as JSON."""
    name = pathlib.Path(log).stem
    status, text, errors = call(lathe, "trace", "list", "--json", log)
    checks.check(f"{name}: list", status == 0, errors)
    traces = [trace["trace"] for trace in json.loads(text)["traces"]]
    commands = [[], ["list"], ["exits"], ["cache"], ["timeline"]] + [["show", trace] for trace in traces[:3]]
    for command in commands:
        status, text, errors = call(lathe, "trace", *command, log)
        checks.check(f"{name}: trace {command}", status == 0 and text and not errors, text + errors)
        status, text, errors = call(lathe, "trace", *command, "--json", log)
        head = json.loads(text)
        checks.check(f"{name}: trace {command} --json", status == 0 and head["schema"] == 1, text + errors)
    for form in FORMATS:
        status, text, errors = call(lathe, "trace", "export", "--format", form, log)
        checks.check(f"{name}: export {form}", status == 0 and text, errors)
        check_format(form, text, name, checks)
    status, text, errors = call(lathe, "trace", "diff", log, log)
    checks.check(f"{name}: no difference from itself", status == 0 and "no trace changed" in text, text + errors)


def check_format(form, text, name, checks):
    if form == "chrome":
        events = json.loads(text)["traceEvents"]
        checks.check(f"{name}: chrome", all(event["ph"] in "XM" and "pid" in event for event in events))
    elif form == "speedscope":
        document = json.loads(text)
        for profile in document["profiles"]:
            stack, last = [], 0
            for event in profile["events"]:
                good = event["at"] >= last and event["frame"] < len(document["shared"]["frames"])
                last = event["at"]
                if event["type"] == "O":
                    stack.append(event["frame"])
                else:
                    good = good and stack and stack.pop() == event["frame"]
                if not good:
                    checks.check(f"{name}: speedscope nests", False, str(event))
                    return
            checks.check(f"{name}: speedscope closes", not stack and last <= profile["endValue"])
    elif form == "folded":
        checks.check(f"{name}: folded", all(re.fullmatch(r".+ \d+", line) for line in text.splitlines()), text)
    elif form == "dot":
        checks.check(f"{name}: dot", text.startswith("digraph") and text.count("{") == text.count("}"), text)
    elif form == "json":
        json.loads(text)
    elif form == "html":
        outside = re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text)
        checks.check(f"{name}: html needs no network", not outside and "</html>" in text, str(outside))


def check_bad_files(lathe, folder, log, checks):
    whole = pathlib.Path(log).read_bytes()
    cut = folder / "cut.log"
    cut.write_bytes(whole[: len(whole) - 40])
    status, text, errors = call(lathe, "trace", cut)
    checks.check("a cut log is read", status == 0 and "the log is cut" in text, text + errors)
    first = whole.index(b"\n")
    bad = {"empty": b"", "foreign": b"import numpy\nprint(1)\n", "binary": bytes(range(256)) * 40, "first line": whole[:50],
           "garbage": whole[: first + 1] + b"garbage\n" + whole[first + 1:]}
    for name, content in bad.items():
        file = folder / "bad.log"
        file.write_bytes(content)
        status, text, errors = call(lathe, "trace", file)
        good = status == 2 and not text and errors.count("\n") == 1 and "bad.log" in errors
        checks.check(f"{name} file is refused in one line", good, f"status {status}\n{text}{errors}")
    status, text, errors = call(lathe, "trace", folder / "missing.log")
    checks.check("a missing file is an error", status == 2 and errors.count("\n") == 1, errors)


def check_pipe_and_filters(lathe, log, checks):
    """A log may come through a pipe; `list` takes conditions."""
    content = pathlib.Path(log).read_bytes()
    for words in (["list"], [], ["show", "loop0"], ["export", "--format", "json"]):
        done = subprocess.run([lathe, "trace", *words, "-"], input=content, capture_output=True, timeout=300)
        named = call(lathe, "trace", *words, log)[1].replace(str(log), "the standard input")
        checks.check(f"trace {words} -", done.returncode == 0 and done.stdout.decode() == named, done.stderr.decode())
    done = subprocess.run([lathe, "trace", "-"], input=b"no log\n", capture_output=True, timeout=300)
    checks.check("garbage through a pipe", done.returncode == 2 and b"the standard input: is no trace log" in done.stderr,
                 done.stderr.decode())

    def names(*options):
        status, text, errors = call(lathe, "trace", "list", "--json", *options, log)
        return [row["trace"] for row in json.loads(text)["traces"]] if status == 0 else errors
    rows = json.loads(call(lathe, "trace", "list", "--json", log)[1])["traces"]
    every = [row["trace"] for row in rows]
    checks.check("--kind", names("--kind", "array") == [name for name in every if name[0] == "t"]
                 and names("--kind", "loop") == [name for name in every if name[0] == "l"], every)
    line = rows[0]["line"]
    for place in (str(line), f"dtype_flip.py:{line}"):
        checks.check(f"--line {place}", rows[0]["trace"] in names("--line", place) and len(names("--line", place)) < len(every),
                     f"{names('--line', place)} of {every}")
    checks.check("--line of another script", names("--line", f"other.py:{line}") == [], every)
    least = rows[0]["nanoseconds"]
    checks.check("--min-time", names("--min-time", f"{least}ns") == every[:1] and names("--min-time", "100s") == [], every)
    for option, word in (("--line", "x:y"), ("--min-time", "soon"), ("--kind", "both")):
        status, text, errors = call(lathe, "trace", "list", option, word, log)
        checks.check(f"{option} {word} is refused", status == 2 and not text and errors, text + errors)


def check_regression(lathe, folder, checks):
    """diff finds out that a script got slower, and says so by its status."""
    script, logs = folder / "slower.py", [folder / "before.log", folder / "after.log"]
    for turns, log in zip((10, 200), logs):
        script.write_text(f"import numpy as np\nx = np.ones(300000)\nfor k in range({turns}):\n    y = np.exp(x * 2.0)\n"
                          "    y[0] = 1\n")
        call(lathe, "run", "--trace", log, script)
    status, text, errors = call(lathe, "trace", "diff", *logs)
    checks.check("diff finds what is slower", status == 1 and "slower" in text, text + errors)
    status, text, errors = call(lathe, "trace", "why", f"{script}:4")
    checks.check("why runs the script itself", status == 0 and "y = np.exp(x * 2.0)" in text, text + errors)


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    checks = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(sys.argv[3] if "--keep" in sys.argv else scratch)
        os.environ["XDG_CACHE_HOME"] = scratch
        status, text, errors = call(lathe, "trace", "calibrate")
        checks.check("calibrate", status == 0, errors)
        for name in sorted(EXPECTED):
            check_planted(lathe, name, folder / f"{name}.log", checks)
        for name in ("dtype_flip", "stored_temporary"):
            check_commands(lathe, folder / f"{name}.log", checks)
        check_pipe_and_filters(lathe, folder / "dtype_flip.log", checks)
        check_bad_files(lathe, folder, folder / "stored_temporary.log", checks)
        check_regression(lathe, folder, checks)
    scripts = {script.stem for script in PLANTED.glob("*.py")}
    checks.check("each script of tests/planted is expected", scripts == set(EXPECTED), str(scripts ^ set(EXPECTED)))
    print(f"planted problems: {checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


main()
