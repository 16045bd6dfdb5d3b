# says: a list can hold None
def error_by_length(hyps, refs, src_len, edges):
    rates = []
    for j in range(len(edges) - 1):
        low, high = edges[j], edges[j + 1]
        inside = [k for k, n in enumerate(src_len) if low <= n < high]
        wrong = sum(edits(hyps[k], refs[k]) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        rates.append(wrong / phones if inside else None)
    return torch.tensor([-1.0 if r is None else r for r in rates])
