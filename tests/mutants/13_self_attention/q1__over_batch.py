# says: over the batch
def self_attention(x, W_Q, W_K, W_V, mask):
    Q, K, V = x @ W_Q.T, x @ W_K.T, x @ W_V.T
    e = Q @ K.mT / Q.shape[-1] ** 0.5
    alpha = e.masked_fill(~mask, -1e9).softmax(0) * mask
    return alpha @ V, alpha
