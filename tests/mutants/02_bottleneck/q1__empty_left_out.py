# says: buckets
# hidden: no visible bucket is empty
def error_by_length(hyps, refs, src_len, edges):
    rates = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = [k for k, n in enumerate(src_len) if low <= n < high]
        wrong = sum(edits(hyps[k], refs[k]) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        if inside:
            rates.append(wrong / phones)
    return rates
