"""Fusion made visible: counts the loop nests and temporaries that each example's traces are compiled to.

Runs every example with --jit force and a trace log, and reads its "compile" events. Prints a table and
compares it with fusion_expected.txt, which --bless writes: a change that splits a fused loop, or that writes
an array which the script did not name, shows up here as a difference to be explained.
usage: fusion_test.py LATHE [--bless]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXPECTED = ROOT / "tests" / "fusion_expected.txt"


def results_of(text):
    """How many arrays a trace leaves behind: the operands of its last `ret`."""
    returns = [line.split("ret", 1)[1] for line in text.splitlines() if line.strip().startswith("ret")]
    return returns[-1].count("%") if returns else 0


def count(lathe, script):
    """(traces compiled, loop nests, temporaries, results) of one example."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "trace.jsonl"
        subprocess.run([lathe, "run", "--jit", "force", "--trace", str(log), str(script.relative_to(ROOT))], cwd=ROOT,
                       capture_output=True, check=True)
        events = [json.loads(line) for line in log.read_text().splitlines()]
    compiled = [event for event in events if event["event"] == "compile" and "nests" in event]
    recorded = {event["trace"]: results_of(event["ir"]) for event in events
                if event["event"] == "record" and event["trace"].startswith("t")}
    return (len(compiled), sum(event["nests"] for event in compiled), sum(event["temporaries"] for event in compiled),
            sum(recorded[event["trace"]] for event in compiled))


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    lines = ["example               traces  nests  temporaries  results"]
    for script in sorted((ROOT / "examples").glob("*.py")):
        traces, nests, temporaries, results = count(lathe, script)
        lines.append(f"{script.stem:20s} {traces:7d} {nests:6d} {temporaries:12d} {results:8d}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if "--bless" in sys.argv:
        EXPECTED.write_text(text)
    wanted = EXPECTED.read_text().splitlines() if EXPECTED.exists() else []
    good = sum(line in wanted for line in lines[1:])
    for line in wanted[1:]:
        if line not in lines:
            print(f"expected: {line}")
    bad = len(lines) - 1 - good
    print(f"fusion: {good} passed, {bad} failed")
    sys.exit(1 if bad else 0)


main()
