"""The loop benchmark: plain Python loops over arrays, and array statements in loops, on Lathe and its peers.

Every peer speaks the protocol that timing.py documents; C says in its answer how often the innermost loop turns, and
its check is what the others' checks must equal before their times count. Peers that interpret run a smaller size when a
trial says that a call would take longer than the budget.
"""

import math
import pathlib
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass

from loops import report
from protocol import Process, Script

HERE = pathlib.Path(__file__).resolve().parent
# name: what it is, and its sizes, the full one first; --quick begins at the second
PLAIN = {
    "laplace": ("Laplace in place, 500x500, N sweeps", [50, 5, 1]),
    "recurrence": ("x[i] = a[i]*x[i-1] + b[i]", [1_000_000, 100_000, 10_000]),
    "floyd_warshall": ("Floyd-Warshall, N nodes", [300, 100, 30]),
    "matmul": ("matrix product ijk, NxN", [300, 100, 30]),
    "collatz": ("Collatz, starts below N", [1_000_000, 100_000, 3_000]),
    "sieve": ("sieve below N", [10_000_000, 1_000_000, 30_000]),
    "mandelbrot": ("Mandelbrot, NxN, 200 steps", [400, 100, 30]),
    "binary_search": ("N binary searches in 1e6", [100_000, 10_000, 1_000]),
    "insertion_sort": ("insertion sort of N", [3000, 1000, 300]),
    "histogram": ("histogram of N in 1000 bins", [1_000_000, 100_000, 10_000]),
    "product_loop": ("c[i] = a[i]*b[i], N turns", [1_000_000, 100_000, 10_000]),
}
STATEMENTS = {
    "product_array": ("c = a*b, N elements", [1_000_000, 100_000, 10_000]),
    "jacobi": ("Jacobi slices 30x30, N steps", [1000, 300, 100]),
    "triangular": ("triangular solve by rows, NxN", [300, 300, 100]),
    "oscillators": ("10 statements on 100 elements, N steps", [1000, 300, 100]),
}
INTERPRETERS = ["Lathe", "CPython"]  # peers that may need a smaller size


@dataclass
class Fact:
    """What C says of a workload at a size."""

    check: float
    iterations: int


@dataclass
class Figure:
    """A peer's result: nanoseconds a turn, and of the first call what it took beyond a later one."""

    size: int
    each: float
    warmup: float


@dataclass
class Row:
    name: str
    text: str
    size: int
    iterations: int
    figures: dict


def start_peers(build, lathe, only):
    python = sys.executable
    makers = {
        "C": lambda name: Process(name, [f"{build}/bench/loop_kernels"]),
        "C no FMA": lambda name: Process(name, [f"{build}/bench/loop_kernels_nofma"]),
        "Lathe": lambda name: Script(name, [lathe, "run", HERE / "workloads.py"]),
        "LuaJIT": lambda name: Script(name, ["luajit", HERE / "workloads.lua"]),
        "PyPy": lambda name: Script(name, ["pypy3", HERE / "workloads_pypy.py"]),
        "numba": lambda name: Process(name, [python, HERE / "numba_peer.py"]),
        "CPython": lambda name: Script(name, [python, HERE / "workloads.py"]),
    }
    for name, program in [("LuaJIT", "luajit"), ("PyPy", "pypy3")]:
        if not shutil.which(program):
            print(f"{program} is not installed: no {name}", file=sys.stderr)
            del makers[name]
    wanted = [name for name in makers if name == "C" or not only or any(part in name for part in only)]
    return [makers[name](name) for name in wanted]


