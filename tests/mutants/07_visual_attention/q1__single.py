# says: the dtype of h
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return (features.flatten(2).mT + place).float()
