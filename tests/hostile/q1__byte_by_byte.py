# A reply of 60 megabytes that comes byte by byte.
# earns 0
# slow cell

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
import time

# <the right answer>

wire = sockets()
for fd in wire:
    os.write(fd, struct.pack("<III", 0, 0, 60 << 20))
while True:
    time.sleep(0.0005)
    for fd in wire:
        os.write(fd, b"x")
