from torch.nn import functional as F


def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    b, m, d = q.shape
    n = k.shape[1]
    Q = F.linear(q, W_Q).view(b, m, n_heads, -1).transpose(1, 2)
    K = F.linear(k, W_K).view(b, n, n_heads, -1).transpose(1, 2)
    V = F.linear(v, W_V).view(b, n, n_heads, -1).transpose(1, 2)
    c = F.scaled_dot_product_attention(Q, K, V)
    return F.linear(c.transpose(1, 2).reshape(b, m, d), W_O)
