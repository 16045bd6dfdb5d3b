# says: the positions row by row
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return features.mT.flatten(2).mT + place
