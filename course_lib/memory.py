"""Content addressing: weights w over the rows of a memory matrix M.

A look-up in a key-value memory is plain `attend(q, K, V)`.  A Neural Turing Machine
sharpens such weights, mixes them with the last ones, and moves them along the rows.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import softmax
from .scores import cosine

W = Float[Tensor, "*b m n"]
M = Float[Tensor, "*b n d_m"]


def content(
    k: Float[Tensor, "*b m d_m"],
    M: M,
    beta: Float[Tensor, "*b m"],
    mask: Bool[Tensor, "*#b #m n"] | None = None,
) -> W:
    """w_i = softmax_i(β cos(k, M_i)); a large β picks the one row most like the key.

    Reference:
        Graves, Wayne & Danihelka 2014, equations 5 and 6.
    """
    return softmax(beta[..., None] * cosine(k, M), mask)


def interpolate(w: W, w_prev: W, g: Float[Tensor, "*b m"]) -> W:
    """g w + (1 − g) w_prev: with g = 0 the content is ignored.

    Reference:
        Graves, Wayne & Danihelka 2014, equation 7.
    """
    return g[..., None] * w + (1 - g[..., None]) * w_prev


def shift(w: W, rho: Float[Tensor, "*b m n_shifts"]) -> W:
    """w̃_i = Σ_j w_j ρ_{i−j}, indices modulo n: the last row is next to the first.

    Args:
        w: weights.
        rho: a distribution over the moves −S … S, 2S + 1 numbers; the paper's s.

    Raises:
        ValueError: if the number of moves is even, so that none means "stay".

    Reference:
        Graves, Wayne & Danihelka 2014, equation 8.
    """
    if rho.shape[-1] % 2 == 0:
        raise ValueError(f"moves are −S … S, an odd number, got {rho.shape[-1]}")
    S = rho.shape[-1] // 2
    moved = [w.roll(move, -1) for move in range(-S, S + 1)]
    return (torch.stack(moved, -1) * rho[..., None, :]).sum(-1)


def sharpen(w: W, gamma: Float[Tensor, "*b m"]) -> W:
    """w_i^γ / Σ_j w_j^γ with γ ≥ 1, against the blur that shifting leaves.

    Reference:
        Graves, Wayne & Danihelka 2014, equation 9.
    """
    tiny = torch.finfo(w.dtype).tiny
    # over the largest weight first, or small weights would all vanish to 0/0
    w = (w / w.amax(-1, keepdim=True).clamp(min=tiny)) ** gamma[..., None]
    return w / w.sum(-1, keepdim=True).clamp(min=tiny)


class Head(nn.Module):
    """w = sharpen(shift(g content(k, M, β) + (1 − g) w_prev, ρ), γ);  r = w M.

    One map of the controller's state q gives k, β = softplus, g = σ, ρ = softmax and
    γ = 1 + softplus.

    Args:
        d_q: width of the controller's state.
        d_m: width of a row of the memory.
        n_shifts: number of moves, odd: 3 means one back, stay, one on.

    Reference:
        Graves, Wayne & Danihelka 2014, equations 2 and 5 to 9, figure 2.
    """

    def __init__(self, d_q: int, d_m: int, n_shifts: int = 3):
        super().__init__()
        self.sizes = [d_m, 1, 1, n_shifts, 1]
        self.W = nn.Linear(d_q, sum(self.sizes))

    def forward(
        self, q: Float[Tensor, "b m d_q"], M: M, w_prev: W
    ) -> tuple[Float[Tensor, "b m d_m"], W]:
        """Return what m states read, r [b, m, d_m], and their weights w [b, m, n]."""
        k, beta, g, rho, gamma = self.W(q).split(self.sizes, -1)
        w = content(k, M, F.softplus(beta[..., 0]))
        w = interpolate(w, w_prev, g[..., 0].sigmoid())
        w = shift(w, rho.softmax(-1))
        w = sharpen(w, 1 + F.softplus(gamma[..., 0]))
        return w @ M, w
