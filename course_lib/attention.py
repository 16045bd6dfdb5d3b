"""Contexts c_t = Σ_i alpha_{t,i} v_i, and the layers built from one read."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import Align, softmax
from .masks import causal_mask
from .scores import Additive, Score, scaled_dot


class Attended(NamedTuple):
    """What one read gives: contexts c, weights alpha, scores e."""

    c: Float[Tensor, "*b m d_v"]
    alpha: Float[Tensor, "*b m n"]
    e: Float[Tensor, "*b m n"]


def attend(
    q: Float[Tensor, "*b m d_q"],
    k: Float[Tensor, "*b n d_k"],
    v: Float[Tensor, "*b n d_v"],
    *,
    score: Score = scaled_dot,
    align: Align = softmax,
    mask: Bool[Tensor, "*#b #m #n"] | None = None,
    prior: Float[Tensor, "*#b #m #n"] | None = None,
) -> Attended:
    """e = score(q, k);  α = align(e, mask);  c = α v.

    Args:
        q: m queries.
        k: n keys.
        v: n values.
        score: how well each key answers each query, ``(q, k) -> e``.
        align: how scores become weights, ``(e, mask) -> alpha``.
        mask: True = visible; broadcasts over batch and queries.
        prior: multiplies alpha and is not normalised again.

    Reference:
        Bahdanau, Cho & Bengio 2015, equations 5 and 6, for one query at a time.
    """
    e = score(q, k)
    alpha = align(e, mask)
    if prior is not None:
        alpha = alpha * prior.to(alpha.dtype)
    return Attended(alpha @ v, alpha, e)


class KeysValues(NamedTuple):
    """Keys and values of every head, projected once, read as often as one likes."""

    K: Float[Tensor, "b n_heads n d_head"]
    V: Float[Tensor, "b n_heads n d_head"]


class Heads(NamedTuple):
    """What all heads read: contexts c; alpha and e are None where nobody asked."""

    c: Float[Tensor, "b m d_model"]
    alpha: Float[Tensor, "b n_heads m n"] | None
    e: Float[Tensor, "b n_heads m n"] | None


class MultiHead(nn.Module):
    """c = [head_1; head_2; …] W_O with head_j = attend(q W_Q^j, k W_K^j, v W_V^j).

    The heads are one more leading axis, so any score and any alignment will do; a
    score with weights is shared by the heads and works on width d_model / n_heads.
    Who does not need alpha says so: the scaled dot product with softmax then runs in
    PyTorch's fused kernel, which never writes the m x n weights down.

    Args:
        d_model: width of queries and contexts.
        n_heads: number of heads; must divide d_model.
        d_kv: width of keys and values, d_model unless told.
        score: see `attend`.
        align: see `attend`.

    Raises:
        ValueError: if n_heads does not divide d_model.

    Reference:
        Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        *,
        d_kv: int | None = None,
        score: Score = scaled_dot,
        align: Align = softmax,
    ):
        super().__init__()
        if d_model % n_heads:
            raise ValueError(f"n_heads={n_heads} must divide d_model={d_model}")
        d_kv = d_model if d_kv is None else d_kv
        self.n_heads, self.score, self.align = n_heads, score, align
        self.W_Q = nn.Linear(d_model, d_model, bias=False)
        self.W_K = nn.Linear(d_kv, d_model, bias=False)
        self.W_V = nn.Linear(d_kv, d_model, bias=False)
        self.W_O = nn.Linear(d_model, d_model, bias=False)

    def forward(
        self,
        q: Float[Tensor, "b m d_model"],
        k: Float[Tensor, "b n d_kv"],
        v: Float[Tensor, "b n d_kv"],
        mask: Bool[Tensor, "#b #m n"] | None = None,
        *,
        causal: bool = False,
        need_alpha: bool = True,
    ) -> Heads:
        """`keys_values`, then `read`."""
        kv = self.keys_values(k, v)
        return self.read(q, kv, mask, causal=causal, need_alpha=need_alpha)

    def _split(self, x: Tensor) -> Tensor:  # [b, n, d_model] -> [b, n_heads, n, d_head]
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def keys_values(
        self, k: Float[Tensor, "b n d_kv"], v: Float[Tensor, "b n d_kv"]
    ) -> KeysValues:
        """K^j = k W_K^j and V^j = v W_V^j: all that does not depend on the queries."""
        return KeysValues(self._split(self.W_K(k)), self._split(self.W_V(v)))

    def read(
        self,
        q: Float[Tensor, "b m d_model"],
        kv: KeysValues,
        mask: Bool[Tensor, "#b #m n"] | None = None,
        *,
        causal: bool = False,
        need_alpha: bool = True,
    ) -> Heads:
        """c = [head_1; head_2; …] W_O with head_j = attend(q W_Q^j, K^j, V^j).

        Args:
            q: m queries.
            kv: from `keys_values`.
            mask: True = visible.
            causal: query t sees keys 1 … t only, of those the mask shows.
            need_alpha: False leaves alpha and e out of the answer.

        Raises:
            ValueError: if causal and there are not as many keys as queries.
            TypeError: if the mask is not bool.
        """
        Q, (K, V) = self._split(self.W_Q(q)), kv
        m, n = Q.shape[-2], K.shape[-2]
        if causal and m != n:
            raise ValueError(f"causal reading wants as many keys as queries: {n}, {m}")
        fused = not need_alpha and self.score is scaled_dot and self.align is softmax
        if causal and not (fused and mask is None):  # else the kernel hides the future
            past = causal_mask(m, q.device)[None]
            mask, causal = past if mask is None else mask & past, False
        M = None if mask is None else mask[:, None]  # one for all heads
        if fused:
            if M is not None and M.dtype != torch.bool:
                raise TypeError(f"a mask is bool, True = visible; got {M.dtype}")
            c = F.scaled_dot_product_attention(Q, K, V, M, is_causal=causal)
            alpha = e = None
        else:
            c, alpha, e = attend(Q, K, V, score=self.score, align=self.align, mask=M)
        c = self.W_O(c.transpose(1, 2).flatten(2))
        return Heads(c, alpha, e) if need_alpha else Heads(c, None, None)


class Pool(nn.Module):
    """c = Σ_i α_i h_i with α = softmax(score(u, h)): a learned query u reads once.

    One level of hierarchical attention; apply one to words and one to sentences.  The
    score is additive, v_aᵀ tanh(W_a u + U_a h_i): what the paper calls the context
    vector is v_a, its bias is W_a u.

    Args:
        d_h: width of what is read.
        d_a: width of the query and of the additive score.

    Reference:
        Yang et al. 2016, section 2.2.
    """

    def __init__(self, d_h: int, d_a: int):
        super().__init__()
        self.u = nn.Parameter(torch.randn(1, d_a) / d_a**0.5)
        self.score = Additive(d_a, d_h, d_a)

    def forward(
        self, h: Float[Tensor, "*b n d_h"], mask: Bool[Tensor, "*#b n"] | None = None
    ) -> Attended:
        """Return c [*b, 1, d_h] and alpha, e [*b, 1, n]."""
        q = self.u.expand(*h.shape[:-2], 1, -1)
        visible = None if mask is None else mask[..., None, :]
        return attend(q, h, h, score=self.score, mask=visible)
