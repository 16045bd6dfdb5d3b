def tones_kept(upper, lower):
    even = (upper[:, 1::2] == -lower[:, 1::2]).all(1)
    return even & (upper[:, -1] < 0) & (lower[:, -1] > 0)
