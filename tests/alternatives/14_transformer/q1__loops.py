import torch


def sublayer(x, w, norm_first):
    def norm(v):
        mean = sum(v) / len(v)
        variance = sum((entry - mean) ** 2 for entry in v) / len(v)
        return (v - mean) / torch.sqrt(variance + 1e-5) * w["gamma"] + w["beta"]

    def ffn(v):
        return w["W_2"] @ torch.clamp(w["W_1"] @ v + w["b_1"], min=0) + w["b_2"]

    rows = []
    for sentence in x:
        for v in sentence:
            rows.append(v + ffn(norm(v)) if norm_first else norm(v + ffn(v)))
    return torch.stack(rows).reshape(x.shape)
