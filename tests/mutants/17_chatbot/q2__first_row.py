# says: how many different ones came before it
def split(rows, every):
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        j = known.setdefault(key, number)
        (test if j % every == 0 else train).append(number)
    return train, test
