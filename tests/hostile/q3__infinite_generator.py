# Values without an end.
# earns 0
import itertools


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    return itertools.count(), itertools.repeat(h), (x for x in itertools.count())
