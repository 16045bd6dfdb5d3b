# says: True and False
def split(rows, every):
    known = {}
    keys = [" ".join(query.lower().split()) for query, _ in rows]
    test = [known.setdefault(key, len(known)) % every == 0 for key in keys]
    return [not side for side in test], test
