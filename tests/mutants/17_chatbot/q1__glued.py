# says: glued together
# hidden: no two of the visible n-grams are one word when glued
def distinct_n(answers, n):
    grams = ["".join(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0
