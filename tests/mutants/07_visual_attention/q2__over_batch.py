# says: ran over the batch
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.softmax(0)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, alpha, beta
