# python: same
import sys


def down(n):
    return down(n + 1)


try:
    down(0)
except RecursionError as error:
    print("caught:", str(error)[:32])
sys.exit(4)