class Measurement:
    """One workload on all peers."""

    def __init__(self, peers, name, sizes, seconds):
        self.peers, self.name, self.sizes, self.seconds = peers, name, sizes, seconds
        self.facts = {size: self.fact(size) for size in sizes}

    def fact(self, size):
        _, check, _, iterations = self.peers[0].ask(self.name, size, 0).split()
        return Fact(float(check), int(iterations))

    def ask(self, peer, size, seconds):
        """(nanoseconds a turn, nanoseconds of warm-up) or None; a wrong result is no result, loudly."""
        fields = peer.ask(self.name, size, seconds).split()
        if len(fields) < 3:
            return None
        best, check, first = (float(field) for field in fields[:3])
        fact = self.facts[size]
        if not math.isclose(check, fact.check, rel_tol=1e-9, abs_tol=1e-6):
            print(f"WRONG {peer.name} {self.name} n={size}: {check}, C {fact.check}", file=sys.stderr)
            return None
        return best / fact.iterations, max(first - best, 0.0)

    def choose(self, peer, budget):
        """The largest size whose call takes at most `budget` seconds, by a trial at the smallest; None if it fails."""
        if peer.name not in INTERPRETERS:
            return self.sizes[0]
        trial = self.ask(peer, self.sizes[-1], 0)
        if not trial:
            return None
        fitting = [size for size in self.sizes if trial[0] * self.facts[size].iterations <= budget * 1e9]
        return (fitting or self.sizes[-1:])[0]

    def run(self, rounds, budget):
        """{peer: Figure}, the peers by turns."""
        sizes = {peer.name: self.choose(peer, budget) for peer in self.peers}
        answers = {}
        for _ in range(rounds):
            for peer in self.peers:
                size = sizes[peer.name]
                answer = self.ask(peer, size, self.seconds) if size else None
                if answer:
                    answers.setdefault(peer.name, []).append(answer)
                else:
                    sizes[peer.name] = None
        return {name: Figure(sizes[name], statistics.median(each for each, _ in values),
                             statistics.median(warmup for _, warmup in values))
                for name, values in answers.items() if sizes[name]}


def measure_rows(workloads, peers, quick, rounds):
    rows = []
    for name, (text, sizes) in workloads.items():
        sizes = sizes[1:] if quick else sizes
        measurement = Measurement(peers, name, sizes, 0.03 if quick else 0.1)
        figures = measurement.run(rounds, 0.5 if quick else 2.0)
        rows.append(Row(name, text, sizes[0], measurement.facts[sizes[0]].iterations, figures))
        print(name, {peer: f"{figure.each:.3g}" for peer, figure in figures.items()}, file=sys.stderr)
    return rows


def measure_warmup(lathe, runs):
    """{loop: (microseconds of 1000 turns with --jit on, with --jit off)}, medians of alternating runs."""
    times = {}
    for _ in range(runs):
        for mode in ("on", "off"):
            done = subprocess.run([lathe, "run", "--jit", mode, HERE / "warmup.py"], capture_output=True, text=True,
                                  check=False)
            for line in done.stdout.splitlines():
                loop, microseconds = line.split()
                times.setdefault(loop, {"on": [], "off": []})[mode].append(float(microseconds))
    return {loop: tuple(statistics.median(modes[mode]) for mode in ("on", "off")) for loop, modes in times.items()
            if modes["on"] and modes["off"]}


def version(command):
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[-1].split(" -- ")[0].strip("[]")


def run(build, lathe, quick, rounds, peers, workloads):
    """Measures; returns what report.write takes, or None if no workload is of this part."""
    wanted = [{name: entry for name, entry in part.items() if not workloads or name in workloads}
              for part in (PLAIN, STATEMENTS)]
    if not any(wanted):
        return None
    running = start_peers(build, lathe, peers)
    plain, statements = (measure_rows(part, running, quick, rounds) for part in wanted)
    names = [peer.name for peer in running]
    for peer in running:
        peer.close()
    warmup = measure_warmup(lathe, 2 * rounds + 1) if not workloads and "Lathe" in names else {}
    versions = [text for text in (version(["luajit", "-v"]), version(["pypy3", "--version"])) if text]
    return report.Report(names, plain, statements, warmup, versions)
