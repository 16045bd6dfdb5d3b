"""Weights alpha_t = align(e_t): soft or hard.

An alignment is any callable ``(e, mask) -> alpha`` on e [*b, m, n].  Hidden keys get
exactly 0; a query that may see nothing gets a row of zeros.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor

Align = Callable[[Tensor, Tensor | None], Tensor]
E = Float[Tensor, "*b m n"]
M = Bool[Tensor, "*#b #m #n"]


def _hide(e: Tensor, mask: Tensor | None) -> Tensor:
    """Give hidden keys the lowest finite score (half precision has its own)."""
    if mask is None:
        return e
    if mask.dtype != torch.bool:
        raise TypeError(
            f"a mask must be bool with True = visible, got {mask.dtype}; "
            "write mask.bool(), or ~mask if yours is True where keys are hidden"
        )
    return e.masked_fill(~mask, torch.finfo(e.dtype).min)


def _zero(alpha: Tensor, mask: Tensor | None) -> Tensor:
    """Clear hidden keys; it matters in rows where everything is hidden."""
    return alpha if mask is None else alpha.masked_fill(~mask, 0.0)


def _noise(e: Tensor, generator: Generator | None) -> Tensor:
    """Gumbel noise g = -log(-log u), u ~ U(0, 1), of the shape of e."""
    u = torch.rand(e.shape, generator=generator, device=e.device)
    return -(-u.clamp(min=1e-9, max=1 - 1e-7).log()).log()  # u away from 0 and 1


def softmax(e: E, mask: M | None = None) -> E:
    """α_i = exp(e_i) / Σ_j exp(e_j) over the visible keys j.

    Reference:
        Bahdanau, Cho & Bengio 2015, equation 6.
    """
    return _zero(_hide(e, mask).softmax(-1), mask)


def topk(e: E, mask: M | None = None, *, k: int) -> E:
    """α_i = 1/k on the k highest visible scores, else 0; no gradient reaches e.

    With fewer than k visible keys, all of them share the weight.

    Raises:
        ValueError: if k < 1.
    """
    if k < 1:
        raise ValueError(f"top-k needs k >= 1, got k={k}")
    e = _hide(e, mask)
    best = e.topk(min(k, e.shape[-1]), dim=-1).indices
    chosen = _zero(torch.zeros_like(e).scatter(-1, best, 1.0), mask)
    return chosen / chosen.sum(-1, keepdim=True).clamp(min=1.0)


def argmax(e: E, mask: M | None = None) -> E:
    """α = one-hot of the highest visible score; no gradient reaches e."""
    return topk(e, mask, k=1)


def topk_softmax(e: E, mask: M | None = None, *, k: int) -> E:
    """α = softmax over the k highest visible scores, else 0: `topk` that can learn."""
    return softmax(e, topk(e, mask, k=k) > 0)


def sample(
    e: E, mask: M | None = None, *, k: int = 1, generator: Generator | None = None
) -> E:
    """α_i = 1/k on k keys drawn from softmax(e) one after the other, never one twice.

    With k = 1, α is the one-hot of l_t ~ Categorical(softmax(e_t)).  The k largest of
    e + g with Gumbel noise g are such a draw.  With fewer than k visible keys, all of
    them share the weight.

    No gradient reaches e.  For k = 1, train it with the score-function estimator:
    `log_prob` of what was picked carries the gradient.

    Raises:
        ValueError: if k < 1.

    Reference:
        Xu et al. 2015, section 4.1; Kool, van Hoof & Welling 2019 for k > 1.
    """
    return topk(e.detach().float() + _noise(e, generator), mask, k=k).to(e.dtype)


def log_prob(e: E, picked: E, mask: M | None = None) -> Float[Tensor, "*b m"]:
    """Log p(l_t) = Σ_i l_{t,i} log softmax(e_t)_i of a one-hot l_t, for REINFORCE."""
    return (picked * _zero(_hide(e, mask).log_softmax(-1), mask)).sum(-1)


def entropy(e: E, mask: M | None = None) -> Float[Tensor, "*b m"]:
    """H_t = −Σ_i α_i log α_i with α = softmax(e_t): from 0 (sure) to log n (evenly)."""
    return -log_prob(e, softmax(e, mask), mask)


def gumbel(
    e: E,
    mask: M | None = None,
    *,
    tau: float = 1.0,
    hard: bool = True,
    generator: Generator | None = None,
) -> E:
    """α = softmax((e + g) / τ) with Gumbel noise g = -log(-log u), u ~ U(0, 1).

    Args:
        e: scores.
        mask: True = visible.
        tau: temperature; towards 0 the sample becomes one-hot.
        hard: return the one-hot of the largest entry and use the gradient of the soft
            sample (straight-through); False returns the soft sample itself.
        generator: source of the noise.

    Raises:
        ValueError: if tau is not positive.

    Reference:
        Jang, Gu & Poole 2017, equation 2; Maddison, Mnih & Teh 2017.
    """
    if tau <= 0:
        raise ValueError(f"the temperature must be positive, got tau={tau}")
    soft = softmax((e + _noise(e, generator).to(e.dtype)) / tau, mask)
    if not hard:
        return soft
    one_hot = argmax(soft, mask)
    # zero in value, the gradient of soft; exact, so that one-hot stays 0 or 1
    return one_hot + (soft - soft.detach())


def anneal(progress: float, *, start: float = 1.0, end: float = 0.5) -> float:
    """τ(p) = start · (end / start)^p: the temperature for `gumbel` at progress p.

    An alignment keeps no time, so give the decoder a new one as training goes on:
    ``decoder.align = partial(gumbel, tau=anneal(step / steps))``.

    Args:
        progress: the share of training that is done, 0 to 1.
        start: temperature at the start, high: smooth and biased.
        end: temperature at the end, low: nearly one-hot, with noisy gradients.

    Raises:
        ValueError: if a temperature is not positive.

    Reference:
        Jang, Gu & Poole 2017, section 4: exponential decay, not below 0.5.
    """
    if min(start, end) <= 0:
        raise ValueError(f"temperatures must be positive, got {start} to {end}")
    return float(start * (end / start) ** progress)
