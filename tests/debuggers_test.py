"""What other tools see of machine code: perf's map and jitdump, GDB's backtraces.

The files are read here as their descriptions say; the tools themselves are asked too where the machine has them and
lets them work. usage: debuggers_test.py LATHE
"""

import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SCRIPT = """import numpy as np
a = np.arange(3000.0)
print(np.sum(a * 2 + 1))
def work(n):
    total = 0.0
    for i in range(n):
        total += i * 0.5
    return total
print(work(COUNT))
"""
ENDLESS = 1 << 50
SHORT = 20000


def run(lathe, folder, count, **variables):
    """The process, waited for."""
    (folder / "script.py").write_text(SCRIPT.replace("COUNT", str(count)))
    child = subprocess.Popen([lathe, "run", "script.py"], cwd=folder, env=dict(os.environ, **variables),
                             stdout=subprocess.DEVNULL)
    child.wait()
    return child


def check_map(lathe, folder):
    child = run(lathe, folder, SHORT, LATHE_PERF="map")
    path = pathlib.Path(f"/tmp/perf-{child.pid}.map")
    lines = path.read_text().splitlines()
    path.unlink()
    good = [re.fullmatch(r"[0-9a-f]+ [0-9a-f]+ lathe:(t|loop)\d+ script.py", line) for line in lines]
    names = {match[1] for match in good if match}
    return [] if all(good) and names == {"t", "loop"} else [f"the map says {lines}"]


def read_jitdump(data):
    """{name: (address, size, [(address, line)])}; raises if the file is not what the description says."""
    magic, version, header, machine, _, _, _, _ = struct.unpack_from("<IIIIIIQQ", data)
    assert (magic, version, header) == (0x4A695444, 1, 40) and machine in (62, 183)
    position, lines, found, closed = header, {}, {}, False
    while position < len(data):
        kind, size, _ = struct.unpack_from("<IIQ", data, position)
        body = data[position + 16:position + size]
        assert size >= 16 and position + size <= len(data)
        if kind == 2:
            address, count = struct.unpack_from("<QQ", body)
            at, entries = 16, []
            for _ in range(count):
                place, line, _ = struct.unpack_from("<QII", body, at)
                end = body.index(b"\0", at + 16)
                assert body[at + 16:end] == b"script.py"
                entries.append((place, line))
                at = end + 1
            assert at == len(body)
            lines[address] = entries
        elif kind == 0:
            _, _, address, same, length, _ = struct.unpack_from("<IIQQQQ", body)
            end = body.index(b"\0", 40)
            assert address == same and len(body) - end - 1 == length
            found[body[40:end].decode()] = (address, length, lines.get(address, []))
        else:
            closed = kind == 3
        position += size
    return found


def check_jitdump(lathe, folder):
    child = run(lathe, folder, SHORT, LATHE_PERF="jitdump", JITDUMPDIR=str(folder))
    found = read_jitdump((folder / f"jit-{child.pid}.dump").read_bytes())
    loops = [code for name, code in found.items() if name.startswith("lathe:loop")]
    wrong = []
    if not loops or not any(name.startswith("lathe:t") for name in found):
        wrong.append(f"the dump has {list(found)}")
    for address, length, entries in loops:
        if {line for _, line in entries} != {6, 7} or not all(address <= at < address + length for at, _ in entries):
            wrong.append(f"the loop's lines are {entries}")
    return wrong


def check_perf(lathe, folder):
    if not shutil.which("perf"):
        print("perf: not installed (package linux-perf), skipped")
        return []
    (folder / "script.py").write_text(SCRIPT.replace("COUNT", "300000000"))
    recorded = subprocess.run(["perf", "record", "-q", "-k", "mono", "-e", "cpu-clock", "-o", "raw.data", lathe, "run",
                               "script.py"], cwd=folder, capture_output=True, text=True,
                              env=dict(os.environ, LATHE_PERF="jitdump", JITDUMPDIR=str(folder)))
    if recorded.returncode != 0:
        print(f"perf: may not record on this system, skipped: {recorded.stderr.strip().splitlines()[:1]}")
        return []
    subprocess.run(["perf", "inject", "--jit", "-i", "raw.data", "-o", "jit.data"], cwd=folder, capture_output=True,
                   check=True)
    report = subprocess.run(["perf", "report", "-i", "jit.data", "--stdio"], cwd=folder, capture_output=True, text=True)
    return [] if "lathe:loop" in report.stdout else [f"perf report says:\n{report.stdout}"]


def wait_for_work(debugger, program):
    """The debugger's child once it runs `program` and has used a second of processor time: it is in the loop then.
    A signal that comes earlier would be taken for a part of starting it."""
    for _ in range(600):
        time.sleep(0.1)
        if debugger.poll() is not None:
            break
        try:
            for pid in pathlib.Path(f"/proc/{debugger.pid}/task/{debugger.pid}/children").read_text().split():
                used = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                if os.readlink(f"/proc/{pid}/exe") == program and int(used[11]) >= os.sysconf("SC_CLK_TCK"):
                    return int(pid)
        except OSError:
            continue
    return None


def check_gdb(lathe, folder):
    if not shutil.which("gdb"):
        print("gdb: not installed, skipped")
        return []
    (folder / "script.py").write_text(SCRIPT.replace("COUNT", str(ENDLESS)))
    child = subprocess.Popen(["gdb", "-nx", "-batch", "-ex", "set startup-with-shell off", "-ex", "run", "-ex", "bt",
                              "-ex", "kill", "--args", lathe, "run", "script.py"], cwd=folder, text=True,
                             env=dict(os.environ, LATHE_GDB="1"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    inferior = wait_for_work(child, os.path.realpath(lathe))
    if inferior and child.poll() is None:
        os.kill(inferior, signal.SIGTRAP)
    output = child.communicate(timeout=60)[0]
    if "ptrace: Operation not permitted" in output or "Couldn't get registers" in output:
        print("gdb: may not trace on this system, skipped")
        return []
    frame = re.search(r"^#0 .*lathe:loop0.* at script\.py:[67]$", output, re.M)
    caller = re.search(r"^#[1-9]\d* .*\bmain \(", output, re.M)
    return [] if frame and caller else [f"the backtrace is\n{output}"]


def main():
    lathe = str(pathlib.Path(sys.argv[1]).resolve())
    bad = 0
    checks = [check_map, check_jitdump, check_perf, check_gdb]
    for check in checks:
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(lathe, pathlib.Path(folder))
        bad += bool(wrong)
        for text in wrong:
            print(f"{check.__name__}: {text}")
    print(f"debuggers: {len(checks) - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


main()
