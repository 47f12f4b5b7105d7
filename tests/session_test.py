"""The interactive session at a terminal of its own: what it shows for what is typed.

usage: session_test.py LATHE
"""

import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

LATHE = str(pathlib.Path(sys.argv[1]).resolve())
PROMPTS = (">>> ", "... ")
# (what is typed, a pattern that the answer must match)
DIALOGUE = [
    ("1 + 1", r"^2$"),
    ("import numpy as np", r"^$"),
    ("a = np.arange(100_000) * 0.5", r"^$"),
    ("def total(x):", r"^$"),
    ("    t = 0.0", r"^$"),
    ("    for v in x: t += v", r"^$"),
    ("    return t", r"^$"),
    ("", r"^$"),
    ("total(a)", r"2499975000.0"),
    ("%help", r"%timeit STATEMENT +runs it often"),
    ("%time total(a)", r"2499975000.0\)?\n.*wall time [\d.]+ [mµ]?s, processors"),
    ("%timeit np.sum(a * 2)", r"[\d.]+ [mµn]?s a run \(median of 7 rounds of \d+;"),
    ("%timeit 1 / 0", r"ZeroDivisionError: division by zero"),
    ("%why", r"nothing has been traced yet"),
    ("%trace np.sum(a * 3 + 1)", r"(?s)t\d+.*reduce\.add"),
    ("%asm", r"(?s)reduce|vadd|addpd"),
    ("%why 1", r"\w+"),
    ("%trace total(a)", r"(?s)loop\d+.*guard"),
    ("%trace", r"usage: %trace STATEMENT"),
    ("%nothing", r"there is no %nothing"),
    ("%stats", r"traces compiled +\d+"),
    ("_", r"2499975000.0"),
    ("1 +", r"SyntaxError"),
]


class Session:
    def __init__(self, home):
        leader, follower = pty.openpty()
        self.terminal = leader
        self.process = subprocess.Popen([LATHE], stdin=follower, stdout=follower, stderr=follower, close_fds=True,
                                        env={"TERM": "dumb", "HOME": home, "PATH": os.environ["PATH"]})
        os.close(follower)
        self.read()

    def read(self):
        """All output up to the next prompt."""
        text, end = "", time.monotonic() + 60
        while not text.endswith(PROMPTS) and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:  # the session has ended
                    break
        return text

    def ask(self, line):
        os.write(self.terminal, (line + "\n").encode())
        text = self.read().replace("\r", "")
        # Without the echoes (the terminal's own, if it comes before the editor's mode is set) and the prompt.
        return "\n".join(part for part in text.split("\n")[1:-1] if part != line)


def main():
    failures = []
    with tempfile.TemporaryDirectory() as home:
        session = Session(home)
        for line, pattern in DIALOGUE:
            answer = session.ask(line)
            if not re.search(pattern, answer, re.MULTILINE):
                failures.append(f"FAILED {line!r}: {pattern!r} is not in\n{answer}")
        os.write(session.terminal, b"exit()\n")
        if session.process.wait(20) != 0:
            failures.append("FAILED exit()")
        left = list(pathlib.Path("/tmp").glob("lathe-session-*"))
        if left:
            failures.append(f"FAILED logs are left behind: {left}")
    print("\n".join(failures))
    print(f"{len(DIALOGUE) + 2 - len(failures)} passed, {len(failures)} failed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
