# says: the same answer | in no table
def reply(known, queries):
    table = dict(known)
    return [table.get(query, known[0][1]) for query in queries]
