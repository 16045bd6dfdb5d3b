import torch


def with_notes(x, y, W, mask_x, mask_y):
    far = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    A = torch.where(mask_x.unsqueeze(2) & mask_y.unsqueeze(1), 1 / (1 + far), 0.0)
    n, m = A.shape[1:]
    left = torch.cat((x, torch.matmul(A, W[:m])), dim=2)
    right = torch.cat((y, torch.matmul(A.transpose(1, 2), W[:n])), dim=2)
    return left, right
