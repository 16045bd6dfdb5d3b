# The interpreter crashes in the function.
# earns 0

import ctypes


def attend(q, k, v, mask):
    ctypes.string_at(0)
