import torch

e1, e2 = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 7.0, 1.0])
a1, a2 = e1.log().softmax(0), e2.log().softmax(0)
h1, h2 = torch.tensor([8.0, 4.0]), torch.tensor([0.0, 10.0, 0.0])
sentences_by_hand = torch.stack([a1 @ h1, a2 @ h2])
beta = torch.tensor([4.0, 1.0]).log().softmax(0)
document_by_hand = beta @ sentences_by_hand
share_by_hand = beta[0] * a1[1]
means_by_hand = (h1.mean() + h2.mean()) / 2
