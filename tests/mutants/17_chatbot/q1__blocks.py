# says: overlap
def distinct_n(answers, n):
    grams = [tuple(a[i : i + n]) for a in answers for i in range(0, len(a) - n + 1, n)]
    if not grams:
        return 0.0
    return len(set(grams)) / len(grams)
