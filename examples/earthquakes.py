# Statistics of the Ridgecrest aftershocks: the Gutenberg-Richter b-value and Omori's law of decay.
#
# b is Aki's maximum-likelihood estimate with a bootstrap for its error. Omori's p comes from a search over
# a grid of its two parameters, evaluated as one array expression.
#
# usage: earthquakes.py [data directory]

import math
import sys

import numpy as np

BIN = 0.1


def b_value(magnitudes, smallest):
    return math.log10(math.e) / (magnitudes.mean() - (smallest - BIN / 2))


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else "examples/data"
    table = np.loadtxt(directory + "/ridgecrest_2019.csv", delimiter=",", skiprows=1)
    days, longitude, latitude = table[:, 0], table[:, 1], table[:, 2]
    depth, magnitude = table[:, 3], table[:, 4]
    print(f"{days.size} earthquakes in {days.max():.2f} days, largest M {magnitude.max():.1f}")
    print(f"depth: mean {depth.mean():.2f} km, deviation {depth.std():.2f} km")

    print("magnitude  at least  just here")
    for k in range(25, 56, 5):
        edge = k / 10
        here = np.sum((magnitude >= edge - 1e-9) & (magnitude < edge + 0.5 - 1e-9))
        print(f"   {edge:.1f}      {np.sum(magnitude >= edge - 1e-9):5d}     {here:5d}")

    smallest = 3.0
    complete = magnitude[magnitude >= smallest - BIN / 2]
    b = b_value(complete, smallest)
    a = math.log10(complete.size) + b * smallest
    rng = np.random.default_rng(2019)
    estimates = []
    for _ in range(200):
        estimates.append(b_value(complete[rng.integers(0, complete.size, complete.size)], smallest))
    print(f"b = {b:.3f} +- {np.array(estimates).std():.3f}, a = {a:.2f}, from {complete.size} events")
    print(f"expected of M >= 5: {10 ** (a - 5 * b):.1f}, seen: {np.sum(magnitude >= 5)}")

    # Omori: rate = k / (t + c)**p. For given c and p, the best k is known; so is the likelihood.
    times = days[magnitude >= smallest]
    end = 7.0
    c = np.linspace(0.005, 0.5, 100)[:, np.newaxis]
    p = np.linspace(0.505, 1.605, 111)
    integral = ((end + c) ** (1 - p) - c ** (1 - p)) / (1 - p)
    logs = np.sum(np.log(times + c), axis=1, keepdims=True)
    likelihood = times.size * np.log(times.size / integral) - p * logs - times.size
    best = np.argmax(likelihood)
    print(f"Omori: c = {c[best // p.size, 0]:.3f} days, p = {p[best % p.size]:.2f}")

    # How far the aftershocks spread: kilometres on a plane that touches the earth at their mean.
    x = (longitude - longitude.mean()) * 111.32 * math.cos(math.radians(latitude.mean()))
    y = (latitude - latitude.mean()) * 110.57
    sxx, syy, sxy = np.mean(x * x), np.mean(y * y), np.mean(x * y)
    angle = 0.5 * math.atan2(2 * sxy, sxx - syy)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    print(f"fault: {2 * along.std():.1f} km by {2 * across.std():.1f} km (two deviations), "
          f"strike {90 - math.degrees(angle):.0f} degrees")


main()
