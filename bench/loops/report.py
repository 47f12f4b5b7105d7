"""The tables of the loop benchmark: nanoseconds a turn, first calls, warm-up, means, and where Lathe is behind."""

import math
import statistics
from dataclasses import dataclass

from protocol import number, print_rows

BEHIND = 1.1  # times a peer's time, from which on Lathe counts as behind


@dataclass
class Report:
    peers: list
    plain: list
    statements: list
    warmup: dict
    versions: list


def each(row, peer):
    """Nanoseconds a turn."""
    return row.figures[peer].each if peer in row.figures else None


def first(row, peer):
    """Nanoseconds of the first call at the row's size: the warm-up, and the turns at the speed reached after it."""
    figure = row.figures.get(peer)
    return figure and figure.warmup + figure.each * row.iterations


def ratio(row, peer, value=each):
    ours, theirs = value(row, "Lathe"), value(row, peer)
    return ours / theirs if ours and theirs else None


def mean(rows, peer, value=each):
    """(the geometric mean of Lathe's times over the peer's, of how many rows)"""
    ratios = [found for found in (ratio(row, peer, value) for row in rows) if found]
    return (math.exp(statistics.fmean(math.log(r) for r in ratios)) if ratios else None), len(ratios)


def cell(row, peer):
    figure = row.figures.get(peer)
    if not figure:
        return "-"
    return number(figure.each) + (f" @{figure.size}" if figure.size != row.size else "")


def write_turns(title, rows, peers, others, out):
    """Nanoseconds a turn; `others` are the peers to give ratios to."""
    shown = [peer for peer in peers if any(peer in row.figures for row in rows)]
    if not rows:
        return
    print(f"\n{title}\n", file=out)
    columns = ["workload", "N", *shown, *(f"Lathe / {peer}" for peer in others)]
    print_rows(columns, [[row.text, str(row.size), *(cell(row, peer) for peer in shown),
                          *(number(ratio(row, peer)) for peer in others)] for row in rows], out)


def write_first_calls(rows, peers, out):
    shown = [peer for peer in peers if not peer.startswith("C ") and any(peer in row.figures for row in rows)]
    print("\nMilliseconds of the first call at size N, warm-up included\n", file=out)
    lines = []
    for row in rows:
        times = [first(row, peer) for peer in shown]
        lines.append([row.text, *(number(time and time / 1e6) for time in times), number(ratio(row, "numba", first))])
    print_rows(["workload", *shown, "Lathe / numba"], lines, out)


def write_means(report, out):
    print("\nGeometric means\n", file=out)
    wanted = [("plain loops", report.plain, "C", each), ("plain loops", report.plain, "C no FMA", each),
              ("plain loops", report.plain, "numba", each),
              ("plain loops, warm-up included", report.plain, "numba", first),
              ("plain loops", report.plain, "LuaJIT", each), ("plain loops", report.plain, "PyPy", each),
              ("plain loops", report.plain, "CPython", each), ("array statements", report.statements, "C", each),
              ("array statements", report.statements, "CPython", each)]
    lines = []
    for label, rows, peer, value in wanted:
        found, count = mean(rows, peer, value)
        if found:
            lines.append([f"Lathe / {peer}, {label}", number(found), str(count)])
    print_rows(["ratio", "mean", "of workloads"], lines, out)


def write_loop_against_array(report, out):
    rows = {row.name: row for row in report.plain + report.statements}
    times = [each(rows[name], "Lathe") for name in ("product_loop", "product_array") if name in rows]
    if len(times) == 2 and all(times):
        print(f"\nIn Lathe, c[i] = a[i]*b[i] in a loop takes {number(times[0] / times[1])} times what c = a*b takes.",
              file=out)


def write_warmup(warmup, out):
    if not warmup:
        return
    print("\nThe first 1000 turns of a fresh loop in Lathe (us)\n", file=out)
    lines = [[loop, number(on), number(off), f"{on - off:+.3g}"] for loop, (on, off) in warmup.items()]
    difference = statistics.median(on - off for on, off in warmup.values())
    print_rows(["loop", "--jit on", "--jit off", "difference"], [*lines, ["median", "", "", f"{difference:+.3g}"]], out)


def write_behind(report, out):
    print(f"\nWhere Lathe takes more than {BEHIND} times what a peer takes:\n", file=out)
    for row in report.plain + report.statements:
        ratios = {peer: ratio(row, peer) for peer in report.peers if peer != "Lathe"}
        slow = [f"{peer} {number(r)}x" for peer, r in ratios.items() if r and r > BEHIND]
        if "Lathe" not in row.figures:
            print(f"- {row.text}: Lathe has no (right) result", file=out)
        elif slow:
            print(f"- {row.text}: {', '.join(slow)}", file=out)


def write(report, rounds, out):
    print(f"\n{'; '.join(report.versions)}. Medians of {rounds} interleaved rounds. \"@N\": at that smaller size.", file=out)
    write_turns("Plain loops: nanoseconds a turn of the innermost loop", report.plain, report.peers, ["C", "numba"], out)
    write_turns("Array statements in loops: nanoseconds an element (CPython is NumPy)", report.statements, report.peers,
                ["C", "CPython"], out)
    write_loop_against_array(report, out)
    if report.plain:
        write_first_calls(report.plain, report.peers, out)
    write_warmup(report.warmup, out)
    if "Lathe" in report.peers:
        write_means(report, out)
        write_behind(report, out)
