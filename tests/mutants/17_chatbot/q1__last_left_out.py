# says: is left out
def distinct_n(answers, n):
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n)]
    if not grams:
        return 0.0
    return len(set(grams)) / len(grams)
