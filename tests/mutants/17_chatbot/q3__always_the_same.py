# says: the same answer
def reply(known, queries):
    return [known[0][1]] * len(queries)
