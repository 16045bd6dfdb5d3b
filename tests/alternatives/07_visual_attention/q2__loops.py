import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    cs, alphas, betas = [], [], []
    for k in range(len(e)):
        alpha = e[k].softmax(0)
        beta = torch.sigmoid(torch.dot(w_beta, s_prev[k]) + b_beta)
        cs.append(beta * (alpha @ h[k]))
        alphas.append(alpha)
        betas.append(beta)
    return torch.stack(cs), torch.stack(alphas), torch.stack(betas)
