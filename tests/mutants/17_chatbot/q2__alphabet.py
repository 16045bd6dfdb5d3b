# says: by alphabet
def split(rows, every):
    keys = [" ".join(query.lower().split()) for query, _ in rows]
    order = {key: j for j, key in enumerate(sorted(set(keys)))}
    test = [i for i, key in enumerate(keys) if order[key] % every == 0]
    return [i for i in range(len(rows)) if i not in test], test
