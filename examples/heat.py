# Heat spreading through a square plate: explicit steps of the two-dimensional heat equation.
#
# The stencil is written with slices, as in any NumPy course; each step is one fused loop over the plate.
#
# usage: heat.py [size [steps]]

import sys

import numpy as np

SHADES = " .:-=+*#%@"


def step(u, k):
    """One explicit step; the border keeps its temperature."""
    u[1:-1, 1:-1] += k * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1])


def picture(u, rows, columns):
    """The plate in characters, darker where hotter."""
    n = u.shape[0]
    lines = []
    for i in range(rows):
        row = u[(i * (n - 1)) // (rows - 1)]
        line = ""
        for j in range(columns):
            heat = row[(j * (n - 1)) // (columns - 1)]
            line += SHADES[min(int(heat / 10.0 + 1e-9), 9)]
        lines.append("|" + line + "|")
    return "\n".join(lines)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 129
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    u = np.zeros((n, n))
    u[0, :] = 100.0
    u[:, 0] = 50.0
    u[n // 3 : n // 2, n // 3 : n // 2] = 100.0
    print(f"plate of {n} x {n}, {steps} steps")
    for k in range(steps + 1):
        if k % (steps // 5) == 0:
            inner = u[1:-1, 1:-1]
            print(f"step {k:5d}: mean {inner.mean():8.4f}, middle {u[n // 2, n // 2]:8.4f}, "
                  f"hottest inside {inner.max():8.4f}")
        step(u, 0.2)
    print(picture(u, 12, 40))
    gradient = np.sqrt((u[1:-1, 2:] - u[1:-1, :-2]) ** 2 + (u[2:, 1:-1] - u[:-2, 1:-1]) ** 2) / 2
    print(f"steepest gradient {gradient.max():.4f}, mean {gradient.mean():.4f} per cell")


main()
