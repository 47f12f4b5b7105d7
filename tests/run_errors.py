"""Runs the scripts of tests/errors, each of which must fail, and compares all that the user sees.

NAME.expected holds the exit status, the standard output and the standard error to the letter; --bless writes
it. With --python, scripts that begin with "# python: same" must fail under CPython with the very same text,
so that the expectations cannot drift from what they imitate. Each failure is one of a Python exception:
death by a signal fails the test whatever is expected.
"""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "errors"


def run(command, timeout):
    try:
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=timeout, check=False,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"no end after {timeout} s\n"
    text = (f"status {done.returncode}\n--- standard output\n{done.stdout.decode(errors='replace')}"
            f"--- standard error\n{done.stderr.decode(errors='replace')}")
    text = text.replace(f"{FOLDER}/", "")  # CPython names the script by its absolute path
    return re.sub(r"==\d+==WARNING: AddressSanitizer failed to allocate .*\n", "", text)  # as it should


def options_of(script):
    """The words of a first line like "# lathe: --jit off", put before the script's name."""
    for line in script.read_text(errors="replace").splitlines()[:3]:
        if line.startswith("# lathe: "):
            return line.removeprefix("# lathe: ").split()
    return []


def difference(name, wanted, got):
    return "\n".join([f"FAILED {name}", *difflib.unified_diff(
        wanted.splitlines(), got.splitlines(), "expected", "got", lineterm="")])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lathe", default="build/lathe")
    parser.add_argument("--python", help="also compare the scripts that say so with this Python")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--bless", action="store_true", help="write the expectations")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    lathe = str(pathlib.Path(options.lathe).resolve())
    passed = failed = 0
    for script in sorted(FOLDER.glob("*.py")):
        if options.names and script.stem not in options.names:
            continue
        got = run([lathe, "run", *options_of(script), script.name], options.timeout)
        expected = script.with_suffix(".expected")
        if options.bless and not got.startswith("status -"):
            expected.write_text(got)
        wanted = expected.read_text() if expected.exists() else ""
        results = [(script.name, wanted, got)]
        if options.python and script.read_text(errors="replace").startswith("# python: same"):
            # An absolute path would not do for a symbolic link into a virtual environment: keep it as given.
            python = str(pathlib.Path(options.python).absolute())
            results.append((f"{script.name} against Python", run([python, script.name], options.timeout), wanted))
        for name, one, other in results:
            if one == other and one.startswith("status ") and not one.startswith("status -"):
                passed += 1
            else:
                failed += 1
                print(difference(name, one, other))
    print(f"errors: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
