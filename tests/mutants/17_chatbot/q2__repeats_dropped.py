# says: A row is lost
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        if key in known:
            continue
        known[key] = len(known)
        (test if known[key] % every == 0 else train).append(number)
    return train, test
