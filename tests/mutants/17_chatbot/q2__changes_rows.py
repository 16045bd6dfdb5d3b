# says: changes its inputs
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        rows[number][0] = query.lower()
        key = " ".join(query.lower().split())
        j = known.setdefault(key, len(known))
        (test if j % every == 0 else train).append(number)
    return train, test
