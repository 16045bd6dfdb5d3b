# says: use pad, bos and eos as passed
# hidden: the visible ids are 0, 1 and 2, which is what anybody would type
def greedy(params, s0, pad, bos, eos, max_len):
    s, y = s0, torch.full((len(s0),), bos)
    done = torch.zeros(len(s0), dtype=torch.bool)
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1).masked_fill(done, 0)
        tokens.append(y)
        done = done | (y == 2)
        if done.all():
            break
    return torch.stack(tokens, dim=1)
