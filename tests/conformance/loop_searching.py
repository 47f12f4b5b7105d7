"""Searching, sorting, counting and tables: loops full of branches."""

import numpy as np


def bisect(values, wanted):
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


squares = np.arange(100) ** 2
print([bisect(squares, wanted) for wanted in range(-5, 10100, 317)])
print(sum(bisect([1.5, 2.5, 4.0], number / 8) for number in range(40)))


def insertion_sort(values):
    moves = 0
    for i in range(1, len(values)):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
            moves += 1
        values[j + 1] = value
    return moves


for dtype in (np.int64, np.float64, np.float32, np.int32, np.uint8):
    numbers = (np.arange(60) * 37 % 61).astype(dtype)
    print(insertion_sort(numbers), numbers.dtype, numbers.tolist())
words = [9, 3.5, 7, True, 2, 2.0, -1]
print(insertion_sort(words), words)

histogram = np.zeros(10, dtype=np.int64)
counted = {}
state = 12345
for _ in range(1500):
    state = (state * 1103515245 + 12345) % 2147483648
    histogram[state * 10 // 2147483648] += 1
    key = state // 65536 % 6
    counted[key] = counted.get(key, 0) + 1
print(histogram, sorted(counted.items()))


def queens(n, row, columns, left, right):
    if row == n:
        return 1
    found = 0
    for column in range(n):
        if columns[column] or left[row + column] or right[row - column + n]:
            continue
        columns[column] = left[row + column] = right[row - column + n] = True
        found += queens(n, row + 1, columns, left, right)
        columns[column] = left[row + column] = right[row - column + n] = False
    return found


print([queens(n, 0, [False] * n, [False] * (2 * n), [False] * (2 * n + 1)) for n in range(1, 7)])
print(queens(6, 0, np.zeros(6, dtype=bool), np.zeros(12, dtype=bool), np.zeros(13, dtype=bool)))


def factors(number):
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    if number > 1:
        found.append(number)
    return found


for number in (1, 2, 97, 360, 1001, 65536, 999983, 1000000007, 600851475143):
    print(number, factors(number) if number != 1000000007 else "prime")


def common(first, second):
    table = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            if first[i - 1] == second[j - 1]:
                table[i, j] = table[i - 1, j - 1] + 1
            else:
                table[i, j] = max(table[i - 1, j], table[i, j - 1])
    word = ""
    i, j = len(first), len(second)
    while i and j:
        if first[i - 1] == second[j - 1]:
            word = first[i - 1] + word
            i -= 1
            j -= 1
        elif table[i - 1, j] >= table[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return int(table[-1, -1]), word


print(common("the quick brown fox jumps", "a quack frowns at foxes"))


def knapsack(weights, values, capacity):
    best = [0] * (capacity + 1)
    for weight, value in zip(weights, values):
        for room in range(capacity, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best


print(knapsack([3, 4, 5, 9, 14], [3, 4, 4, 10, 15.5], 60))


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


print(sum(gcd(a, b) for a in range(1, 25) for b in range(1, 25)), gcd(-12, 18), gcd(12, -18), gcd(2.5, 0.5))
