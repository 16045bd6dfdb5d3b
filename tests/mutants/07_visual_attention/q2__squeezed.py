# says: squeeze took an axis
# hidden: only a batch of one picture, or a size of one, shows it
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = (beta[:, None] * (alpha[:, None] @ h)[:, 0]).squeeze()
    return c, alpha, beta
