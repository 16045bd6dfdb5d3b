# says: Nothing remembers who has ended | What follows the first EOS is not replaced
def greedy(params, s0, pad, bos, eos, max_len):
    s, y = s0, torch.full((len(s0),), bos)
    done = torch.zeros(len(s0), dtype=torch.bool)
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1).masked_fill(done, pad)
        tokens.append(y)
        done = y == eos
        if done.all():
            break
    return torch.stack(tokens, dim=1)
