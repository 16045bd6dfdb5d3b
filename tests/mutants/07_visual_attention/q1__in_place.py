# says: changes its inputs
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    features += (row[:, None] + column).permute(2, 0, 1)
    return features.flatten(2).mT
