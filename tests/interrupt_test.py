"""Ctrl-C in hot loops: a compiled loop ends as an interpreted one would, in the middle of its work.

Each loop below counts in several places that go up one after the other, so that any prefix of a turn leaves
them in order and at most one apart (after two interrupts two): a state that no interpreter could be in fails. The script catches the
error, checks that and goes on; a second interrupt ends it with a traceback and the status 130.
usage: interrupt_test.py LATHE
"""

import pathlib
import signal
import subprocess
import sys

LOOPS = {
    "while": ["while True:", "    a += 1", "    b += 1", "    c += 1"],
    "for": ["for i in range(1 << 60):", "    a += 1", "    b += 1", "    c += 1"],
    "nested": ["while True:", "    a += 1", "    for k in range(7):", "        pass", "    b += 1", "    c += 1"],
    "elements": ["while True:", "    x[0] += 1.0", "    x[1] += 1.0", "    x[2] += 1.0"],
    "list": ["while True:", "    y[0] += 1", "    y[1] += 1", "    y[2] += 1"],
    "arrays": ["while True:", "    x[0:1] += 1.0", "    x[1:2] += 1.0", "    x[2:3] += 1.0"],
    "call": ["while True:", "    a = next_of(a)", "    b = next_of(b)", "    c = next_of(c)"],
    "inner": ["while True:", "    a += 1", "    while b < a:", "        b += 1", "    c += 1"],
}

SCRIPT = """import sys
import numpy as np
def next_of(n):
    return n + 1
def work():
    a = b = c = 0
    x = np.zeros(3)
    y = [0, 0, 0]
    for turn in range(2):
        try:
            print("ready")
            sys.stdout.flush()
            {loop}
        except KeyboardInterrupt:
            counts = [[a, b, c], [int(x[0]), int(x[1]), int(x[2])], y]
            for p, q, r in counts:
                assert p >= q >= r >= p - 1 - turn, counts
            assert a + int(x[0]) + y[0] > 0
            if turn == 1:
                raise
    print("not reached")
work()
"""


def check(lathe, mode, lines):
    """What is wrong, or nothing."""
    script = SCRIPT.format(loop="\n            ".join(lines))
    process = subprocess.Popen([lathe, "run", "--jit", mode, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdin.write(script)
    process.stdin.close()
    process.stdin = None
    try:
        for _ in range(2):
            if process.stdout.readline() != "ready\n":
                break
            # Long enough for the loop to be hot; what is tested does not depend on it.
            try:
                process.wait(timeout=0.15)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "did not end"
    if process.returncode != 130 or out or not error.endswith("\nKeyboardInterrupt\n"):
        return f"status {process.returncode}\n{out}{error}"
    return ""


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    passed = failed = 0
    for name, lines in LOOPS.items():
        for mode in ["off", "on", "force", "stress"]:
            problem = check(lathe, mode, lines)
            if problem:
                failed += 1
                print(f"FAILED {name} --jit {mode}: {problem}")
            else:
                passed += 1
    print(f"interrupts: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
