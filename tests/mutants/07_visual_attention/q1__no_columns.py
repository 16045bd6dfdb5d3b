# says: columns' vectors are missing
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    C = len(column)
    return features.flatten(2).mT + row.repeat_interleave(C, 0)
