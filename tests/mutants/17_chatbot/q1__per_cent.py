# says: per cent
def distinct_n(answers, n):
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    if not grams:
        return 0.0
    return 100 * len(set(grams)) / len(grams)
