# says: The loop goes on
def greedy(params, s0, pad, bos, eos, max_len):
    s, y = s0, torch.full((len(s0),), bos)
    done = torch.zeros(len(s0), dtype=torch.bool)
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1).masked_fill(done, pad)
        tokens.append(y)
        done = done | (y == eos)
        if done.all():
            break
    out = torch.stack(tokens, dim=1)
    return torch.nn.functional.pad(out, (0, max_len - out.shape[1]), value=pad)
