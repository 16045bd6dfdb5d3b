"""Masks M[t, i]: which key i may query t read?  True = visible, everywhere."""

import torch
from jaxtyping import Bool, Float, Int
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


def window_mask(p: Float[Tensor, "*b m"], n: int, D: int) -> Bool[Tensor, "*b m n"]:
    """M[t, i] = (|i - round(p_t)| <= D): query t sees 2D + 1 keys around its place p_t.

    Rounding has no gradient: p is trained through `gaussian`.

    Args:
        p: real places, counted from 0; the window of a place near an end is cut there.
        n: the number of keys.
        D: how far the window reaches to each side.

    Raises:
        ValueError: if D is negative.

    Reference:
        Luong, Pham & Manning 2015, section 3.2.
    """
    if D < 0:
        raise ValueError(f"a window reaches D >= 0 places to each side, got D={D}")
    i = torch.arange(n, device=p.device)
    return (i - p.detach().round()[..., None]).abs() <= D


def gaussian(p: Float[Tensor, "*b m"], n: int, D: int) -> Float[Tensor, "*b m n"]:
    """G[t, i] = exp(-(i - p_t)² / 2σ²), σ = D/2: keys near the place p_t count most.

    It is 1 at p_t itself and is not normalised.

    Args:
        p: real places, counted from 0.
        n: the number of keys.
        D: how far the window reaches to each side.

    Raises:
        ValueError: if D < 1, which leaves no width to the Gaussian.

    Reference:
        Luong, Pham & Manning 2015, equation 10.
    """
    if D < 1:
        raise ValueError(f"a Gaussian with σ = D/2 needs D >= 1, got D={D}")
    i = torch.arange(n, device=p.device)
    return torch.exp(-2 * ((i - p[..., None]) / D) ** 2)


def sliding_mask(
    m: int, D: int, *, causal: bool = False, device: torch.device | None = None
) -> Bool[Tensor, "m m"]:
    """M[t, i] = (|i - t| <= D): position t of a sequence sees D places to each side.

    Args:
        m: the length of the sequence.
        D: how far the window reaches to each side.
        causal: cut the window off behind t: it sees t - D … t.
        device: where to put the mask.

    Raises:
        ValueError: if D is negative.

    Reference:
        Beltagy, Peters & Cohan 2020, section 3.1, "sliding window".
    """
    near = window_mask(torch.arange(m, device=device).float(), m, D)
    return near & causal_mask(m, device) if causal else near
