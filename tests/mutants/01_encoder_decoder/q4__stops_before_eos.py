# says: keep the last EOS | EOS is left out
def greedy(params, s0, pad, bos, eos, max_len):
    s, y = s0, torch.full((len(s0),), bos)
    done = torch.zeros(len(s0), dtype=torch.bool)
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1).masked_fill(done, pad)
        done = done | (y == eos)
        if done.all():
            break
        tokens.append(y)
    return torch.stack(tokens, dim=1)
