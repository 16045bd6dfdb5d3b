# says: Divided by the number of words
def distinct_n(answers, n):
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    if not grams:
        return 0.0
    return len(set(grams)) / sum(map(len, answers))
