"""Local attention: a query t looks at the 2D + 1 keys around its place p_t.

A window says where p_t is, `LocalM` or `LocalP`; `masked` and `gathered` are two ways
to read in it, the first as it is defined, the second at a cost that does not grow with
the length of the source.  Places count from 0.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import Align
from .attention import attend
from .masks import gaussian, window_mask
from .scores import Score

Q = Float[Tensor, "b m d_q"]
K = Float[Tensor, "b n d_k"]
V = Float[Tensor, "b n d_v"]
P = Float[Tensor, "b m"]
M = Bool[Tensor, "b 1 n"] | None
Steps = Int[Tensor, "b m"]
Read = tuple[Float[Tensor, "b m d_v"], Float[Tensor, "b m n"]]  # c, alpha


@dataclass(frozen=True)
class LocalM:
    """p_t = t: source and target are taken to run in step (local-m, monotonic).

    A step t >= T_x + D has nothing left in its window and reads c_t = 0.

    Args:
        D: how far the window reaches to each side.

    Reference:
        Luong, Pham & Manning 2015, section 3.2, "local-m".
    """

    D: int

    def place(self, s: Q, t: Steps, T_x: Int[Tensor, " b"]) -> P:
        """p_t = t."""
        return t.float()

    def prior(self, p: Float[Tensor, "*b m"], n: int) -> None:
        """No key in the window is preferred."""


class LocalP(nn.Module):
    """p_t = (T_x - 1) σ(v_pᵀ tanh(W_p s_t)): the state predicts its place (local-p).

    The weights in the window are multiplied by `gaussian`, where p_t has its gradient.
    The paper's p_t = T_x σ(·) is for places counted from 1 and may fall to 0, in front
    of the first word; ours, counted from 0, reaches from the first word to the last.

    Args:
        d_s: width of the state.
        d_p: width of the hidden layer.
        D: how far the window reaches to each side.

    Reference:
        Luong, Pham & Manning 2015, equations 9 and 10.
    """

    def __init__(self, d_s: int, d_p: int, D: int):
        super().__init__()
        self.W_p = nn.Linear(d_s, d_p, bias=False)
        self.v_p = nn.Linear(d_p, 1, bias=False)
        self.D = D

    def place(self, s: Q, t: Steps, T_x: Int[Tensor, " b"]) -> P:
        """p_t = (T_x - 1) σ(v_pᵀ tanh(W_p s_t))."""
        x = self.v_p(torch.tanh(self.W_p(s)))[..., 0]
        # half precision cannot count far enough to tell the places apart
        x = x.to(torch.promote_types(x.dtype, torch.float32))
        return (T_x[:, None] - 1) * torch.sigmoid(x)

    def prior(self, p: Float[Tensor, "*b m"], n: int) -> Float[Tensor, "*b m n"]:
        """exp(-(i - p_t)² / 2σ²) with σ = D/2."""
        return gaussian(p, n, self.D)


# Or anything else that has D; place(s, t, T_x) -> p, from states, steps and lengths;
# and prior(p, n), what multiplies alpha at keys 0 … n - 1, or None.
Window = LocalM | LocalP


def masked(
    q: Q, k: K, v: V, p: P, window: Window, score: Score, align: Align, mask: M
) -> Read:
    """α_t = align(e_t, |i - round(p_t)| <= D) ⊙ prior over all n keys;  c = α v.

    Local attention as it is defined; `gathered` gives the same and reads less.
    """
    n = v.shape[1]
    visible = window_mask(p, n, window.D)
    visible = visible if mask is None else visible & mask
    prior = window.prior(p, n)
    c, alpha, _ = attend(q, k, v, score=score, align=align, mask=visible, prior=prior)
    return c, alpha


def gathered(
    q: Q, k: K, v: V, p: P, window: Window, score: Score, align: Align, mask: M
) -> Read:
    """c_t = Σ_{|j| <= D} α_{t,j} v_{round(p_t) + j}: only the windows are read.

    Equal to `masked` for every score that looks at one key at a time; alpha [b, m, n]
    is 0 outside the windows.
    """
    b, n, _ = v.shape
    width = 2 * window.D + 1
    left = p.detach().round() - window.D
    i = left.long()[..., None] + torch.arange(width, device=v.device)  # [b, m, width]
    visible = (i >= 0) & (i < n)
    i = i.clamp(0, n - 1)
    rows = i + n * torch.arange(b, device=v.device)[:, None, None]
    if mask is not None:
        visible = visible & mask.take(rows)
    values = F.embedding(rows, v.flatten(0, 1))  # [b, m, width, d_v]
    keys = values if k is v else F.embedding(rows, k.flatten(0, 1))
    c, alpha, _ = attend(  # every query has keys of its own: m is one more batch axis
        q[:, :, None],
        keys,
        values,
        score=score,
        align=align,
        mask=visible[:, :, None],
        prior=window.prior((p - left)[..., None], width),  # counted from the left end
    )
    # added, not written: what is cut off at the ends carries 0 to a place in use
    spread = alpha.new_zeros(*p.shape, n).scatter_add_(-1, i, alpha[:, :, 0])
    return c[:, :, 0], spread
