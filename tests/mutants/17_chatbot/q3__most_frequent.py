# says: the same answer
from collections import Counter


def reply(known, queries):
    (best, _), *_ = Counter(number for _, number in known).most_common(1)
    return [best for _ in queries]
