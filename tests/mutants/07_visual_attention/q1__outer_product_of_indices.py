# says: i % R
import torch


def annotations(features, row, column):
    i = torch.arange(len(row) * len(column))
    return features.flatten(2).mT + row[i % len(row)] + column[i % len(column)]
