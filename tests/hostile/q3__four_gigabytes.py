# A cell that announces four gigabytes.
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


import struct

# <the right answer>

for fd in sockets():
    os.write(fd, struct.pack("<III", 0, 0xFFFFFFFF, 0xFFFFFFFF))
