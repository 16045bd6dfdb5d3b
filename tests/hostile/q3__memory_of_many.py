# Many processes that take little memory each.
# earns 0

import os
import time

# <the right answer>

for _ in range(20):
    if os.fork() == 0:
        held = bytearray(200 << 20)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(600)
        os._exit(0)
time.sleep(600)
