# says: axes 1 and 2 are exchanged
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return features.flatten(2) + place.mT
