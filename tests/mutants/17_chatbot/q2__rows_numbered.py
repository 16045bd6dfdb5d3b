# says: not the different queries
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        j = known.setdefault(key, len(known))
        (test if number % every == 0 else train).append(number)
    return train, test
