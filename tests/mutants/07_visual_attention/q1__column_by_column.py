# says: column by column
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return features.mT.flatten(2).mT + (row + column[:, None]).flatten(0, 1)
