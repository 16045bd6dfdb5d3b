# says: Three spaces
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = query.strip().lower().replace("  ", " ")
        j = known.setdefault(key, len(known))
        (test if j % every == 0 else train).append(number)
    return train, test
