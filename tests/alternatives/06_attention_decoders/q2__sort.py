def beam_step(log_p, total, width):
    every = total.unsqueeze(1) + log_p
    order = every.view(-1).argsort(descending=True)[:width]
    parent = torch.div(order, every.shape[1], rounding_mode="floor")
    token = order - parent * every.shape[1]
    return parent, token, every[parent, token]
