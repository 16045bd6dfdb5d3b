# says: in their order
def reply(known, queries):
    return [number for _, number in known][: len(queries)]
