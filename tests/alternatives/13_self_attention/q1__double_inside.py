import torch


def self_attention(x, W_Q, W_K, W_V, mask):
    z = x.double()
    Q, K, V = z @ W_Q.double().T, z @ W_K.double().T, z @ W_V.double().T
    e = Q @ K.transpose(1, 2) * Q.size(-1) ** -0.5
    alpha = (e + torch.log(mask.double())).softmax(-1)
    return (alpha @ V).to(x.dtype), alpha.to(x.dtype)
