# says: A word on the lower edge belongs to the bucket.
def error_by_length(hyps, refs, src_len, edges):
    rates = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = [k for k, n in enumerate(src_len) if low <= n < high]
        wrong = sum(edits(hyps[k], refs[k]) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        inside = [k for k, n in enumerate(src_len) if low < n < high]
        wrong = sum(edits(hyps[k], refs[k]) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        rates.append(wrong / phones if inside else None)
    return rates
