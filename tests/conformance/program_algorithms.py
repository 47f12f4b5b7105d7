# Classical algorithms in the language itself, with arrays only as storage.
import numpy as np


def quicksort(values):
    if len(values) <= 1:
        return values
    pivot, rest = values[0], values[1:]
    return quicksort([v for v in rest if v < pivot]) + [pivot] + quicksort([v for v in rest if v >= pivot])


def merge_sort(a):
    if len(a) < 2:
        return a
    middle = len(a) // 2
    left, right = merge_sort(a[:middle]), merge_sort(a[middle:])
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]


def binary_search(a, x):
    low, high = 0, len(a)
    while low < high:
        middle = (low + high) // 2
        if a[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


data = [(i * 7919) % 101 for i in range(30)]
print(quicksort(data) == sorted(data), merge_sort(data)[:5], binary_search(sorted(data), 50))

a = np.array(data)
for i in range(1, len(a)):
    key = a[i]
    j = i - 1
    while j >= 0 and a[j] > key:
        a[j + 1] = a[j]
        j -= 1
    a[j + 1] = key
print(a)


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def permutations(items):
    if not items:
        return [[]]
    return [[item] + rest for k, item in enumerate(items) for rest in permutations(items[:k] + items[k + 1 :])]


def queens(n, row=0, columns=(), found=None):
    if found is None:
        found = []
    if row == n:
        found.append(columns)
        return found
    for c in range(n):
        if all(c != k and abs(c - k) != row - r for r, k in enumerate(columns)):
            queens(n, row + 1, columns + (c,), found)
    return found


print(gcd(1071, 462), len(permutations([1, 2, 3, 4])), permutations("ab"[:0].split())[0], len(queens(6)), queens(5)[0])
m = np.zeros((4, 4), dtype=int)
value, top, left, bottom, right = 1, 0, 0, 3, 3
while top <= bottom and left <= right:
    for c in range(left, right + 1):
        m[top, c] = value
        value += 1
    for r in range(top + 1, bottom + 1):
        m[r, right] = value
        value += 1
    for c in range(right - 1, left - 1, -1):
        m[bottom, c] = value
        value += 1
    for r in range(bottom - 1, top, -1):
        m[r, left] = value
        value += 1
    top, left, bottom, right = top + 1, left + 1, bottom - 1, right - 1
print(m)
roman = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
for number in [1994, 2024, 49]:
    text, n = "", number
    for size, letters in roman:
        text += letters * (n // size)
        n %= size
    print(number, text, bin(number)[2:], number.bit_length())
x = 2.0
for _ in range(6):
    x = x - (x * x - 2) / (2 * x)
print(f"{x:.12f}", sum(1 for n in range(2, 200) if all(n % p for p in range(2, int(n**0.5) + 1))))
state, bits = 1, []
for _ in range(16):
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    bits.append(state >> 16 & 1)
print(bits, state, hex(state))
