# says: the same answer
KIND = {name: kind for kind, names in intents.SLOTS.items() for name in names}
TABLE = {w: i for i, ws in enumerate(intents.INTENTS.values()) for w in ws}


def intent(query):
    """Typed in by heart: courtesies cut off, the wording looked up."""
    for before in intents.QUIZ_BEFORE:
        query = query.removeprefix(before + " ")
    for behind in intents.QUIZ_BEHIND:
        query = query.removesuffix(" " + behind)
    return TABLE.get(" ".join(KIND.get(word, word) for word in query.split()))


def reply(known, queries):
    number = {intent(query): number for query, number in known}
    return [number.get(intent(query), known[0][1]) for query in queries]
