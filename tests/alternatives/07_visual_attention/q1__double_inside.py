def annotations(features, row, column):
    x = features.double().movedim(1, -1) + row.double()[:, None] + column.double()
    return x.flatten(1, 2).to(features.dtype)
