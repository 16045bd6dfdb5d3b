# says: a mean over answers
def distinct_n(answers, n):
    each = []
    for a in answers:
        grams = [tuple(a[i : i + n]) for i in range(len(a) - n + 1)]
        if grams:
            each.append(len(set(grams)) / len(grams))
    return sum(each) / len(each) if each else 0.0
