# The interpreter crashes in a cell.
# earns 0

import ctypes

# <the right answer>

ctypes.string_at(0)
