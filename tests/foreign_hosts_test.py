"""An installed Lathe in the hands of other languages: C through pkg-config, LuaJIT, CPython and PyPy.

usage: foreign_hosts_test.py INSTALLED_PREFIX EVERY_FUNCTION

Compares the outputs of the examples, checks that liblathe.so shows nothing but the functions of lathe.h, that the test
program EVERY_FUNCTION calls each of them and runs clean under valgrind, and runs the tests of the Python module.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PREFIX = pathlib.Path(sys.argv[1]).resolve()
EVERY_FUNCTION = str(pathlib.Path(sys.argv[2]).resolve())
PACKAGES = next(PREFIX.glob("lib/**/pkgconfig/lathe.pc")).parent
LIBRARIES = PACKAGES.parent
FAILURES = []
CHECKS = 0

EXPECTED = {
    "heat.c": "after 500 steps the plate has 23.924167 degrees\n",
    "collatz.lua": "below 100000 the longest chain has 350 steps and begins at 77031\n",
    "spectrum.py": "strongest at 0.30\n0.798 of the power lies around it\n260 crossings of zero\n",
}


def run(*words, **environment):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=600,
                          env={**os.environ, **environment})


def check(what, holds, shown=""):
    global CHECKS
    CHECKS += 1
    if not holds:
        FAILURES.append(f"FAILED {what}\n{shown}")


def check_output(what, done, wanted):
    check(what, done.returncode == 0 and done.stdout == wanted, done.stdout + done.stderr)


def check_surface():
    header = (PREFIX / "include/lathe/lathe.h").read_text()
    functions = set(re.findall(r"LATHE_API [\w\s*]*?\b(lathe_\w+)\(", header))
    check("functions of lathe.h are found", len(functions) > 70, str(functions))
    symbols = set(re.findall(r" T (\S+)", run("nm", "-D", "--defined-only", LIBRARIES / "liblathe.so").stdout))
    check("liblathe.so exports lathe.h and nothing else", symbols == functions, str(symbols ^ functions))
    source = (ROOT / "tests/capi/every_function.c").read_text()
    missing = [name for name in functions if f"{name}(" not in source]
    check("every function is tested", not missing, str(missing))
    size = (LIBRARIES / "liblathe.so").stat().st_size
    check("liblathe.so is at most 10 MB", size <= 10_000_000, str(size))
    done = run("gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-x", "c", f"-I{PREFIX}/include",
               PREFIX / "include/lathe/lathe.h")
    check("lathe.h is C99", done.returncode == 0, done.stderr)


def check_c(folder):
    flags = run("pkg-config", "--cflags", "--libs", "lathe", PKG_CONFIG_PATH=str(PACKAGES)).stdout.split()
    done = run("gcc", "-Wall", "-Wextra", "-Werror", ROOT / "examples/c/heat.c", *flags, f"-Wl,-rpath,{LIBRARIES}", "-o",
               f"{folder}/heat")
    check("the C example builds", done.returncode == 0, done.stderr)
    check_output("heat.c", run(f"{folder}/heat"), EXPECTED["heat.c"])


def check_pythons():
    for python in [sys.executable, shutil.which("pypy3")]:
        check("there is a PyPy", python)
        if not python:
            continue
        paths = {"PYTHONPATH": str(PREFIX / "share/lathe/python"), "PYTHONDONTWRITEBYTECODE": "1"}
        check_output(f"spectrum.py under {python}", run(python, ROOT / "examples/python/spectrum.py", **paths),
                     EXPECTED["spectrum.py"])
        done = run(python, ROOT / "tests/python/lathe_module_test.py", **paths)
        check(f"the module's tests under {python}", done.returncode == 0, done.stdout + done.stderr)


def main():
    check_surface()
    with tempfile.TemporaryDirectory() as folder:
        check_c(folder)
    check_output("collatz.lua", run("luajit", ROOT / "examples/lua/collatz.lua", LD_LIBRARY_PATH=str(LIBRARIES)),
                 EXPECTED["collatz.lua"])
    check_pythons()
    done = run("valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite", EVERY_FUNCTION)
    check("every function under valgrind", done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:])
    print("\n".join(FAILURES))
    print(f"{CHECKS - len(FAILURES)} passed, {len(FAILURES)} failed")
    return bool(FAILURES)


if __name__ == "__main__":
    sys.exit(main())
