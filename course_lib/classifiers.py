"""Labels for texts: pooled RNN states, hierarchical attention, pairs of sentences."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .attention import Pool
from .encoders import RNN, Lengths, Memory, RNNEncoder, Words, take
from .masks import padding_mask


class Classified(NamedTuple):
    """Scores of the classes, and the weights of every read, the lowest level first."""

    logits: Float[Tensor, "b n_classes"]
    alpha: tuple[Tensor | None, ...]


Pooled = tuple[Tensor, Tensor | None]  # c [b, d_h], and alpha [b, n] if c is a mean
Pooling = Callable[[Memory], Pooled]
PairPooling = Callable[[Memory, Memory], tuple[Pooled, Pooled]]


def visible(memory: Memory) -> Bool[Tensor, "b n"]:
    """M_i, one row a sentence, also where nothing is padded."""
    if memory.mask is None:
        return torch.ones(memory.h.shape[:2], dtype=torch.bool, device=memory.h.device)
    return memory.mask[:, 0]


def last_state(memory: Memory) -> Pooled:
    """c = →h_{T_x}, or [→h_{T_x}; ←h_1]: where each direction ends."""
    d_s = memory.s0.shape[-1]
    if memory.h.shape[-1] == d_s:
        return memory.s0, None
    last = visible(memory).sum(1, keepdim=True) - 1
    rightward = take(memory.h[..., :d_s], last)[:, 0]
    return torch.cat([rightward, memory.s0], -1), None


def mean_state(memory: Memory) -> Pooled:
    """c = Σ_i h_i / T_x: every state counts the same."""
    seen = visible(memory).to(memory.h.dtype)
    alpha = seen / seen.sum(1, keepdim=True)
    return (alpha[:, None] @ memory.h)[:, 0], alpha


class AttentionPool(nn.Module):
    """c = Σ_i α_i h_i with α = softmax(score(u, h)): `Pool` in this room's shape.

    Args:
        d_h: width of the states.
        d_a: width of the query and of the additive score.

    Reference:
        Yang et al. 2016, section 2.2; Zhou et al. 2016, for an LSTM.
    """

    def __init__(self, d_h: int, d_a: int):
        super().__init__()
        self.pool = Pool(d_h, d_a)

    def forward(self, memory: Memory) -> Pooled:
        """Read every sentence once."""
        c, alpha, _ = self.pool(memory.h, visible(memory))
        return c[:, 0], alpha[:, 0]


class SentenceClassifier(nn.Module):
    """p(y | x) = softmax(W c + b) with c = pool(h_1 … h_{T_x}), h = encoder(x).

    Args:
        encoder: tokens to `Memory`.
        pool: `last_state`, `mean_state` or an `AttentionPool`.
        d_h: width of c, `encoder.d_h`.
        n_classes: number of labels.
    """

    def __init__(self, encoder: nn.Module, pool: Pooling, d_h: int, n_classes: int):
        super().__init__()
        self.encoder, self.pool = encoder, pool
        self.out = nn.Linear(d_h, n_classes)

    def forward(self, x: Words, x_len: Lengths = None) -> Classified:
        """Classify every sentence; alpha is ([b, n],)."""
        c, alpha = self.pool(self.encoder(x, x_len))
        return Classified(self.out(c), (alpha,))


class HAN(nn.Module):
    """s_i = pool(RNN(words of i));  c = pool(RNN(s_1 … s_L));  p = softmax(W c + b).

    The same two steps, read and pool, for words and for sentences.  Padded sentences
    are not read at all.

    Args:
        n_vocab: size of the vocabulary.
        d_e: width of the embedding.
        d_s: width of each direction's state, in both RNNs.
        n_classes: number of labels.
        pool_words: `AttentionPool(2 d_s, 2 d_s)` unless told; `mean_state` here and
            in pool_sentences is the paper's HN-AVE.
        pool_sentences: the same for sentences.

    Reference:
        Yang et al. 2016, section 2.
    """

    def __init__(
        self,
        n_vocab: int,
        d_e: int,
        d_s: int,
        n_classes: int,
        *,
        pool_words: Pooling | None = None,
        pool_sentences: Pooling | None = None,
    ):
        super().__init__()
        d_h = 2 * d_s
        self.read_words = RNNEncoder(n_vocab, d_e, d_s)
        self.pool_words = pool_words or AttentionPool(d_h, d_h)
        self.read_sentences = RNN(d_h, d_s)
        self.pool_sentences = pool_sentences or AttentionPool(d_h, d_h)
        self.out = nn.Linear(d_h, n_classes)

    def forward(
        self,
        words: Int[Tensor, "b s n"],
        n_words: Int[Tensor, "b s"],
        n_sentences: Int[Tensor, " b"],
    ) -> Classified:
        """Classify every document; alpha is (words [b, s, n], sentences [b, s]).

        Raises:
            ValueError: if a document has no sentence, or a sentence no word.
        """
        if int(n_sentences.min()) < 1:
            raise ValueError("a document is empty: n_sentences must be >= 1")
        real = padding_mask(n_sentences, words.shape[1])[:, 0]  # [b, s]
        c, alpha = self.pool_words(self.read_words(words[real], n_words[real]))
        s = c.new_zeros(*real.shape, c.shape[-1]).index_put((real,), c)
        if alpha is not None:
            alpha = alpha.new_zeros(words.shape).index_put((real,), alpha)
        v, beta = self.pool_sentences(self.read_sentences(s, n_sentences))
        return Classified(self.out(v), (alpha, beta))


def compare(u: Float[Tensor, "b d"], v: Float[Tensor, "b d"]) -> Float[Tensor, "b d4"]:
    """[u; v; |u − v|; u ∘ v]: a linear layer on this can tell whether u and v agree."""
    return torch.cat([u, v, (u - v).abs(), u * v], -1)


class Apart(nn.Module):
    """u = pool(h of x), v = pool(h of y): neither sentence sees the other.

    Args:
        pool: as for `SentenceClassifier`.
    """

    def __init__(self, pool: Pooling):
        super().__init__()
        self.pool = pool

    def forward(self, x: Memory, y: Memory) -> tuple[Pooled, Pooled]:
        """Pool both."""
        return self.pool(x), self.pool(y)


class PairClassifier(nn.Module):
    """p = softmax(W compare(u, v) + b) with (u, v) = pool(encoder(x), encoder(y)).

    Args:
        encoder: tokens to `Memory`, the same for both sentences.
        pool: `Apart` of a pooling for one sentence, or `abcnn.AttentivePooling`.
        d_h: width of u and of v, `encoder.d_h`.
        n_classes: number of labels.
    """

    def __init__(self, encoder: nn.Module, pool: PairPooling, d_h: int, n_classes: int):
        super().__init__()
        self.encoder, self.pool = encoder, pool
        self.out = nn.Linear(4 * d_h, n_classes)

    def forward(
        self,
        x: Words,
        y: Int[Tensor, "b m"],
        x_len: Lengths = None,
        y_len: Lengths = None,
    ) -> Classified:
        """Classify every pair; alpha is (of x [b, n], of y [b, m])."""
        read_x, read_y = self.encoder(x, x_len), self.encoder(y, y_len)
        (u, alpha), (v, beta) = self.pool(read_x, read_y)
        return Classified(self.out(compare(u, v)), (alpha, beta))
