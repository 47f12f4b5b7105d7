# Estimates the spectrum of the monthly sunspot numbers by direct sums, without a Fourier transform.
#
# For every trial period the record is correlated with a cosine and a sine of that period: all periods and
# all months at once as one two-dimensional expression, which the engine fuses into the reductions.
#
# usage: sunspot_spectrum.py [data directory]

import sys

import numpy as np


def power(signal, t, periods):
    """The periodogram of `signal` at the given periods (years)."""
    phase = (2 * np.pi / periods)[:, np.newaxis] * t
    c = np.sum(signal * np.cos(phase), axis=1)
    s = np.sum(signal * np.sin(phase), axis=1)
    return (c * c + s * s) / signal.size


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else "examples/data"
    table = np.loadtxt(directory + "/sunspots_monthly.csv", delimiter=",", skiprows=1)
    t = table[:, 0] + (table[:, 1] - 0.5) / 12
    number = table[:, 2]
    print(f"{number.size} months, mean {number.mean():.2f}, largest {number.max():.1f} "
          f"in {int(table[np.argmax(number), 0])}")

    # A Hann window keeps the long cycles from leaking into their neighbours.
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(number.size) / (number.size - 1))
    signal = (number - number.mean()) * window

    periods = np.linspace(4.0, 16.0, 481)
    spectrum = power(signal, t, periods)
    best = np.argmax(spectrum)
    print(f"strongest period: {periods[best]:.2f} years")

    # The vertex of the parabola through the three points around the peak.
    left, middle, right = spectrum[best - 1], spectrum[best], spectrum[best + 1]
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    print(f"refined: {periods[best] + shift * (periods[1] - periods[0]):.3f} years")

    print("power by period:")
    bands = np.arange(5, 16)
    total = np.sum(spectrum)
    for band in bands:
        inside = (periods >= band - 0.5) & (periods < band + 0.5)
        share = np.sum(np.where(inside, spectrum, 0.0)) / total
        print(f"  {band:2d} years {100 * share:5.1f} % " + "#" * int(round(80 * share)))

    # The same estimate for both halves of the record: the cycle is not a clock.
    half = number.size // 2
    for name, part in [("first", slice(None, half)), ("second", slice(half, None))]:
        x = number[part] - number[part].mean()
        peak = periods[np.argmax(power(x, t[part], periods))]
        print(f"{name} half: {peak:.2f} years")


main()
