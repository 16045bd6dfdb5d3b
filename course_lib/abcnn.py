"""Attention around convolution and pooling: BCNN, ABCNN-1, -2, -3, attentive pooling.

Two sentences, x [b, n, d] and y [b, m, d]; what the papers draw as the columns of a
feature map are the rows here.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import softmax
from .classifiers import Classified, Pooled, compare, visible
from .encoders import Memory
from .masks import padding_mask
from .scores import General

X = Float[Tensor, "*b n d"]
Y = Float[Tensor, "*b m d"]
E = Float[Tensor, "*b n m"]
MX = Bool[Tensor, "b n"]
MY = Bool[Tensor, "b m"]


def match_score(x: X, y: Y) -> E:
    """A_{i,j} = 1 / (1 + ‖x_i − y_j‖), which is 1 where two vectors are equal.

    A `Score` without weights: `attend` takes it too.

    Reference:
        Yin et al. 2016, section 4, "ABCNN-1".
    """
    # not by products of x and y, which would put equal vectors a little apart
    return 1 / (1 + torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist"))


def _matrix(x: X, y: Y, mask_x: MX, mask_y: MY) -> E:
    seen = mask_x[:, :, None] & mask_y[:, None, :]
    return match_score(x, y).masked_fill(~seen, 0.0)  # padding matches nothing


class WideConvolution(nn.Module):
    """p_i = tanh(W [x_{i−w+1}; …; x_i] + b) for i = 1 … T_x + w − 1; outside, x = 0.

    Args:
        d_x: width of the input.
        d_c: number of kernels.
        w: width of the window, in words.

    Reference:
        Yin et al. 2016, section 3, "convolution layer".
    """

    def __init__(self, d_x: int, d_c: int, w: int):
        super().__init__()
        self.conv = nn.Conv1d(d_x, d_c, w, padding=w - 1)

    def forward(self, x: X, mask: MX) -> tuple[Tensor, Tensor]:
        """Return p [b, n + w − 1, d_c] and its mask."""
        p = self.conv(x.masked_fill(~mask[..., None], 0.0).mT).mT.tanh()
        return p, F.pad(mask, (p.shape[1] - x.shape[1], 0), value=True)


def w_ap(p: X, w: int, alpha: Float[Tensor, "b n"]) -> Tensor:
    """x_i = Σ_{k=i}^{i+w−1} α_k p_k, back to T_x rows; with α = 1/w, the plain mean.

    Reference:
        Yin et al. 2016, section 3, "w-ap"; section 4, "ABCNN-2".
    """
    return F.avg_pool1d((alpha[..., None] * p).mT, w, stride=1).mT * w


def all_ap(p: X, alpha: Float[Tensor, "b n"]) -> Float[Tensor, "b d"]:
    """r = Σ_k α_k p_k / Σ_k α_k: where all α_k are equal, the plain mean.

    The paper writes weights for w-ap only; here they reach all-ap too, or the last
    block would not feel them.

    Reference:
        Yin et al. 2016, section 3, "all-ap".
    """
    return (alpha[:, None] @ p)[:, 0] / alpha.sum(1, keepdim=True)


class Block(nn.Module):
    """Attend, convolve widely, attend, pool: one storey of an `ABCNN`.

    - ABCNN-1, before the convolution: [x; A W] and [y; Aᵀ W].  Each word gets a second
      channel, made of what matches it in the other sentence.
    - ABCNN-2, before the pooling: α_i = Σ_j A_{i,j} weighs row i, with A of the
      convolved maps.

    One W serves both sentences.

    Args:
        number: 0, 1, 2 or 3, see `ABCNN`.
        d_x: width of the input.
        d_c: number of kernels.
        w: width of the window, in words.
        max_n: rows of W, the longest sentence.

    Raises:
        ValueError: in ABCNN-1 and -3, for a sentence longer than max_n.

    Reference:
        Yin et al. 2016, section 4.
    """

    def __init__(self, number: int, d_x: int, d_c: int, w: int, max_n: int):
        super().__init__()
        before, self.after, self.w = number in (1, 3), number in (2, 3), w
        self.W = nn.Parameter(torch.randn(max_n, d_x) / max_n**0.5) if before else None
        self.convolve = WideConvolution(2 * d_x if before else d_x, d_c, w)

    def forward(
        self, x: X, y: Y, mask_x: MX, mask_y: MY
    ) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], tuple[Tensor, ...]]:
        """Return (x, y) for the next block, what all-ap pooled, and the matrices A."""
        n, m = x.shape[1], y.shape[1]
        matrices: tuple[Tensor, ...] = ()
        if self.W is not None:
            if max(n, m) > len(self.W):
                raise ValueError(
                    f"a sentence has {max(n, m)} words, but W was made for "
                    f"max_n={len(self.W)}; build the model with a larger max_n"
                )
            A = _matrix(x, y, mask_x, mask_y)
            x = torch.cat([x, A @ self.W[:m]], -1)
            y = torch.cat([y, A.mT @ self.W[:n]], -1)
            matrices += (A,)
        p, mask_p = self.convolve(x, mask_x)
        q, mask_q = self.convolve(y, mask_y)
        # rows that count the same: Σ α_k p_k over w of them is the mean
        alpha, beta = mask_p.to(p.dtype) / self.w, mask_q.to(q.dtype) / self.w
        if self.after:
            A = _matrix(p, q, mask_p, mask_q)
            alpha, beta = A.sum(2), A.sum(1)
            matrices += (A,)
        onward = w_ap(p, self.w, alpha), w_ap(q, self.w, beta)
        return onward, (all_ap(p, alpha), all_ap(q, beta)), matrices


class ABCNN(nn.Module):
    """p = softmax(W [compare(u_1, v_1); …; compare(u_L, v_L)] + b), L blocks.

    u_l and v_l are what all-ap makes of the two sentences in block l.

    Args:
        number: 0 is the BCNN, without attention; ABCNN-1 attends before the
            convolution, ABCNN-2 before the pooling, ABCNN-3 does both.
        n_vocab: size of the vocabulary.
        d_e: width of the embedding.
        d_c: number of kernels.
        n_classes: number of labels.
        w: width of the window, in words.
        n_blocks: L.
        max_n: the longest sentence; 1 and 3 have a weight for each position.

    Raises:
        ValueError: for another number, or later for a sentence longer than max_n.

    Reference:
        Yin et al. 2016, sections 3 and 4, with `compare` under the output layer.
    """

    def __init__(
        self,
        number: int,
        n_vocab: int,
        d_e: int,
        d_c: int,
        n_classes: int,
        *,
        w: int = 4,
        n_blocks: int = 1,
        max_n: int = 50,
    ):
        super().__init__()
        if number not in (0, 1, 2, 3):
            raise ValueError(f"number is 0 (BCNN), 1, 2 or 3 (ABCNN), not {number}")
        self.E = nn.Embedding(n_vocab, d_e)
        widths = [d_e] + [d_c] * (n_blocks - 1)
        self.blocks = nn.ModuleList(Block(number, d, d_c, w, max_n) for d in widths)
        self.out = nn.Linear(4 * d_c * n_blocks, n_classes)

    def forward(
        self,
        x: Int[Tensor, "b n"],
        y: Int[Tensor, "b m"],
        x_len: Int[Tensor, " b"],
        y_len: Int[Tensor, " b"],
    ) -> Classified:
        """Classify every pair; alpha holds the matrices A, from the bottom up."""
        mask_x = padding_mask(x_len, x.shape[1])[:, 0]
        mask_y = padding_mask(y_len, y.shape[1])[:, 0]
        pair, found, matrices = (self.E(x), self.E(y)), [], ()
        for block in self.blocks:
            pair, pooled, A = block(*pair, mask_x, mask_y)
            found.append(compare(*pooled))
            matrices += A
        return Classified(self.out(torch.cat(found, -1)), matrices)


class ConvEncoder(nn.Module):
    """h_i = tanh(W [E x_{i−r}; …; E x_{i+r}] + b), w = 2r + 1 is odd;  s0 = max_i h_i.

    Args:
        n_vocab: size of the vocabulary.
        d_e: width of the embedding.
        d_h: number of kernels.
        w: width of the window, in words.

    Raises:
        ValueError: if w is even.

    Reference:
        dos Santos et al. 2016, section 2, "QA-CNN".
    """

    def __init__(self, n_vocab: int, d_e: int, d_h: int, w: int = 3):
        super().__init__()
        if w % 2 == 0:
            raise ValueError(f"a window needs a middle word: w must be odd, got {w}")
        self.E, self.d_h = nn.Embedding(n_vocab, d_e), d_h
        self.conv = nn.Conv1d(d_e, d_h, w, padding=w // 2)

    def forward(self, x: Int[Tensor, "b n"], x_len: Int[Tensor, " b"]) -> Memory:
        """Read every sentence; padding counts as zeros."""
        mask = padding_mask(x_len, x.shape[1])
        h = self.conv(self.E(x).masked_fill(~mask.mT, 0.0).mT).mT.tanh()
        return Memory(h, mask, h.masked_fill(~mask.mT, -1.0).amax(1))  # tanh >= -1


class AttentivePooling(nn.Module):
    """G = tanh(xᵀU y);  α_i = softmax_i(max_j G_{i,j}), β_j = softmax_j(max_i G_{i,j}).

    u = Σ_i α_i x_i and v = Σ_j β_j y_j: a word counts as much as its best match in the
    other sentence.

    Args:
        d_h: width of the states of both sentences.

    Reference:
        dos Santos et al. 2016, section 3.
    """

    def __init__(self, d_h: int):
        super().__init__()
        self.U = General(d_h, d_h)

    def forward(self, x: Memory, y: Memory) -> tuple[Pooled, Pooled]:
        """Pool both sentences, each under the eyes of the other."""
        mask_x, mask_y = visible(x), visible(y)
        G = self.U(x.h, y.h).tanh()
        alpha = softmax(G.masked_fill(~mask_y[:, None], -1.0).amax(2), mask_x)
        beta = softmax(G.masked_fill(~mask_x[..., None], -1.0).amax(1), mask_y)
        u, v = (alpha[:, None] @ x.h)[:, 0], (beta[:, None] @ y.h)[:, 0]
        return (u, alpha), (v, beta)
