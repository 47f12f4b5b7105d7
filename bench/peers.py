"""The Python peers of the benchmark: numexpr, numba and JAX, each a process that speaks kernels.c's protocol.

usage: peers.py numexpr|numba|jax [THREADS]; then "NAME N SECONDS" lines on standard input.
"""

import math
import os
import sys
import time

PEER = sys.argv[1]
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
os.environ["NUMEXPR_MAX_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = str(THREADS)

import numpy as np  # noqa: E402 (the variables above must be set first)


class Inputs:
    def __init__(self, n):
        def fill(factor, scale, offset):
            return np.arange(n) * factor % 10007 / 10007.0 * scale + offset

        self.n = n
        self.a, self.b, self.c = fill(7919, 1, 0.5), fill(4729, 1, 0.25), fill(2971, 1, 0.125)
        self.x, self.p = fill(7919, 8, -2), fill(7919, 10, 0.5)
        self.out = np.zeros(n)


def numexpr_workloads():
    import numexpr

    numexpr.set_num_threads(THREADS)
    numexpr.set_vml_num_threads(1) if hasattr(numexpr, "set_vml_num_threads") and numexpr.use_vml else None

    def expression(text, *names, into=False):
        def run(i):
            values = {name: getattr(i, name) for name in names}
            return numexpr.evaluate(text, local_dict=values, out=i.out if into else None)

        return run

    return {
        "01a": expression("a * b + c", "a", "b", "c"),
        "01b": expression("a * b + c", "a", "b", "c", into=True),
        "02": expression("((((0.1 * x + 0.2) * x + 0.3) * x + 0.4) * x + 0.5) * x + 0.6", "x", into=True),
        "04a": expression("sum((a - b) ** 2)", "a", "b"),
        "04b": expression("max(abs(a - b))", "a", "b"),
        "07": expression("where(x > 0, sin(x), cos(x) * x)", "x", into=True),
        "10a": expression("exp(x)", "x", into=True),
        "10b": expression("log(p)", "p", into=True),
        "10c": expression("sin(x)", "x", into=True),
        "10d": expression("tanh(x)", "x", into=True),
        "10e": expression("p ** 1.7", "p", into=True),
        "hit": expression("a * b + c", "a", "b", "c"),
    }


def numba_workloads():
    import numba

    loop = numba.njit(parallel=THREADS > 1, fastmath=True)

    @loop
    def axpy(a, b, c, out):
        for i in numba.prange(a.size):
            out[i] = a[i] * b[i] + c[i]
        return out

    @loop
    def axpy_fresh(a, b, c):
        return a * b + c

    @loop
    def poly(x, out):
        for i in numba.prange(x.size):
            v = x[i]
            out[i] = ((((0.1 * v + 0.2) * v + 0.3) * v + 0.4) * v + 0.5) * v + 0.6
        return out

    @loop
    def black_scholes(a, b, c, out):
        for i in numba.prange(a.size):
            s, k, t = 50 + 100 * a[i], 50 + 100 * b[i], 0.25 + c[i]
            deviation = 0.3 * math.sqrt(t)
            d1 = (math.log(s / k) + (0.02 + 0.3 * 0.3 / 2) * t) / deviation
            d2 = d1 - deviation
            out[i] = (s * 0.5 * (1 + math.erf(d1 * 0.7071067811865476))
                      - k * math.exp(-0.02 * t) * 0.5 * (1 + math.erf(d2 * 0.7071067811865476)))
        return out

    @loop
    def squared_distance(a, b):
        total = 0.0
        for i in numba.prange(a.size):
            total += (a[i] - b[i]) * (a[i] - b[i])
        return total

    @loop
    def max_distance(a, b):
        largest = 0.0
        for i in numba.prange(a.size):
            largest = max(largest, abs(a[i] - b[i]))
        return largest

    @loop
    def choose(x, out):
        for i in numba.prange(x.size):
            out[i] = math.sin(x[i]) if x[i] > 0 else math.cos(x[i]) * x[i]
        return out

    @loop
    def softmax(x):
        out = np.empty_like(x)
        for i in numba.prange(x.shape[0]):
            largest = x[i].max()
            total = 0.0
            for j in range(x.shape[1]):
                out[i, j] = math.exp(x[i, j] - largest)
                total += out[i, j]
            for j in range(x.shape[1]):
                out[i, j] /= total
        return out

    @numba.njit(fastmath=True)
    def column_sums(x):
        out = np.zeros(x.shape[1])
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                out[j] += x[i, j]
        return out

    @loop
    def jacobi(a):
        u = a.copy()
        v = a.copy()
        for _ in range(50):
            for i in numba.prange(1, u.shape[0] - 1):
                for j in range(1, u.shape[1] - 1):
                    v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
            u, v = v, u
        return u.sum()

    def function(f):
        @loop
        def run(x, out):
            for i in numba.prange(x.size):
                out[i] = f(x[i])
            return out

        return run

    exp, log, sin, tanh = (function(numba.njit(f, fastmath=True)) for f in
                           (lambda v: math.exp(v), lambda v: math.log(v), lambda v: math.sin(v), lambda v: math.tanh(v)))
    power = function(numba.njit(lambda v: v**1.7, fastmath=True))
    return {
        "01a": lambda i: axpy_fresh(i.a, i.b, i.c), "01b": lambda i: axpy(i.a, i.b, i.c, i.out),
        "02": lambda i: poly(i.x, i.out), "03a": lambda i: black_scholes(i.a, i.b, i.c, i.out),
        "04a": lambda i: squared_distance(i.a, i.b), "04b": lambda i: max_distance(i.a, i.b),
        "05a": lambda i: softmax(square(i.x)), "05b": lambda i: column_sums(square(i.x)),
        "06": lambda i: jacobi(square(i.a)), "07": lambda i: choose(i.x, i.out), "10a": lambda i: exp(i.x, i.out),
        "10b": lambda i: log(i.p, i.out), "10c": lambda i: sin(i.x, i.out), "10d": lambda i: tanh(i.x, i.out),
        "10e": lambda i: power(i.p, i.out), "hit": lambda i: axpy_fresh(i.a, i.b, i.c),
    }


def jax_workloads():
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=" + ("true" if THREADS > 1 else "false")
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import erf

    jax.config.update("jax_enable_x64", True)

    def black_scholes(a, b, c):
        s, k, t = 50 + 100 * a, 50 + 100 * b, 0.25 + c
        deviation = 0.3 * jnp.sqrt(t)
        d1 = (jnp.log(s / k) + (0.02 + 0.3 * 0.3 / 2) * t) / deviation
        d2 = d1 - deviation
        return (s * 0.5 * (1 + erf(d1 * 0.7071067811865476))
                - k * jnp.exp(-0.02 * t) * 0.5 * (1 + erf(d2 * 0.7071067811865476)))

    def jacobi(a):
        def step(_, u):
            return u.at[1:-1, 1:-1].set(0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]))

        return jax.lax.fori_loop(0, 50, step, a).sum()

    def softmax(x):
        e = jnp.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def compiled(f, *names, prepare=lambda v: v):
        fast = jax.jit(f)
        ready = {}

        def run(i):
            if ready.get("inputs") is not i:
                ready["inputs"] = i
                ready["arrays"] = [jnp.asarray(prepare(getattr(i, name))) for name in names]
            return fast(*ready["arrays"]).block_until_ready()

        return run

    return {
        "01a": compiled(lambda a, b, c: a * b + c, "a", "b", "c"),
        "02": compiled(lambda x: ((((0.1 * x + 0.2) * x + 0.3) * x + 0.4) * x + 0.5) * x + 0.6, "x"),
        "03a": compiled(black_scholes, "a", "b", "c"), "04a": compiled(lambda a, b: ((a - b) ** 2).sum(), "a", "b"),
        "04b": compiled(lambda a, b: jnp.abs(a - b).max(), "a", "b"), "05a": compiled(softmax, "x", prepare=square),
        "05b": compiled(lambda x: x.sum(axis=0), "x", prepare=square), "06": compiled(jacobi, "a", prepare=square),
        "07": compiled(lambda x: jnp.where(x > 0, jnp.sin(x), jnp.cos(x) * x), "x"), "10a": compiled(jnp.exp, "x"),
        "10b": compiled(jnp.log, "p"), "10c": compiled(jnp.sin, "x"), "10d": compiled(jnp.tanh, "x"),
        "10e": compiled(lambda p: p**1.7, "p"), "hit": compiled(lambda a, b, c: a * b + c, "a", "b", "c"),
    }


def square(x):
    side = int(x.size**0.5)
    return x.reshape(side, side)


def measure(call, seconds):
    """(seconds a call, the result): the best of batches of at least a tenth of `seconds` each."""
    result = call()
    for _ in range(3):
        call()
    start = time.perf_counter()
    call()
    calls = int(seconds / 10 / max(time.perf_counter() - start, 1e-9)) + 1
    best, end = math.inf, time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            result = call()
        now = time.perf_counter()
        best = min(best, (now - start) / calls)
        if now > end:
            return best, result


def main():
    workloads = {"numexpr": numexpr_workloads, "numba": numba_workloads, "jax": jax_workloads}[PEER]()
    inputs = Inputs(1)
    for line in sys.stdin:
        name, n, seconds = line.split()
        if name not in workloads:
            print("-", flush=True)
            continue
        if int(n) != inputs.n:
            inputs = Inputs(int(n))
        each, result = measure(lambda: workloads[name](inputs), float(seconds))
        print(f"{each * 1e9:.6g} {float(np.sum(np.asarray(result))):.15g}", flush=True)


main()
