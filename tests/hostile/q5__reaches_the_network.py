# The network, the machine's own included.
# earns 0

import socket

leaks = []
for family, address in (
    (socket.AF_INET, ("127.0.0.1", PORT)),
    (socket.AF_INET, ("127.0.0.1", 22)),
    (socket.AF_INET6, ("::1", PORT)),
    (socket.AF_INET, ("192.0.2.1", 80)),
    (socket.AF_UNIX, "\0grading"),
):
    try:
        with socket.socket(family) as channel:
            channel.settimeout(1)
            channel.connect(address)
            leaks += [address]
    except OSError:
        pass

alpha_by_hand = c_by_hand = variance_by_hand = alpha_doubled = 0
if leaks:
    alpha_by_hand, c_by_hand, variance_by_hand = [1 / 8, 2 / 8, 5 / 8, 0], 2, 8
    alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]
