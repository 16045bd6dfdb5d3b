"""Show, attend and tell: a grid of annotation vectors h_i, read word by word.

What Xu writes a_i, h_t and ẑ_t is h_i, s_t and c_t here, as in the other chapters.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .alignment import Align, softmax
from .attention import attend
from .decoders import Forced, Source, State, Step, Trace
from .encoders import Memory, lstm_step
from .scores import Additive, Score, split

Image = Float[Tensor, "b channels height width"]


class GridEncoder(nn.Module):
    """h_i = conv(conv(image))_i + row_{r(i)} + column_{c(i)}, s0 = (1/n) Σ_i h_i.

    Two small convolutions, the first with stride 2: cell (r, c) of the grid is centred
    on the pixels 2r, 2r + 1 and 2c, 2c + 1.  The grid is read row by row,
    i = r · columns + c.  Learned positions let the decoder look for "the next one to
    the right"; convolutions alone do not know where they are.

    Args:
        size: height and width of the images, both even.
        d_h: width of h_i.
        channels: 1 for grey images, 3 for colour.
        d_conv: channels between the two convolutions.

    Attributes:
        size: as given.
        grid: rows and columns, half of the height and of the width.
        d_h, d_s0: width of h_i and of the summary s0.

    Raises:
        ValueError: for an odd size, or images of another size.

    Reference:
        Xu et al. 2015, section 3.1.1: annotation vectors from a lower layer of a
        convolutional net (theirs is a pretrained VGG, without positions).
    """

    def __init__(
        self, size: tuple[int, int], d_h: int, *, channels: int = 1, d_conv: int = 16
    ):
        super().__init__()
        if size[0] % 2 or size[1] % 2:
            raise ValueError(f"height and width must be even, got size={size}")
        self.size, self.grid = size, (size[0] // 2, size[1] // 2)
        self.d_h = self.d_s0 = d_h
        self.conv = nn.Sequential(
            nn.Conv2d(channels, d_conv, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(d_conv, d_h, 3, padding=1),
            nn.ReLU(),
        )
        # What and where start about equally loud, or attention finds neither for long.
        for layer in self.conv:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.rows = nn.Parameter(0.5 * torch.randn(self.grid[0], 1, d_h))
        self.columns = nn.Parameter(0.5 * torch.randn(self.grid[1], d_h))

    def forward(self, image: Image) -> Memory:
        """Return Memory: h [b, n, d_h], everything visible, s0 [b, d_h]."""
        if tuple(image.shape[2:]) != self.size:
            raise ValueError(
                f"this encoder was built for images of {self.size} pixels, not "
                f"{tuple(image.shape[2:])}: resize them, or build one with their size"
            )
        h = self.conv(image).flatten(2).mT + (self.rows + self.columns).flatten(0, 1)
        return Memory(h, None, h.mean(1))


class Moving(NamedTuple):
    """What moves on in the `State` of this decoder."""

    s: Float[Tensor, "b d_s"]
    cell: Float[Tensor, "b d_s"]


class CaptionDecoder(nn.Module):
    """Attend with s_{t-1}, let the gate decide how much of it to use, then step.

        e_{t,i} = score(s_{t-1}, h_i),  α_t = align(e_t)
        β_t = σ(f_β s_{t-1}),  c_t = β_t Σ_i α_{t,i} h_i
        [i; f; g; o] = W E y_{t-1} + U s_{t-1} + C c_t
        cell_t = σ(f) ⊙ cell_{t-1} + σ(i) ⊙ tanh(g),  s_t = σ(o) ⊙ tanh(cell_t)
        p(y_t) = softmax(L_o (E y_{t-1} + L_h s_t + L_z c_t))
        [s_0; cell_0] = tanh(W_s s0)

    Soft and hard attention differ in ``align`` alone: `softmax`, or `sample` trained
    with `losses.reinforce`, or `gumbel`.  It is an attribute that may be set anew: to a
    lower temperature, or to `argmax` once a stochastic one is trained.

    Args:
        n_vocab: size of the vocabulary of captions.
        d_e: width of the embedding.
        d_s: width of the state.
        d_h: width of the annotation vectors.
        d_s0: width of the encoder's summary.
        score: any score; `Additive(d_s, d_h, d_a)` unless told.
        align: any alignment.
        d_a: width of the additive score, d_s unless told.

    Reference:
        Xu et al. 2015, section 3.1.2 and section 4.2.1 (the gate).
    """

    def __init__(
        self,
        n_vocab: int,
        d_e: int,
        d_s: int,
        d_h: int,
        d_s0: int,
        *,
        score: Score | None = None,
        align: Align = softmax,
        d_a: int | None = None,
    ):
        super().__init__()
        self.score = score or Additive(d_s, d_h, d_a or d_s)
        self.align = align
        self.E = nn.Embedding(n_vocab, d_e)
        self.W_s = nn.Linear(d_s0, 2 * d_s)  # rows: s_0, cell_0
        self.f_beta = nn.Linear(d_s, 1)
        # Open at first: the contexts of an untrained score are noise to be shut out,
        # and behind a shut gate nothing learns where to look.
        nn.init.constant_(self.f_beta.bias, 2.0)
        self.W = nn.Linear(d_e, 4 * d_s)  # rows: i, f, g, o
        self.U = nn.Linear(d_s, 4 * d_s, bias=False)
        self.C = nn.Linear(d_h, 4 * d_s, bias=False)
        self.L_h = nn.Linear(d_s, d_e)
        self.L_z = nn.Linear(d_h, d_e, bias=False)
        self.L_o = nn.Linear(d_e, n_vocab)

    def init(self, memory: Memory) -> State:
        """[s_0; cell_0] = tanh(W_s s0); the keys are projected once for the image."""
        project, _ = split(self.score)
        source = Source(memory.h, project(memory.h), memory.mask)
        s, cell = torch.tanh(self.W_s(memory.s0)).chunk(2, -1)
        return State(Moving(s, cell), source)

    def _advance(
        self, x: Tensor, old: Moving, source: Source
    ) -> tuple[Moving, Tensor, Tensor, Tensor, Tensor]:
        """What moves, c_t, alpha_t, e_t, beta_t, from x = W E y_{t-1} and the old s."""
        h, keys, mask = source
        q, (_, compare) = old.s[:, None], split(self.score)
        c, alpha, e = attend(q, keys, h, score=compare, align=self.align, mask=mask)
        beta = torch.sigmoid(self.f_beta(old.s))
        c = beta * c[:, 0]
        s, cell = lstm_step(x + self.U(old.s) + self.C(c), old.cell)
        return Moving(s, cell), c, alpha[:, 0], e[:, 0], beta

    def _output(self, s: Tensor, y: Tensor, c: Tensor) -> Tensor:
        return self.L_o(y + self.L_h(s) + self.L_z(c))

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Attend with s_{t-1}, read y_{t-1} and c_t, move to s_t, write."""
        y = self.E(y_prev)
        moving, c, alpha, *_ = self._advance(self.W(y), state.s, state.source)
        return self._output(moving.s, y, c), State(moving, state.source), alpha

    def trace(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Trace:
        """Teacher forcing that keeps everything: logits, alpha, e, s_{t-1} and beta."""
        moving, source = self.init(memory)
        y, steps = self.E(tgt_in), []
        for x in self.W(y).unbind(1):
            q = moving.s
            moving, *read = self._advance(x, moving, source)
            steps.append((q, moving.s, *read))
        q, s, c, alpha, e, beta = (torch.stack(z, 1) for z in zip(*steps, strict=True))
        return Trace(self._output(s, y, c), alpha, e, q, beta)

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position."""
        logits, alpha, *_ = self.trace(memory, tgt_in)
        return logits, alpha


class Captioner(nn.Module):
    """p(y_1 … y_{T_y} | image) = Π_t p(y_t | y_1 … y_{t-1}, encoder(image)).

    Args:
        encoder: image to `Memory`.
        decoder: what writes the caption.

    Reference:
        Xu et al. 2015, section 3.1.
    """

    def __init__(self, encoder: nn.Module, decoder: CaptionDecoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, image: Image, tgt_in: Int[Tensor, "b m"]) -> Trace:
        """Teacher forcing: tgt_in begins with BOS and is the target, one place late."""
        return self.decoder.trace(self.encoder(image), tgt_in)
