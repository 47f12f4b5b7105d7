# The price of a European and an Asian call option by Monte Carlo, against Black and Scholes' formula.
#
# The random numbers are those of np.random.default_rng, to the bit, so the prices are NumPy's too.
#
# usage: option_price.py [paths]

import math
import sys

import numpy as np

SPOT = 100.0
RATE = 0.03
VOLATILITY = 0.25
YEARS = 1.0
STEPS = 12


def normal_cdf(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def black_scholes(strike):
    deviation = VOLATILITY * math.sqrt(YEARS)
    d1 = (math.log(SPOT / strike) + (RATE + VOLATILITY**2 / 2) * YEARS) / deviation
    d2 = d1 - deviation
    return SPOT * normal_cdf(d1) - strike * math.exp(-RATE * YEARS) * normal_cdf(d2)


def main():
    paths = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rng = np.random.default_rng(42)
    step = YEARS / STEPS
    drift = (RATE - VOLATILITY**2 / 2) * step
    price = np.full(paths, SPOT)
    average = np.zeros(paths)
    for _ in range(STEPS):
        price = price * np.exp(drift + VOLATILITY * math.sqrt(step) * rng.standard_normal(paths))
        average += price / STEPS
    discount = math.exp(-RATE * YEARS)
    print(f"{paths} paths of {STEPS} steps")
    print(f"mean final price {price.mean():.4f}, expected {SPOT * math.exp(RATE * YEARS):.4f}")
    print("strike  European (+- error)  formula   Asian (+- error)")
    for strike in [80, 90, 100, 110, 120]:
        european = discount * np.maximum(price - strike, 0.0)
        asian = discount * np.maximum(average - strike, 0.0)
        print(f"{strike:6d}  {european.mean():8.4f} +- {european.std() / math.sqrt(paths):.4f}  "
              f"{black_scholes(strike):8.4f}  {asian.mean():8.4f} +- {asian.std() / math.sqrt(paths):.4f}")
    losses = np.sum(price < 80.0)
    print(f"a loss of more than a fifth: {100 * losses / paths:.2f} % of the paths")


main()
