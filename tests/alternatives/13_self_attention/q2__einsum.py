import torch


def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    def cut(W):
        return W.view(n_heads, -1, W.shape[1])

    Q = torch.einsum("bmd,hed->bhme", q, cut(W_Q))
    K = torch.einsum("bnd,hed->bhne", k, cut(W_K))
    V = torch.einsum("bnd,hed->bhne", v, cut(W_V))
    alpha = torch.einsum("bhme,bhne->bhmn", Q, K).div(Q.shape[-1] ** 0.5).softmax(-1)
    heads = torch.einsum("bhmn,bhne->bmhe", alpha, V)
    return heads.flatten(2) @ W_O.T
