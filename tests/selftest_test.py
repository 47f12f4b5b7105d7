"""`lathe selftest --bits` prints the number that selftest.py expects: in every JIT mode, at every instruction set given, on
one thread and several.

usage: selftest_test.py LATHE [ISA,...]
"""

import pathlib
import re
import subprocess
import sys

LATHE = str(pathlib.Path(sys.argv[1]).resolve())
SOURCE = pathlib.Path(__file__).parent.parent / "src" / "script" / "selftest.py"
EXPECTED = re.search(r'^EXPECTED = "(\w+)"', SOURCE.read_text(), re.MULTILINE)[1]


def run(*words):
    done = subprocess.run([LATHE, "selftest", *words], capture_output=True, text=True, check=False, timeout=600)
    return done.returncode, done.stdout + done.stderr


def main():
    levels = sys.argv[2].split(",") if len(sys.argv) > 2 else ["native"]
    settings = [[], ["--jit", "off"], ["--jit", "on"], ["--jit", "stress"], ["--threads", "3"]]
    settings += [["--isa", level] for level in levels]
    failures = [words for words in settings if run("--bits", *words) != (0, EXPECTED + "\n")]
    status, said = run()
    if status != 0 or not said.startswith(EXPECTED + ": the same"):
        failures.append(["without --bits", said])
    for words in failures:
        print("FAILED", *words)
    print(f"selftest: {len(settings) + 1 - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
