# python: same
import sys

sys.exit("gone wrong")
