# A cell that writes garbage to the grader.
# earns 0

import os


def sockets():
    found = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("socket"):
                found.append(int(fd))
        except OSError:
            pass
    return found


# <the right answer>

for fd in sockets():
    os.write(fd, os.urandom(1 << 12))
