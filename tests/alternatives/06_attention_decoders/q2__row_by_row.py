def beam_step(log_p, total, width):
    own = min(width, log_p.shape[1])
    best, token = (total[:, None] + log_p).topk(own, dim=1)  # of each prefix
    parent = torch.arange(len(total))[:, None].expand_as(token)
    new_total, place = best.flatten().sort(descending=True)
    place = place[:width]
    return parent.flatten()[place], token.flatten()[place], new_total[:width]
