from torch import nn


def size(*parts):
    return sum(p.numel() for part in parts for p in part.parameters())


n_general = size(nn.Linear(800, 500, bias=False))
n_concat = size(nn.Linear(1300, 200, bias=False), nn.Linear(200, 1, bias=False))
wide, narrow = (nn.GRUCell(d, 500, bias=False) for d in (300 + 500, 300))
n_feeding = size(wide) - size(narrow)
n_products = 20 * n_general + 20 * 30 * 500
