def nucleus(logits, tau, top_p):
    q = torch.zeros_like(logits)
    for b, row in enumerate((logits / tau).softmax(-1)):
        held = 0.0
        for y in sorted(range(len(row)), key=lambda y: -row[y].item()):
            if held >= top_p:
                break
            q[b, y] = row[y]
            held += row[y].item()
    return q / q.sum(-1, keepdim=True)
