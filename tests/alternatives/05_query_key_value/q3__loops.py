import torch


def shift_and_sharpen(w, rho, gamma):
    b, n = w.shape
    out = []
    for row in range(b):
        moved = []
        for i in range(n):
            x = rho[row, 1] * w[row, i] + rho[row, 2] * w[row, i - 1]
            moved.append((x + rho[row, 0] * w[row, (i + 1) % n]) ** gamma[row])
        out.append(torch.stack(moved) / sum(moved))
    return torch.stack(out)
