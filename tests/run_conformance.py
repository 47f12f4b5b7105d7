"""Runs NumPy scripts under python3 and under Lathe and demands equal output and exit status.

Every script of a folder (tests/conformance, or another by --scripts) runs once under this Python, whose
output is kept in a cache, and under `lathe run` for each JIT mode and instruction set given. A conformance
script gets a fresh temporary directory as its argument. Failures print a unified diff; the last line counts.
"""

import argparse
import concurrent.futures
import difflib
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, timeout):
    """(status, stdout, stderr) of `command`, run at the root of the checkout."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL,
                              check=False)
    except subprocess.TimeoutExpired as expired:
        return -1, (expired.stdout or b"").decode(errors="replace"), f"no end after {timeout} s"
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def arguments_of(script, scratch):
    """A conformance script may write files; an example takes its defaults."""
    return [scratch] if script.parent.name == "conformance" else []


def reference(script, cache, timeout):
    """What Python says, from the cache if the script and the versions are those of the cached run."""
    version = f"{sys.version} {numpy.__version__}"
    key = hashlib.sha256(version.encode() + script.read_bytes() + b"".join(
        p.read_bytes() for p in sorted((ROOT / "examples" / "data").glob("*.csv")))).hexdigest()
    kept = cache / f"{script.stem}-{key[:16]}"
    if kept.exists():
        status, _, output = kept.read_text().partition("\n")
        return int(status), output
    with tempfile.TemporaryDirectory() as scratch:
        status, output, errors = run([sys.executable, str(script.relative_to(ROOT)),
                                      *arguments_of(script, scratch)], timeout)
    if status != 0:
        raise RuntimeError(f"{script.name} fails under Python:\n{errors}")
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(f"{status}\n{output}")
    return status, output


def check(lathe, script, options, expected, timeout):
    """The failure of one run as text, or None."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [lathe, "run", *options, str(script.relative_to(ROOT)), *arguments_of(script, scratch)]
        status, output, errors = run(command, timeout)
    if (status, output) == expected:
        return None
    diff = list(difflib.unified_diff(expected[1].splitlines(), output.splitlines(), "python", "lathe", "", "", 1,
                                     lineterm=""))
    text = [f"FAILED {script.name} {' '.join(options)} (status {status})"]
    text += diff[:16] + ["  …"] * (len(diff) > 16)
    return "\n".join(text + errors.splitlines()[-8:])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lathe", default="build/lathe")
    parser.add_argument("--jit", default="off,on,force")
    parser.add_argument("--isa", default="native")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--scripts", default="tests/conformance", help="the folder of the scripts")
    parser.add_argument("--brief", action="store_true", help="name failures without their diffs")
    parser.add_argument("names", nargs="*", help="only these scripts")
    return parser.parse_args()


def main():
    options = parse_arguments()
    lathe = str((ROOT / options.lathe).resolve())
    scripts = sorted((ROOT / options.scripts).glob("*.py"))
    if options.names:
        wanted = {pathlib.Path(name).stem for name in options.names}
        scripts = [script for script in scripts if script.stem in wanted]
    cache = ROOT / "build" / "conformance-cache"
    configurations = [["--jit", jit, "--isa", isa] for jit in options.jit.split(",")
                      for isa in options.isa.split(",") if jit != "off" or isa == options.isa.split(",")[0]]
    # Choices are no part of a result.
    configurations.append(["--jit", "force", "--choose", "random=1"])
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        references = {script: pool.submit(reference, script, cache, options.timeout) for script in scripts}
        runs = []
        for script in scripts:
            try:
                expected = references[script].result()
            except RuntimeError as error:
                sys.exit(str(error))
            for configuration in configurations:
                runs.append((script, configuration, pool.submit(check, lathe, script, configuration, expected,
                                                                options.timeout)))
        failures = [(script, configuration, failure.result()) for script, configuration, failure in runs
                    if failure.result()]
    for script, configuration, failure in failures:
        print(f"{script.name} {' '.join(configuration)}" if options.brief else failure)
    print(f"{pathlib.Path(options.scripts).name}: {len(runs) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures or not runs else 0)


main()
