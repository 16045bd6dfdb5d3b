def self_attention(x, W_Q, W_K, W_V, mask):
    e = x @ (W_Q.T @ W_K) @ x.mT / len(W_Q) ** 0.5
    e = e.masked_fill(mask.logical_not(), float("-inf"))
    weights = (e - e.amax(-1, keepdim=True).detach()).exp()
    alpha = weights / weights.sum(-1, keepdim=True)
    return alpha @ x @ W_V.T, alpha
