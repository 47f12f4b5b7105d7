"""`lathe trace asm --target`: every loop, and every array trace, that some scripts record is compiled for every target, on any host.

usage: target_listing_test.py LATHE
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LATHE = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).parent
SCRIPTS = ["conformance/loop_control.py", "conformance/loop_classics.py", "conformance/loop_objects.py",
           "conformance/loop_type_changes.py"]
TARGETS = {"aarch64": ["ldp x29, x30, ", "ret x30"], "sse42": ["pop rbx", "ret"], "avx2": ["pop rbx", "ret"]}
ARRAY_SCRIPTS = ["conformance/np_reductions.py", "conformance/np_math.py"]
ARRAY_TARGETS = {"aarch64": "ret x30", "sse42": "ret", "avx512": "ret"}
FAILURES = []
CHECKS = 0


def run(*words):
    return subprocess.run([LATHE, *words], capture_output=True, text=True, check=False, timeout=120)


def check(what, holds, shown=""):
    global CHECKS
    CHECKS += 1
    if not holds:
        FAILURES.append(f"FAILED {what}\n{shown}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/log"
        for script in SCRIPTS:
            run("run", "--trace", log, str(ROOT / script), folder)
            listed = run("trace", "list", log).stdout
            recorded = [name for name in re.findall(r"^ *(loop\d+)", listed, re.MULTILINE)
                        if "was not recorded" not in run("trace", "asm", name, "--target", "aarch64", log).stderr]
            check(f"loops of {script}", len(recorded) >= 5, listed)
            for name in recorded:
                for target, ends in TARGETS.items():
                    done = run("trace", "asm", name, "--target", target, log)
                    check(f"{name} of {script} for {target}",
                          done.returncode == 0 and f"  {target}, " in done.stdout.partition("\n")[0]
                          and all(end in done.stdout for end in ends), done.stdout[:300] + done.stderr)
        for script in ARRAY_SCRIPTS:
            run("run", "--trace", log, str(ROOT / script), folder)
            names = re.findall(r"^ *(t\d+)", run("trace", "list", log).stdout, re.MULTILINE)
            check(f"traces of {script}", len(names) >= 5, str(names))
            for name in names:
                for target, has in ARRAY_TARGETS.items():
                    done = run("trace", "asm", name, "--target", target, log)
                    check(f"{name} of {script} for {target}", done.returncode == 0 and has in done.stdout,
                          done.stdout[:300] + done.stderr)
        done = run("trace", "asm", "loop0", "--target", "vax", log)
        check("an unknown target", done.returncode == 2 and "vax" in done.stderr, str(done))
    print(*FAILURES, sep="\n")
    print(f"targets: {CHECKS - len(FAILURES)} passed, {len(FAILURES)} failed")
    sys.exit(1 if FAILURES else 0)


main()
