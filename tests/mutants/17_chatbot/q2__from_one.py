# says: numbered from 1 | exchanged
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        j = known.setdefault(key, len(known))
        (test if (j + 1) % every == 0 else train).append(number)
    return train, test
