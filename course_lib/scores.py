"""Scores e_{t,i} = score(q_t, k_i): how well does each key answer the query?

A score is any callable ``(q, k) -> e`` with q [*b, m, d_q], k [*b, n, d_k] and
e [*b, m, n].  Scores without weights are functions, scores with weights are modules.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

Score = Callable[[Tensor, Tensor], Tensor]
Q = Float[Tensor, "*b m d_q"]
K = Float[Tensor, "*b n d_k"]
U = Float[Tensor, "*b n d_u"]
E = Float[Tensor, "*b m n"]


def dot(q: Q, k: K) -> E:
    """e = qᵀk.

    Raises:
        ValueError: if queries and keys have different widths.

    Reference:
        Luong, Pham & Manning 2015, section 3.1, "dot".
    """
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            f"queries and keys must have one width, got d_q={q.shape[-1]} and "
            f"d_k={k.shape[-1]}; General(d_q, d_k) scores vectors of different widths"
        )
    return q @ k.mT


def scaled_dot(q: Q, k: K) -> E:
    """e = qᵀk / √d, whose variance does not grow with the width d.

    Raises:
        ValueError: if queries and keys have different widths.

    Reference:
        Vaswani et al. 2017, equation 1.
    """
    return dot(q, k) / math.sqrt(q.shape[-1])


def cosine(q: Q, k: K) -> E:
    """e = qᵀk / (‖q‖ ‖k‖), always between -1 and 1.

    Raises:
        ValueError: if queries and keys have different widths.

    Reference:
        Graves, Wayne & Danihelka 2014, equation 6.
    """
    return dot(F.normalize(q, dim=-1), F.normalize(k, dim=-1))


class KeyedScore(nn.Module):
    """e = compare(q, u) with u = project(k): the part of a score that only keys need.

    The keys of a sentence do not change while it is decoded, so a decoder calls
    ``project`` once a sentence and ``compare`` once a step.
    """

    def project(self, k: K) -> U:
        """Do all the work that depends on the keys alone."""
        raise NotImplementedError

    def compare(self, q: Q, u: U) -> E:
        """Score every query against every projected key."""
        raise NotImplementedError

    def forward(self, q: Q, k: K) -> E:
        """Score every query against every key."""
        return self.compare(q, self.project(k))

    def with_keys(self, k: K) -> Score:
        """Project k now; return a score that ignores its own keys and reuses them."""
        u = self.project(k)
        return lambda q, _k: self.compare(q, u)


def split(score: Score) -> tuple[Callable[[Tensor], Tensor], Score]:
    """Return (project, compare) of any score; a plain function has no projection."""
    if isinstance(score, KeyedScore):
        return score.project, score.compare
    return lambda k: k, score


class General(KeyedScore):
    """e = qᵀ W_a k, a dot product after the keys are mapped to the query's space.

    Reference:
        Luong, Pham & Manning 2015, section 3.1, "general".
    """

    def __init__(self, d_q: int, d_k: int):
        super().__init__()
        self.W_a = nn.Linear(d_k, d_q, bias=False)

    def project(self, k: K) -> U:
        """u = W_a k."""
        return self.W_a(k)

    def compare(self, q: Q, u: U) -> E:
        """e = qᵀu."""
        return q @ u.mT


class Additive(KeyedScore):
    """e = v_aᵀ tanh(W_a q + U_a k).

    Luong's "concat" is the same score: [W_a U_a] is one matrix that acts on [q; k].

    Reference:
        Bahdanau, Cho & Bengio 2015, appendix A.1.2; Luong, Pham & Manning 2015,
        section 3.1, "concat".
    """

    def __init__(self, d_q: int, d_k: int, d_a: int):
        super().__init__()
        self.W_a = nn.Linear(d_q, d_a, bias=False)
        self.U_a = nn.Linear(d_k, d_a, bias=False)
        self.v_a = nn.Parameter(torch.randn(d_a) / math.sqrt(d_a))

    def project(self, k: K) -> U:
        """u = U_a k."""
        return self.U_a(k)

    def compare(self, q: Q, u: U) -> E:
        """e = v_aᵀ tanh(W_a q + u)."""
        w = self.W_a(q)[..., :, None, :]  # [*b, m, 1, d_a]
        return (w + u[..., None, :, :]).tanh_() @ self.v_a  # in place: half the memory


class MLP(KeyedScore):
    """e = w · relu(W_2 relu(W_q q + W_k k + b_1) + b_2), a network reads the pair.

    One hidden layer more than `Additive`, so that query and key can interact in ways
    that a single tanh layer cannot express.
    """

    def __init__(self, d_q: int, d_k: int, d_a: int):
        super().__init__()
        self.W_q = nn.Linear(d_q, d_a)
        self.W_k = nn.Linear(d_k, d_a, bias=False)
        self.W_2 = nn.Linear(d_a, d_a)
        self.w = nn.Parameter(torch.randn(d_a) / math.sqrt(d_a))

    def project(self, k: K) -> U:
        """u = W_k k."""
        return self.W_k(k)

    def compare(self, q: Q, u: U) -> E:
        """e = w · relu(W_2 relu(W_q q + u + b_1) + b_2)."""
        x = torch.relu(self.W_q(q)[..., :, None, :] + u[..., None, :, :])
        return torch.relu(self.W_2(x)) @ self.w


class LinearSum(KeyedScore):
    """e = w_qᵀq + w_kᵀk.

    Softmax cancels the query's term, which is the same for every key: this score
    cannot look at different places for different queries.
    """

    def __init__(self, d_q: int, d_k: int):
        super().__init__()
        self.w_q = nn.Linear(d_q, 1, bias=False)
        self.w_k = nn.Linear(d_k, 1, bias=False)

    def project(self, k: K) -> U:
        """u = w_kᵀk."""
        return self.w_k(k)

    def compare(self, q: Q, u: U) -> E:
        """e = w_qᵀq + u."""
        return self.w_q(q) + u.mT


class KeyOnly(KeyedScore):
    """e = wᵀk: every query gets the same scores."""

    def __init__(self, d_k: int):
        super().__init__()
        self.w = nn.Linear(d_k, 1, bias=False)

    def project(self, k: K) -> U:
        """u = wᵀk."""
        return self.w(k)

    def compare(self, q: Q, u: U) -> E:
        """e = u, repeated for every query."""
        return u.mT.expand(*u.shape[:-2], q.shape[-2], u.shape[-2])


class Location(nn.Module):
    """e_t = W_a q_t: a place for each query, chosen without a look at the keys.

    Args:
        d_q: width of the queries.
        max_n: the longest source; a longer one raises ValueError.

    Reference:
        Luong, Pham & Manning 2015, section 3.1, "location".
    """

    def __init__(self, d_q: int, max_n: int):
        super().__init__()
        self.W_a = nn.Linear(d_q, max_n, bias=False)

    def forward(self, q: Q, k: K) -> E:
        """Score the first n places."""
        n, max_n = k.shape[-2], self.W_a.out_features
        if n > max_n:
            raise ValueError(
                f"Location scores at most max_n={max_n} places, the source has {n}; "
                "build it with a larger max_n"
            )
        return self.W_a(q)[..., :n]
