# The function calls itself for ever, until the stack is full.
# earns 0

import sys


def attend(q, k, v, mask):
    sys.setrecursionlimit(10**9)
    return max([q], key=lambda q: attend(q, k, v, mask))
