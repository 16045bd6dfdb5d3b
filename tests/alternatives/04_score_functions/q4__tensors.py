import torch

size_of_dot = torch.tensor(4.0)
weight_of_match = torch.tensor([27.0] + 9 * [1.0]).log().softmax(0)[0]
exp_beta = torch.tensor(180)
numbers_of_weights = torch.tensor([20_000, 3_000, 15_050])
two_weights = torch.tensor([100.0, 100 + 1.0986123]).softmax(0)
