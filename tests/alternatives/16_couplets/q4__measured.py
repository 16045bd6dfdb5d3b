import torch

first = torch.tensor([0.6, 0.3, 0.1])
then = torch.tensor([[0.1, 0.1, 0.8], [0.5, 0.1, 0.4], [0.3, 0.6, 0.1]])
line = first[:, None] * then
good = ~torch.eye(3, dtype=torch.bool)
good[:, 2] = False
free = line.max().item()
greedy_bound = line[0][good[0]].max().item()
best_bound = line[good].max().item()
kept = line[good].sum().item()
