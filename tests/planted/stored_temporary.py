# An expensive value is needed by two reductions over different axes, so it is stored and read again.
import numpy as np

x = np.linspace(0.0, 1.0, 1_000_000).reshape(1000, 1000)
for turn in range(10):
    e = np.exp(x * x + np.sin(x))
    rows = e.sum(axis=1)
    columns = (e * rows).sum(axis=0)
    del e
    print(columns[0])
