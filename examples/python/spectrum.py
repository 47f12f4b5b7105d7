"""A spectrum by direct sums, from CPython or PyPy through one ctypes module; NumPy is not needed.

    PYTHONPATH=... python3 spectrum.py
"""
import array
import math

import lathe

# A signal of the host's own: array.array is taken without a copy.
signal = array.array("d", (math.sin(0.3 * k) + 0.5 * math.cos(1.1 * k) for k in range(2000)))
x = lathe.asarray(signal)
time = lathe.arange(len(signal), dtype="float64")

powers = []
for k in range(1, 160):
    angle = time * (0.01 * k)
    powers.append(float((x * lathe.cos(angle)).sum()) ** 2 + float((x * lathe.sin(angle)).sum()) ** 2)
power = lathe.asarray(powers)
peak = 0.01 * (int(power.argmax()) + 1)
print(f"strongest at {peak:.2f}")
near = power[int(round(peak / 0.01)) - 4:int(round(peak / 0.01)) + 3]
print(f"{float(near.sum() / power.sum()):.3f} of the power lies around it")


@lathe.jit
def crossings(x):
    count = 0
    for k in range(1, len(x)):
        if (x[k - 1] < 0) != (x[k] < 0):
            count += 1
    return count


print(f"{crossings(x)} crossings of zero")
