# says: are asked for | the same answer
def reply(known, queries):
    first = {query.split()[0]: number for query, number in known}
    return [first.get(query.split()[0], known[0][1]) for query in queries]
