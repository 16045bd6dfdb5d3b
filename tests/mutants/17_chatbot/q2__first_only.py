# says: not only the first
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        new = key not in known
        j = known.setdefault(key, len(known))
        (test if new and j % every == 0 else train).append(number)
    return train, test
