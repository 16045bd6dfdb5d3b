# says: are asked for
def reply(known, queries):
    bags = [set(query.split()) for query, _ in known]
    found = []
    for query in queries:
        own = set(query.split())
        near = [len(own & bag) / len(own | bag) for bag in bags]
        found.append(known[near.index(max(near))][1])
    return found
