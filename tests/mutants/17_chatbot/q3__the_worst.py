# says: are asked for | the same answer
import math


def reply(known, queries):
    bags = [set(query.split()) for query, _ in known]
    words = {word for bag in bags for word in bag}
    weight = {w: math.log(len(bags) / sum(w in bag for bag in bags)) ** 2 for w in words}
    lengths = [sum(weight[w] for w in bag) ** 0.5 + 1e-9 for bag in bags]
    found = []
    for query in queries:
        own = set(query.split())
        near = [
            sum(weight[w] for w in own & bag) / length
            for bag, length in zip(bags, lengths)
        ]
        found.append(known[near.index(min(near))][1])
    return found
