"""Attention in tiles: the softmax without the m x n weights, written to be read."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from .scores import scaled_dot


def tiled_attention(
    q: Float[Tensor, "*b m d"],
    k: Float[Tensor, "*b n d"],
    v: Float[Tensor, "*b n d_v"],
    *,
    mask: Bool[Tensor, "*#b #m n"] | None = None,
    tile: int = 64,
) -> Float[Tensor, "*b m d_v"]:
    """c = softmax(qᵀk / √d) v, from one tile of keys after the other.

    After each tile, e its scores and v its values, three running quantities a query:

        μ' = max(μ, max_i e_i)                        the maximum so far
        Z' = exp(μ - μ') Z + Σ_i exp(e_i - μ')        the sum so far
        c' = exp(μ - μ') c + Σ_i exp(e_i - μ') v_i    the context so far, not divided

    and at the end c / Z.  When a larger score turns up, exp(μ - μ') moves what was
    summed before to the new maximum.  No more than m x tile scores exist at a time;
    the fused kernels do the same in fast memory, and once more in the backward pass,
    where autograd here keeps every tile.

    Args:
        q: m queries.
        k: n keys.
        v: n values.
        mask: True = visible; a query that may see nothing reads 0.
        tile: keys read at a time.

    Raises:
        ValueError: if tile < 1.

    Reference:
        Milakov & Gimelshein 2018, algorithm 3; Dao et al. 2022, algorithm 1.
    """
    if tile < 1:
        raise ValueError(f"a tile holds at least one key, got tile={tile}")
    wide = torch.promote_types(q.dtype, torch.float32)  # half precision sums badly
    top = q.new_full((*q.shape[:-1], 1), torch.finfo(wide).min, dtype=wide)  # μ
    total = torch.zeros_like(top)  # Z
    c = q.new_zeros((*q.shape[:-1], v.shape[-1]), dtype=wide)
    for i in range(0, k.shape[-2], tile):
        here = slice(i, i + tile)
        e = scaled_dot(q, k[..., here, :]).to(wide)
        if mask is not None:
            e = e.masked_fill(~mask[..., here], -torch.inf)
        # the result is the same for every μ, so no gradient need pass through it
        higher = torch.maximum(top, e.detach().amax(-1, keepdim=True))
        old, new = (top - higher).exp(), (e - higher).exp()
        total = old * total + new.sum(-1, keepdim=True)
        c = old * c + new @ v[..., here, :].to(wide)
        top = higher
    return (c / total.masked_fill(total == 0, 1.0)).to(v.dtype)
