from fractions import Fraction

def error_by_length(hyps, refs, src_len, edges):
    buckets = {}
    for h, r, n in zip(hyps, refs, src_len):
        for j, (low, high) in enumerate(zip(edges, edges[1:])):
            if low <= n < high:
                a, b = buckets.get(j, (0, 0))
                buckets[j] = a + edits(r, h), b + len(r)
    return [Fraction(*buckets[j]) if j in buckets else None for j in range(len(edges) - 1)]
