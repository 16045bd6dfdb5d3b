next_p = {"": (0.5, 0.4, 0.1), "a": (0.3, 0.3, 0.4), "b": (0.05, 0.05, 0.9)}
p_greedy = max(next_p[""]) * max(next_p["a"])
p_beam = max(p * next_p[y][2] for y, p in zip("ab", next_p[""], strict=False))


def score(p, length, gamma):
    return math.log(p) / ((5 + length) / 6) ** gamma


score_b = score(0.36, 2, 1)
low, high = 0.0, 50.0
for _ in range(60):
    gamma_equal = (low + high) / 2
    if score(0.15, 3, gamma_equal) < score_b * 7 / 6 / (7 / 6) ** gamma_equal:
        low = gamma_equal
    else:
        high = gamma_equal
