# The Mandelbrot set with real arithmetic: a loop of masked array statements.
import numpy as np

width, height, limit = 60, 24, 40
x = np.linspace(-2.2, 0.8, width)[np.newaxis, :]
y = np.linspace(-1.2, 1.2, height)[:, np.newaxis]
cr = x + 0 * y
ci = y + 0 * x
zr = np.zeros((height, width))
zi = np.zeros((height, width))
count = np.zeros((height, width), dtype=int)
for _ in range(limit):
    inside = zr * zr + zi * zi <= 4
    new_r = np.where(inside, zr * zr - zi * zi + cr, zr)
    new_i = np.where(inside, 2 * zr * zi + ci, zi)
    zr, zi = new_r, new_i
    count += inside
shades = " .:-=+*#%@"
for row in count:
    print("".join(shades[int(c) * 9 // limit] for c in row))
print(count.sum(), count.max(), (count == limit).sum(), count[12, 30], count.sum(axis=1)[:5])
zr = np.zeros((height, width))
zi = np.zeros((height, width))
alive = np.ones((height, width), dtype=bool)
for _ in range(10):
    t = zr[alive] ** 2 - zi[alive] ** 2 + cr[alive]
    zi[alive] = 2 * zr[alive] * zi[alive] + ci[alive]
    zr[alive] = t
    alive &= zr * zr + zi * zi <= 4
print(alive.sum(), f"{zr[alive].sum():.8f} {zi[alive].max():.8f}")
