def masked_loss(logits, tgt_out, pad):
    """Torch's own loss."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), tgt_out.flatten(), ignore_index=pad
    )
