import torch

e = torch.tensor([1.0, 2.0, 5.0]).log()
v = torch.tensor([8.0, 4.0, 0.0])
alpha = e.softmax(0)
alpha_by_hand = torch.cat([alpha, torch.zeros(1)])
c_by_hand = alpha @ v
variance_by_hand = alpha @ (v - c_by_hand) ** 2
alpha_doubled = torch.cat([(2 * e).softmax(0), torch.zeros(1)])
