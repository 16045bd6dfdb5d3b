def error_by_length(hyps, refs, src_len, edges):
    """Counts with torch."""
    wrong = torch.tensor([edits(h, r) for h, r in zip(hyps, refs, strict=True)])
    phones = torch.tensor([len(ref) for ref in refs])
    bucket = torch.bucketize(torch.tensor(src_len), torch.tensor(edges), right=True)
    rates = []
    for j in range(1, len(edges)):
        total = phones[bucket == j].sum()
        edited = wrong[bucket == j].sum()
        rates.append((edited.double() / total).item() if total else None)
    return rates
