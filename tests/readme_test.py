"""The README's tour is true: its script, run by Lathe, prints what the README says it prints.

Takes the first ```python block of README.md and the block that follows it, which begins with a line
"$ lathe run ..." and ends with the output. usage: readme_test.py LATHE
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    match = re.search(r"```python\n(.*?)```.*?```\n\$ lathe run \S+\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    if not match:
        sys.exit("README.md has no tour")
    with tempfile.TemporaryDirectory() as scratch:
        script = pathlib.Path(scratch) / "tour.py"
        script.write_text(match[1])
        done = subprocess.run([str(pathlib.Path(sys.argv[1]).resolve()), "run", str(script)], capture_output=True,
                              text=True, check=False)
    # CPython tells of an uncaught error by the script's path, which here is a temporary one.
    shown = done.stdout + done.stderr.replace(f"{scratch}/", "")
    good = shown == match[2]
    if not good:
        print(f"README.md says:\n{match[2]}\nLathe prints:\n{shown}")
    print(f"readme: {int(good)} passed, {int(not good)} failed")
    sys.exit(0 if good else 1)


main()
