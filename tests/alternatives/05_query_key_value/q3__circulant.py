import torch


def shift_and_sharpen(w, rho, gamma):
    eye = torch.eye(w.shape[1], dtype=w.dtype)
    step = torch.stack([eye.roll(move, 1) for move in (-1, 0, 1)])
    moved = torch.einsum("bj,mji,bm->bi", w, step, rho)
    power = moved.pow(gamma.unsqueeze(1))
    return power / power.sum(1, keepdim=True)
