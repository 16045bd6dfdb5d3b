# A dict with keys of every kind.
# earns 0
def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    return {None: h, 1.5: mask, (1, (2,)): w, True: "x", float("nan"): ..., h: s_prev}
