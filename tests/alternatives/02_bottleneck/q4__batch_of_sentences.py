def influence(params, src, other, tgt_in):
    """All changed sentences as the rows of one matrix."""
    changed = torch.where(torch.eye(len(src), dtype=torch.bool), other, src)
    p = answer(params, src, tgt_in).softmax(-1)
    q = torch.stack([answer(params, row, tgt_in).softmax(-1) for row in changed], 1)
    return 0.5 * torch.linalg.vector_norm(q - p[:, None], ord=1, dim=-1)
