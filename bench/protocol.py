"""What all benchmarks share: peers that answer requests with a line, the machine's description, numbers of a table."""

import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys


class Process:
    """A peer that stays: reads requests, answers each with a line."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.pipe = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                     env={**os.environ, **(environment or {})})

    def ask(self, workload, n, seconds):
        self.pipe.stdin.write(f"{workload} {n} {seconds}\n")
        self.pipe.stdin.flush()
        return self.pipe.stdout.readline()

    def close(self):
        self.pipe.stdin.close()
        self.pipe.wait()


class Script:
    """A peer that is run anew for each request, which it gets as arguments."""

    def __init__(self, name, command):
        self.name = name
        self.command = command

    def ask(self, workload, n, seconds):
        done = subprocess.run([*self.command, workload, str(n), str(seconds)], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{self.name} {workload} n={n}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return done.stdout

    def close(self):
        pass


def number(value):
    if value is None:
        return "-"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def print_rows(columns, rows, out):
    """A Markdown table; the rows are lists of cells."""
    print("| " + " | ".join(columns) + " |", file=out)
    print("|" + " --- |" * len(columns), file=out)
    for cells in rows:
        print("| " + " | ".join(cells) + " |", file=out)


def describe_machine(cores, packages):
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    gcc = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=False).stdout.strip()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return (f"{model}, {cores} cores, load {os.getloadavg()[0]:.2f} at the start; gcc {gcc}, Python "
            f"{platform.python_version()}, {versions}")
