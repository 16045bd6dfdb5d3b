import torch

rows_and_words = torch.tensor([9 + 4 - 1, 9, 4 + 4 - 1])
match = float(1 / (1 + torch.dist(torch.tensor([1.0, 1.0]), torch.tensor([4.0, 5.0]))))
G = torch.tensor([[0.0, 0.5], [0.2, -0.3], [0.5, 0.1]])
alpha_by_hand = G.amax(1).softmax(0)
best_accuracy = 0.40 + max(0.35, 0.25)
