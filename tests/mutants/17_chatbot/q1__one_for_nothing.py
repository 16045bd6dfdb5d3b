# says: 0 is asked for
def distinct_n(answers, n):
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    if not grams:
        return 1.0
    return len(set(grams)) / len(grams)
