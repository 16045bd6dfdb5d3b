# says: no gradient reaches argument 1
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return features.detach().flatten(2).mT + place
