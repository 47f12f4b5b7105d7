# Conway's Game of Life on a torus with roll, and on a bounded board with slices.
import numpy as np

board = np.zeros((12, 24), dtype=np.int64)
glider = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])
board[1:4, 1:4] = glider
board[5:8, 10:13] = glider[::-1]
board[9, 15:20] = 1


def step(b):
    n = np.zeros(b.shape, dtype=b.dtype)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dy or dx:
                n = n + np.roll(np.roll(b, dy, axis=0), dx, axis=1)
    return ((n == 3) | ((b == 1) & (n == 2))).astype(np.int64)


for generation in range(25):
    if generation % 8 == 0:
        print(f"generation {generation}, {board.sum()} cells")
        for row in board:
            print("".join("#" if cell else "." for cell in row))
    board = step(board)
print(board.sum(), board.sum(axis=0), np.nonzero(board)[0][:5])

cells = np.zeros((16, 16), dtype=np.int32)
cells[6:10, 7] = 1
cells[8, 5:11] = 1
for _ in range(20):
    n = (cells[:-2, :-2] + cells[:-2, 1:-1] + cells[:-2, 2:] + cells[1:-1, :-2] + cells[1:-1, 2:]
         + cells[2:, :-2] + cells[2:, 1:-1] + cells[2:, 2:])
    birth = (n == 3) & (cells[1:-1, 1:-1] == 0)
    survive = ((n == 2) | (n == 3)) & (cells[1:-1, 1:-1] == 1)
    cells[...] = 0
    cells[1:-1, 1:-1][birth | survive] = 1
print(cells, cells.sum())
