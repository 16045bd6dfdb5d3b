# A call that sends tensors with a header that lies.
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


import json
import struct


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    text = json.dumps({"dict": [["out", {"tuple": [{"tensor": 0}] * 3}]]}).encode()
    lie = {"0": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 8]}}
    head = json.dumps(lie).encode()
    body = struct.pack("<Q", len(head)) + head + b"\0" * 8
    for fd in sockets():
        os.write(fd, struct.pack("<III", 0, len(text), len(body)) + text + body)
    os._exit(0)
