"""Looks for crashes: runs mutated conformance scripts and demands an exit status of the tool's own.

A mutation replaces, drops, doubles or swaps tokens of a script, or swaps lines; numbers become extreme ones.
Whatever comes out must not end by a signal or with a sanitizer's report. A failing script is kept and named.
Scripts run for a few seconds at most, with little memory and in a directory of their own.
usage: mutate_scripts.py LATHE [--count N] [--first SEED] [--keep DIRECTORY]
"""

import argparse
import concurrent.futures
import io
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import tokenize

ROOT = pathlib.Path(__file__).resolve().parent.parent
NUMBERS = ["0", "-1", "1", "2", "3", "7", "64", "1000", "2**31", "2**62", "-2**63", "0.5", "-0.0", "1e308", "1e-320", "float('nan')",
           "float('inf')", "True", "None", "'text'", "[]", "()", "[1, 2]", "{}", "np.arange(5)", "np.ones((2, 3))", "slice(None)"]


def mutate(text, rng):
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError):
        return text[: rng.randrange(len(text))]
    lines = text.splitlines(keepends=True)
    for _ in range(rng.choice([1, 1, 2, 4])):
        kind = rng.randrange(10)
        if kind == 0 and len(lines) > 2:
            a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[a], lines[b] = lines[b], lines[a]
            continue
        if kind == 1:
            del lines[rng.randrange(len(lines))]
            if not lines:
                lines = ["\n"]
            continue
        wanted = tokenize.NUMBER if kind < 6 else tokenize.OP if kind < 8 else tokenize.NAME
        choices = [t for t in tokens if t.type == wanted and t.start[0] == t.end[0] and t.start[0] <= len(lines)]
        if not choices:
            continue
        token = rng.choice(choices)
        row, (start, end) = token.start[0] - 1, (token.start[1], token.end[1])
        line = lines[row]
        if line[start:end] != token.string:
            continue
        if wanted == tokenize.NUMBER:
            new = rng.choice(NUMBERS)
        elif wanted == tokenize.OP:
            new = rng.choice([t.string for t in tokens if t.type == tokenize.OP] + ["", "**", "//", "@", ":", ","])
        else:
            new = rng.choice([t.string for t in tokens if t.type == tokenize.NAME])
        lines[row] = line[:start] + new + line[end:]
    return "".join(lines)


def limit():
    if "asan" not in sys.argv[1]:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_one(lathe, scripts, seed, keep):
    rng = random.Random(seed)
    script = rng.choice(scripts)
    text = mutate(script.read_text(), rng)
    mode = rng.choice(["on", "off", "force"])
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "mutated.py"
        path.write_text(text)
        try:
            done = subprocess.run([lathe, "run", "--jit", mode, str(path), scratch], cwd=scratch, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=10, check=False, preexec_fn=limit)
            problem = f"signal {-done.returncode}" if done.returncode < 0 else ""
            if b"Sanitizer" in done.stderr or b"runtime error: " in done.stderr:
                problem = "sanitizer report"
            detail = done.stderr.decode(errors="replace")[-2000:]
        except subprocess.TimeoutExpired:
            problem, detail = "", ""  # a mutation may well be a loop without end
    if not problem:
        return None
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{seed}.py").write_text(text)
    return f"seed {seed} ({script.name}, --jit {mode}): {problem}; kept {keep / f'{seed}.py'}\n{detail}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lathe")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=pathlib.Path, default=ROOT / "build" / "mutants")
    options = parser.parse_args()
    lathe = str(pathlib.Path(options.lathe).resolve())
    scripts = sorted((ROOT / "tests" / "conformance").glob("*.py"))
    seeds = range(options.first, options.first + options.count)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        problems = [p for p in pool.map(lambda seed: run_one(lathe, scripts, seed, options.keep), seeds) if p]
    for problem in problems:
        print(problem)
    print(f"mutated scripts: {options.count - len(problems)} passed, {len(problems)} failed")
    sys.exit(1 if problems else 0)


main()
