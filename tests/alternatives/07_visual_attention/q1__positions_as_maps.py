def annotations(features, row, column):
    x = features + row.T[:, :, None] + column.T[:, None, :]
    return x.flatten(2).transpose(1, 2).contiguous()
