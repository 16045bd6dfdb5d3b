import torch


def bound_step(log_prob, logits, allowed, width):
    least = torch.finfo(logits.dtype).min
    log_p = torch.log(logits.double().softmax(-1)).to(logits.dtype)
    total = torch.where(allowed, log_p + log_prob.unsqueeze(1), least).reshape(-1)
    values, where = torch.sort(total, descending=True)
    count = min(width, allowed.sum().item())
    values, where = values[:count], where[:count]
    tokens = where.remainder(logits.shape[1])
    return values, (where - tokens) // logits.shape[1], tokens
