# A Kalman filter of the Nile's yearly flow: a level that wanders, seen through noise.
#
# The two variances are found by a search for the largest likelihood, all pairs of a grid filtered side by
# side: every step of the filter is one fused expression over the grid. Then the level and a change point.
#
# usage: nile.py [data directory]

import sys

import numpy as np


def log_likelihood(flow, noise, drift):
    """The local-level model's log-likelihood for arrays of the two variances."""
    level = np.full(noise.shape, flow[0])
    variance = noise + drift
    total = np.zeros(noise.shape)
    for y in flow[1:]:
        predicted = variance + noise
        error = y - level
        total -= 0.5 * (np.log(2 * np.pi * predicted) + error * error / predicted)
        gain = variance / predicted
        level = level + gain * error
        variance = variance * (1 - gain) + drift
    return total


def filter_level(flow, noise, drift):
    levels = np.zeros(flow.size)
    level, variance = flow[0], noise
    levels[0] = level
    for k in range(1, flow.size):
        variance += drift
        gain = variance / (variance + noise)
        level += gain * (flow[k] - level)
        variance *= 1 - gain
        levels[k] = level
    return levels


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else "examples/data"
    table = np.loadtxt(directory + "/nile.csv", delimiter=",", skiprows=1)
    year, flow = table[:, 0].astype(int), table[:, 1]
    print(f"{flow.size} years, {year[0]} to {year[-1]}, mean {flow.mean():.1f}, deviation {flow.std(ddof=1):.1f}")

    noise, drift = np.meshgrid(np.linspace(5000.0, 25000.0, 201), np.linspace(100.0, 4000.0, 196))
    likelihood = log_likelihood(flow, noise, drift)
    best = np.argmax(likelihood)
    print(f"best of {likelihood.size} models: noise {noise.ravel()[best]:.0f}, drift {drift.ravel()[best]:.0f}, "
          f"log-likelihood {likelihood.max():.3f}")

    levels = filter_level(flow, noise.ravel()[best], drift.ravel()[best])
    for k in range(9, flow.size, 15):
        print(f"  {year[k]}: flow {flow[k]:6.0f}, level {levels[k]:7.1f} " + "#" * int(levels[k] / 40))

    # The split into two constant levels that leaves the smallest sum of squares.
    squares = np.zeros(flow.size)
    for k in range(5, flow.size - 5):
        before, after = flow[:k], flow[k:]
        squares[k] = np.sum((before - before.mean()) ** 2) + np.sum((after - after.mean()) ** 2)
    k = 5 + np.argmin(squares[5:-5])
    print(f"change point: {year[k - 1]}, from {flow[:k].mean():.1f} to {flow[k:].mean():.1f}")


main()
