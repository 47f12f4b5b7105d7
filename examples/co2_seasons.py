# Splits the CO2 record of Mauna Loa into trend, season and remainder.
#
# The trend is a centred 2x12 moving average, the season the mean departure of each calendar month from it.
# A parabola through the trend, by its normal equations, then says how fast the rise itself grows.
#
# usage: co2_seasons.py [data directory]

import sys

import numpy as np

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def moving_average(x, period):
    """The centred average over one period; half a period is lost at each end."""
    n = x.size - period
    total = 0.5 * x[:n] + 0.5 * x[period : period + n]
    for shift in range(1, period):
        total = total + x[shift : shift + n]
    return total / period


def solve3(a, b):
    """Solves three equations by elimination without pivoting: `a` is positive definite."""
    a = a.copy()
    b = b.copy()
    for k in range(3):
        for i in range(k + 1, 3):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(3)
    for k in range(2, -1, -1):
        x[k] = (b[k] - np.sum(a[k, k + 1 :] * x[k + 1 :])) / a[k, k]
    return x


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else "examples/data"
    table = np.loadtxt(directory + "/co2_mauna_loa.csv", delimiter=",", skiprows=1)
    year, month, ppm = table[:, 0], table[:, 1].astype(np.int64), table[:, 2]
    print(f"{ppm.size} months, {int(year[0])} to {int(year[-1])}, {ppm.min():.2f} to {ppm.max():.2f} ppm")

    trend = moving_average(ppm, 12)
    departure = ppm[6:-6] - trend
    inner = month[6:-6]
    season = np.zeros(12)
    for k in range(12):
        season[k] = departure[inner == k + 1].mean()
    season -= season.mean()
    remainder = departure - season[inner - 1]

    print("season (ppm):")
    for k in range(12):
        print(f"  {MONTHS[k]} {season[k]:+6.2f} " + "#" * int(round(4 * (season[k] - season.min()))))
    print(f"season spans {season.max() - season.min():.2f} ppm, "
          f"from {MONTHS[np.argmin(season)]} to {MONTHS[np.argmax(season)]}")
    share = 1 - np.sum(remainder**2) / np.sum((departure - departure.mean()) ** 2)
    print(f"season explains {100 * share:.1f} % of the departures; "
          f"the remainder has a standard deviation of {remainder.std():.3f} ppm")

    t = year[6:-6] + (inner - 0.5) / 12 - 1980.0
    powers = np.stack([np.ones(t.size), t, t * t])
    coefficients = solve3(powers @ powers.T, powers @ trend)
    rate = coefficients[1] + 2 * coefficients[2] * t
    print(f"trend at the start of 1980: {coefficients[0]:.2f} ppm, rising {coefficients[1]:.3f} ppm a year")
    print(f"the rise grew from {rate[0]:.2f} to {rate[-1]:.2f} ppm a year")


main()
