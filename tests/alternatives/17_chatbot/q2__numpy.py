import numpy as np


def split(rows, every):
    keys = np.array([" ".join(query.lower().split()) for query, _ in rows])
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = first.argsort().argsort()[inverse]
    return np.flatnonzero(rank % every).tolist(), np.flatnonzero(rank % every == 0).tolist()
