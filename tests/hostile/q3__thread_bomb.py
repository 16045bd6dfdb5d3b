# As many threads as there can be, and they stay.
# earns 0 to 3

import threading
import time

# <the right answer>

try:
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
except RuntimeError:
    pass
