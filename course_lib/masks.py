"""Masks M[t, i]: which key i may query t read?  True = visible, everywhere."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def padding_mask(lengths: Int[Tensor, " b"], n: int) -> Bool[Tensor, "b 1 n"]:
    """M[t, i] = (i < T_x): a sentence sees its own tokens, never the padding.

    Args:
        lengths: the length T_x of each sentence.
        n: the number of columns, usually the longest length of the batch.

    Raises:
        ValueError: if a length is larger than n, so that tokens would be lost.
    """
    if lengths.numel() and int(lengths.max()) > n:
        raise ValueError(
            f"a sentence has {int(lengths.max())} tokens but the mask only n={n} "
            "columns; pass n = the width of the padded batch"
        )
    return (torch.arange(n, device=lengths.device) < lengths[:, None])[:, None]


def causal_mask(m: int, device: torch.device | None = None) -> Bool[Tensor, "m m"]:
    """M[t, i] = (i <= t): position t sees itself and the past, never the future."""
    return torch.ones(m, m, dtype=torch.bool, device=device).tril()
