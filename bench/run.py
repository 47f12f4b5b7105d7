"""Measures Lathe beside its peers, side by side in one run, and prints tables with ratios.

Every peer is a process that computes the same workloads on the same inputs; kernels.c documents the protocol.
For each workload the peers take turns, several rounds over; a figure is the median of the rounds. Results are
checked against NumPy's before their times count. The array workloads are here, the loops in loops/suite.py; `--loops`
measures only those. `--quick` takes fewer, shorter rounds and smaller arrays; `--markdown FILE` also writes the tables
to a file.
"""

import argparse
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

from loops import report, suite
from protocol import Process, Script, describe_machine, number, print_rows

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE / "scripts" / "workloads.py"
SIZES = [10, 1000, 100_000, 10_000_000]
ELEMENTWISE = {"01a": "a*b+c, fresh result", "01b": "a*b+c, into an array", "02": "polynomial, 10 ops",
               "03a": "Black-Scholes with erf", "04a": "sum((a-b)**2)", "04b": "max(abs(a-b))",
               "07": "where(x>0, sin, cos*x)", "10a": "exp", "10b": "log", "10c": "sin", "10d": "tanh", "10e": "x**1.7"}
SQUARES = {"05a": ("softmax of rows", 1000 * 1000), "05b": ("column sums", 2000 * 2000),
           "06": ("Jacobi, 50 steps", 1024 * 1024)}
MILLION = ["10a", "10b", "10c"]  # measured at a million elements too
LATENCIES = {"first3": "first evaluation, 3 ops, n=1000", "first20": "first evaluation, 20 ops, n=1000",
             "hit": "a*b+c at n=10, evaluated anew", "handle": "compiled handle of a*b+c, n=10"}


def start_peers(build, cores, only):
    python = sys.executable
    makers = {
        "Lathe 1T": lambda name: Process(name, [f"{build}/bench/lathe_bench", "1"]),
        f"Lathe {cores}T": lambda name: Process(name, [f"{build}/bench/lathe_bench", str(cores)]),
        "Lathe fast 1T": lambda name: Process(name, [f"{build}/bench/lathe_bench", "1", "fast"]),
        "Lathe script": lambda name: Script(name, [f"{build}/lathe", "run", SCRIPT]),
        "NumPy": lambda name: Script(name, [python, SCRIPT]),
        "numexpr": lambda name: Process(name, [python, HERE / "peers.py", "numexpr", str(cores)]),
        "numba": lambda name: Process(name, [python, HERE / "peers.py", "numba", str(cores)]),
        "JAX": lambda name: Process(name, [python, HERE / "peers.py", "jax", str(cores)]),
        "C -O3 1T": lambda name: Process(name, [f"{build}/bench/kernels"]),
        "C fast 1T": lambda name: Process(name, [f"{build}/bench/kernels_fast"]),
        f"C -O3 {cores}T": lambda name: Process(name, [f"{build}/bench/kernels_omp"], {"OMP_NUM_THREADS": str(cores)}),
        f"C fast {cores}T": lambda name: Process(name, [f"{build}/bench/kernels_fast_omp"], {"OMP_NUM_THREADS": str(cores)}),
    }
    return [make(name) for name, make in makers.items() if not only or any(part in name for part in only)]


def measure(peers, workload, n, rounds, seconds):
    """{peer: median nanoseconds a call}; peers whose result is not NumPy's are left out, loudly."""
    times, checks = {}, {}
    for _ in range(rounds):
        for peer in peers:
            answer = peer.ask(workload, n, seconds).split()
            if len(answer) == 2:
                times.setdefault(peer.name, []).append(float(answer[0]))
                checks[peer.name] = float(answer[1])
    truth = checks.get("NumPy", checks.get("C -O3 1T"))
    for name, check in checks.items():
        if truth is not None and not math.isclose(check, truth, rel_tol=1e-9, abs_tol=1e-6):
            print(f"WRONG {name} {workload} n={n}: {check}, NumPy {truth}", file=sys.stderr)
            del times[name]
    return {name: statistics.median(values) for name, values in times.items()}


def ratio(row, peers, ours, theirs):
    """The best time of ours over the best of theirs, by prefix and suffix of the names."""
    one = [row[p] for p in peers if p in row and p in ours]
    two = [row[p] for p in peers if p in row and p in theirs]
    return number(min(one) / min(two)) if one and two else "-"


