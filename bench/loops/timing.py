"""Times one workload in one process; shared by the peers that run Python source: CPython, Lathe, PyPy, numba.

The protocol is that of ../kernels.c with one field more: "NANOSECONDS CHECK FIRST", the best call, the check, and
the first call, which includes whatever the peer does to warm up.
"""

import time


def measure(prepare, run, look, check, seconds):
    """The answer to a request. `prepare` makes new inputs for each call and `look` waits for a result."""
    first = 0.0
    best = 1e30
    result = None
    calls = 0
    end = time.perf_counter() + seconds
    while calls < 2 or time.perf_counter() < end:
        inputs = prepare()
        start = time.perf_counter()
        result = run(*inputs)
        look(result)
        elapsed = time.perf_counter() - start
        if calls == 0:
            first = elapsed
        else:
            best = min(best, elapsed)
        calls += 1
    return f"{best * 1e9:.6g} {check(result):.15g} {first * 1e9:.6g}"
