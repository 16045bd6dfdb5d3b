# says: rows' vectors are missing
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return features.flatten(2).mT + column.repeat(len(row), 1)