def print_table(title, rows, peers, cores, out):
    print(f"\n{title}\n", file=out)
    columns = ["workload", *peers, "1T / best C 1T", f"{cores}T / best C {cores}T", "NumPy / best Lathe"]
    lines = []
    for label, row in rows:
        lines.append([label, *(number(row.get(peer)) for peer in peers),
                      ratio(row, peers, ["Lathe 1T"], ["C -O3 1T", "C fast 1T"]),
                      ratio(row, peers, [f"Lathe {cores}T"], [f"C -O3 {cores}T", f"C fast {cores}T"]),
                      ratio(row, peers, ["NumPy"], ["Lathe 1T", f"Lathe {cores}T"])])
    print_rows(columns, lines, out)


def start_up(build, out):
    """Milliseconds from nothing to the first line of output."""
    print("\nStart of a process that prints one array sum (ms): ", end="", file=out)
    parts = []
    code = "import numpy as np\nprint((np.arange(1000.0) * 2 + 1).sum())"
    for name, command in [("Lathe", [f"{build}/lathe", "-c", code]), ("python3 + NumPy", [sys.executable, "-c", code])]:
        times = []
        for _ in range(9):
            start = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            times.append(time.perf_counter() - start)
        parts.append(f"{name} {statistics.median(times) * 1e3:.1f}")
    print(", ".join(parts), file=out)


def plan(quick, only):
    """(label, workload, n, calls that one result counts for) of every row."""
    rows = []
    for n in [size for size in SIZES if not quick or size < 10_000_000]:
        rows += [(f"{name} {text}, n={n:.0e}", name, n) for name, text in ELEMENTWISE.items()]
    rows += [(f"{name} {ELEMENTWISE[name]}, n=1e+06", name, 1_000_000) for name in MILLION]
    rows += [(f"{name} {text}", name, cells) for name, (text, cells) in SQUARES.items()]
    return [row for row in rows if not only or row[1] in only]


def run_arrays(build, cores, quick, rounds, only_peers, only_workloads):
    """Measures the array workloads; returns a function that writes the tables, or None if none was asked for."""
    planned = plan(quick, only_workloads)
    if not planned:
        return None
    seconds = 0.03 if quick else 0.1
    peers = start_peers(build, cores, only_peers)
    names = [peer.name for peer in peers]
    rows, latencies = [], []
    for label, workload, n in planned:
        times = measure(peers, workload, n, rounds, seconds)
        rows.append((label, {name: value / n for name, value in times.items()}))
        print(label, {name: number(value) for name, value in rows[-1][1].items()}, file=sys.stderr)
    if not only_workloads:
        fast = [peer for peer in peers if not peer.name.startswith("C ")]
        for name, text in LATENCIES.items():
            latencies.append((text, {p: t / 1000 for p, t in measure(fast, name, 10, rounds, seconds).items()}))
    for peer in peers:
        peer.close()

    def write(out):
        print(f"Medians of {rounds} interleaved rounds.", file=out)
        print_table("Nanoseconds an element (a cell; for Jacobi a cell and 50 steps)", rows, names, cores, out)
        if latencies:
            print_table("Microseconds", latencies, names, cores, out)
            start_up(build, out)

    return write


def run_loops(build, lathe, quick, rounds, only_peers, only_workloads):
    """The same for the workloads that are loops."""
    found = suite.run(build, lathe, quick, rounds, only_peers, only_workloads)
    return found and (lambda out: report.write(found, rounds, out))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build-bench")
    parser.add_argument("--lathe", help="the tool that runs the loops, if not the one of the build")
    parser.add_argument("--loops", action="store_true", help="only the loops")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--peers", help="only peers whose names contain one of these, separated by commas")
    parser.add_argument("--workloads", help="only these, separated by commas")
    parser.add_argument("--markdown", help="write the tables to this file too")
    return parser.parse_args()


def main():
    options = parse_arguments()
    cores = len(os.sched_getaffinity(0))
    build = pathlib.Path(options.build).resolve()
    rounds = options.rounds or (3 if options.quick else 5)
    only = [text.split(",") if text else None for text in (options.peers, options.workloads)]
    machine = describe_machine(cores, ("numpy", "numba") if options.loops else ("numpy", "numexpr", "numba", "jax"))
    writers = [] if options.loops else [run_arrays(build, cores, options.quick, rounds, *only)]
    writers.append(run_loops(build, options.lathe or f"{build}/lathe", options.quick, rounds, *only))
    outputs = [sys.stdout] + ([open(options.markdown, "w")] if options.markdown else [])
    for out in outputs:
        print(machine, file=out)
        for write in filter(None, writers):
            write(out)


main()
