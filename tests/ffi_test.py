"""Runs the scripts of tests/ffi in every mode, and the examples of docs/ffi.md.

A script checks with assert and ends by printing "ok". An example is a ```python block of the page; a ```text block
behind it is what it prints, to the letter. All blocks of the page are one program.
usage: ffi_test.py LATHE LIBRARY   (LIBRARY: the test library, built from tests/ffi/library.c)
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "ffi"


def run(lathe, library, script, mode):
    done = subprocess.run([lathe, "run", "--jit", mode, str(script), str(FOLDER), library], capture_output=True, text=True,
                          timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def check_scripts(lathe, library):
    failed, passed = 0, 0
    for script in sorted(FOLDER.glob("*.py")):
        if script.name == "common.py":
            continue
        for mode in ("off", "on", "force", "stress"):
            status, out, err = run(lathe, library, script, mode)
            good = status == 0 and out == "ok\n"
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"{script.name} --jit {mode}: status {status}\n{out}{err}")
    return passed, failed


def check_page(lathe, library):
    blocks = re.findall(r"^```(python|text)\n(.*?)^```", (ROOT / "docs" / "ffi.md").read_text(), re.M | re.S)
    program = "".join(text for kind, text in blocks if kind == "python")
    expected = "".join(text for kind, text in blocks if kind == "text")
    with tempfile.TemporaryDirectory() as scratch:
        script = pathlib.Path(scratch) / "page.py"
        script.write_text(program)
        status, out, err = run(lathe, library, script, "on")
    good = status == 0 and out == expected
    if not good:
        print(f"docs/ffi.md: status {status}\n--- expected\n{expected}--- printed\n{out}{err}")
    return int(good), int(not good)


def main():
    passed, failed = check_scripts(sys.argv[1], sys.argv[2])
    page_passed, page_failed = check_page(sys.argv[1], sys.argv[2])
    print(f"ffi: {passed + page_passed} passed, {failed + page_failed} failed")
    sys.exit(1 if failed + page_failed else 0)


main()
