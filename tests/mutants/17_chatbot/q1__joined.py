# says: reaches from one answer
def distinct_n(answers, n):
    a = [w for answer in answers for w in answer]
    grams = [tuple(a[i : i + n]) for i in range(len(a) - n + 1)]
    if not grams:
        return 0.0
    return len(set(grams)) / len(grams)
