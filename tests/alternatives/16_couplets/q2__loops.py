import torch


def may_follow(upper, prefix, part):
    rows = []
    for x, y in zip(upper.tolist(), prefix.tolist()):
        row = [False] * len(part)
        if len(y) == len(x):
            row[2] = True
        else:
            for w in range(4, len(part)):
                row[w] = part[w].item() == part[x[len(y)]].item()
                row[w] = row[w] and w not in x and w not in y
        rows.append(row)
    return torch.tensor(rows)
