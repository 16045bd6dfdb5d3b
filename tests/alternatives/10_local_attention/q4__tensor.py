import torch

place_by_hand = float(6 * torch.sigmoid(torch.tensor(2.0).log()))
visible_by_hand = torch.arange(2, 7)
e = torch.tensor([1.0, 2.0, 3.0, 1.0, 1.0])
bell = torch.exp(-((torch.arange(2, 7) - 4.0) ** 2) / 2)
sum_by_hand = (e / e.sum() * bell).sum()
scores_by_hand = 20 * (2 * 10 + 1)
