import torch


def topk_weights(e, mask, k):
    import numpy as np

    scores = np.where(mask.numpy(), e.detach().numpy(), -np.inf)
    order = np.argsort(-scores, axis=-1)[..., :k]
    chosen = np.zeros(scores.shape)
    np.put_along_axis(chosen, order, 1.0, axis=-1)
    chosen = chosen * np.broadcast_to(mask.numpy(), scores.shape)
    chosen = chosen / np.maximum(chosen.sum(-1, keepdims=True), 1)
    return torch.from_numpy(chosen).to(e)
