# Right, and just within the limit at every call.
# earns 0
# slow call

import time


def attend(q, k, v, mask):
    time.sleep(1.8)
    alpha = (q @ k.mT).masked_fill(~mask, -1e4).softmax(-1)
    return alpha @ v, alpha
