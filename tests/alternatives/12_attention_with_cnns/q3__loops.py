import torch


def attentive_pooling(x, y, U, mask_x, mask_y):
    us, vs, alphas, betas = [], [], [], []
    for s in range(len(x)):
        n, m = int(mask_x[s].sum()), int(mask_y[s].sum())
        G = torch.tanh(x[s, :n] @ U @ y[s, :m].T)
        alpha, beta = G.max(1).values.softmax(0), G.max(0).values.softmax(0)
        us.append(alpha @ x[s, :n])
        vs.append(beta @ y[s, :m])
        alphas.append(torch.cat([alpha, x.new_zeros(x.shape[1] - n)]))
        betas.append(torch.cat([beta, y.new_zeros(y.shape[1] - m)]))
    return tuple(torch.stack(part) for part in (us, vs, alphas, betas))
