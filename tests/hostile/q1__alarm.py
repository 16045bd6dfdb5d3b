# An alarm that nobody waits for.
# earns 2

import signal

signal.setitimer(signal.ITIMER_REAL, 0.4)

# <the right answer>
