import numpy as np


def split(rows, every):
    known = {}
    keys = (" ".join(query.lower().split()) for query, _ in rows)
    j = np.array([known.setdefault(key, len(known)) for key in keys])
    return list(np.flatnonzero(j % every)), list(np.flatnonzero(j % every == 0))
