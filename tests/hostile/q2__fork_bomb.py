# As many processes as there can be, and they stay.
# earns 0
# alone

import subprocess

# <the right answer>

try:
    for _ in range(300):
        subprocess.Popen(["sleep", "600"], start_new_session=True)
except OSError:
    pass
