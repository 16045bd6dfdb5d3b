import math

import torch


def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    mu, Z, c = [], [], []
    b, m = mu_1.shape
    for r in range(b):
        for t in range(m):
            top = max(float(mu_1[r, t]), float(mu_2[r, t]))
            one = 0.0 if mu_1[r, t] == -math.inf else math.exp(float(mu_1[r, t]) - top)
            two = 0.0 if mu_2[r, t] == -math.inf else math.exp(float(mu_2[r, t]) - top)
            mu.append(top)
            Z.append(one * Z_1[r, t] + two * Z_2[r, t])
            c.append(one * c_1[r, t] + two * c_2[r, t])
    mu = torch.tensor(mu, dtype=mu_1.dtype).view(b, m)
    return mu, torch.stack(Z).view(b, m), torch.stack(c).view(b, m, -1)
