# says: is not right
# hidden: no visible case has an n above 3
def distinct_n(answers, n):
    n = min(n, 3)
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    if not grams:
        return 0.0
    return len(set(grams)) / len(grams)
