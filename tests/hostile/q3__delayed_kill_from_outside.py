# A child that kills the process later.
# earns 0 to 3
# later

import os
import signal
import time

# <the right answer>

worker = os.getpid()
if os.fork() == 0:
    time.sleep(0.5)
    os.kill(worker, signal.SIGKILL)
    os._exit(0)
