# The function never returns, and takes no signal.
# earns 0
# slow call

import signal


def masked_softmax(e, mask):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
