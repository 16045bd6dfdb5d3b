def error_by_length(hyps, refs, src_len, edges):
    """One pass over the words, with the bucket found by bisection."""
    from bisect import bisect_right

    count = len(edges) - 1
    wrong, phones = [0] * count, [0] * count
    for hyp, ref, n in zip(hyps, refs, src_len, strict=True):
        bucket = bisect_right(edges, n) - 1
        if 0 <= bucket < count:
            wrong[bucket] += edits(hyp, ref)
            phones[bucket] += len(ref)
    return [w / p if p else None for w, p in zip(wrong, phones, strict=True)]
