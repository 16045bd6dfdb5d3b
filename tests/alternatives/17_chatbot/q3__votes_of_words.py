from collections import Counter, defaultdict


def reply(known, queries):
    votes = defaultdict(Counter)
    for query, number in known:
        for word in set(query.split()):
            votes[word][number] += 1
    found = []
    for query in queries:
        total = Counter()
        for word in set(query.split()):
            for number, count in votes[word].items():
                total[number] += count / sum(votes[word].values()) / len(votes[word])
        best = max(total, key=total.get) if total else known[0][1]
        found.append(best)
    return found
