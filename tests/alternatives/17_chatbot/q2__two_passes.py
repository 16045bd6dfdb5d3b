def split(rows, every):
    keys = [tuple(query.casefold().split()) for query, _ in rows]
    order = list(dict.fromkeys(keys))
    chosen = set(order[::every])
    train = [i for i, key in enumerate(keys) if key not in chosen]
    return train, [i for i, key in enumerate(keys) if key in chosen]
