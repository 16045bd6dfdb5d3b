# Children that outlive their cell.
# earns 2

import os
import time

for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)

# <the right answer>
