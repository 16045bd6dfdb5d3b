from collections import Counter


def distinct_n(answers, n):
    count = Counter()
    for words in answers:
        count.update(zip(*(words[k:] for k in range(n))))
    return len(count) / max(1, sum(count.values()))
