# Floyd-Warshall by broadcasting, breadth-first search, PageRank, dynamic programming.
import numpy as np

inf = np.inf
n = 8
w = np.full((n, n), inf)
for i in range(n):
    w[i, i] = 0
    w[i, (i * 3 + 1) % n] = i + 1
    w[i, (i * 5 + 2) % n] = 2 * i + 3
d = w.copy()
for k in range(n):
    d = np.minimum(d, d[:, k][:, None] + d[k, :][None, :])
print(d)
e = w.copy()
for k in range(n):
    for i in range(n):
        e[i] = np.minimum(e[i], e[i, k] + e[k])
print(np.array_equal(d, e), d[np.isfinite(d)].sum())

graph = {i: [int(j) for j in np.nonzero(np.isfinite(w[i]))[0] if j != i] for i in range(n)}
print(graph)
seen, queue = {0: 0}, [0]
while queue:
    node = queue.pop(0)
    for other in graph[node]:
        if other not in seen:
            seen[other] = seen[node] + 1
            queue.append(other)
print(sorted(seen.items()))

links = np.isfinite(w).astype(float)
np_links = links / links.sum(axis=1)[:, None]
rank = np.ones(n) / n
for _ in range(50):
    rank = 0.15 / n + 0.85 * (np_links.T @ rank)
print(" ".join(f"{r:.8f}" for r in rank.tolist()), np.argsort(-np.round(rank, 9), kind="stable"))


def distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0] = np.arange(len(a) + 1)
    table[0] = np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
    return table[-1, -1]


print(distance("kitten", "sitting"), distance("", "abc"), distance("flaw", "lawn"))
weights, values, capacity = [3, 4, 5, 9, 14], [3, 4, 4, 10, 15], 20
best = np.zeros(capacity + 1, dtype=int)
for weight, value in zip(weights, values):
    best[weight:] = np.maximum(best[weight:], best[:-weight] + value)
print(best)
