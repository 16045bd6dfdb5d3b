# says: joined letters
def error_by_length(hyps, refs, src_len, edges):
    rates = []
    for j in range(len(edges) - 1):
        low, high = edges[j], edges[j + 1]
        inside = [k for k, n in enumerate(src_len) if low <= n < high]
        wrong = sum(edits("".join(hyps[k]), "".join(refs[k])) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        rates.append(wrong / phones if inside else None)
    return rates
