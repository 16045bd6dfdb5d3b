"""Luong's decoder: the RNN steps first, then attends, everywhere or in a window."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import Align, softmax
from .attention import attend
from .decoders import Forced, Source
from .encoders import Memory
from .masks import gaussian, window_mask
from .scores import General, Location, Score, split

# Teacher forcing reads a source of this many windows or fewer as a whole, under a mask:
# there one large product is faster than many small ones.
FEW = 10

Q = Float[Tensor, "b m d_q"]
K = Float[Tensor, "b n d_k"]
V = Float[Tensor, "b n d_v"]
P = Float[Tensor, "b m"]
M = Bool[Tensor, "b 1 n"] | None
Steps = Int[Tensor, "b m"]
Lengths = Int[Tensor, " b"]
Read = tuple[Float[Tensor, "b m d_v"], Float[Tensor, "b m n"]]


@runtime_checkable
class Window(Protocol):
    """Where each query looks: 2D + 1 keys around a place p_t, counted from 0."""

    D: int

    def place(self, s: Tensor, t: Tensor, T_x: Tensor) -> Tensor:
        """Return p [b, m] from states s [b, m, d_s], steps t [b, m], lengths T_x."""

    def prior(self, p: Tensor, n: int) -> Tensor | None:
        """Return what multiplies alpha at keys 0 … n - 1, or None."""


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

    def place(self, s: Q, t: Steps, T_x: Lengths) -> P:
        """p_t = t."""
        return t.float()

    def prior(self, p: P, n: int) -> None:
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

    def place(self, s: Q, t: Steps, T_x: Lengths) -> P:
        """p_t = (T_x - 1) σ(v_pᵀ tanh(W_p s_t))."""
        x = self.v_p(torch.tanh(self.W_p(s)))[..., 0]
        # half precision cannot count far enough to tell the places apart
        x = x.to(torch.promote_types(x.dtype, torch.float32))
        return (T_x[:, None] - 1) * torch.sigmoid(x)

    def prior(self, p: P, n: int) -> Float[Tensor, "b m n"]:
        """exp(-(i - p_t)² / 2σ²) with σ = D/2."""
        return gaussian(p, n, self.D)


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
    prior = None if prior is None else prior.to(q.dtype)
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

    def take(x: Tensor) -> Tensor:  # [b, n, d] -> [b, m, width, d]
        return F.embedding(rows, x.flatten(0, 1))

    values = take(v)
    prior = window.prior(p - left, width)  # places counted from the window's left end
    c, alpha, _ = attend(
        q[:, :, None],
        values if k is v else take(k),
        values,
        score=score,
        align=align,
        mask=visible[:, :, None],
        prior=None if prior is None else prior[:, :, None].to(q.dtype),
    )
    # added, not written: what is cut off at the ends carries 0 to a place in use
    spread = alpha.new_zeros(*p.shape, n).scatter_add_(-1, i, alpha[:, :, 0])
    return c[:, :, 0], spread


class LuongState(NamedTuple):
    """All that one step needs, batch first; the source and T_x stay the same."""

    s: Float[Tensor, "b d_s"]
    s_tilde: Float[Tensor, "b d_s"]
    cell: Float[Tensor, "b d_s"] | None  # of an LSTM
    t: Int[Tensor, " b"]  # tokens written
    T_x: Int[Tensor, " b"]
    source: Source

    def pick(self, rows: Int[Tensor, " r"]) -> "LuongState":
        """Select or repeat rows, source and all."""
        kept = (None if x is None else x.index_select(0, rows) for x in self.source)
        return self.reorder(rows)._replace(
            T_x=self.T_x.index_select(0, rows), source=Source(*kept)
        )

    def reorder(self, rows: Int[Tensor, " b"]) -> "LuongState":
        """Permute rows that belong to one source: only what moves is copied."""
        return self._replace(
            s=self.s.index_select(0, rows),
            s_tilde=self.s_tilde.index_select(0, rows),
            cell=None if self.cell is None else self.cell.index_select(0, rows),
            t=self.t.index_select(0, rows),
        )


Step = tuple[Float[Tensor, "b n_vocab"], LuongState, Float[Tensor, "b n"]]


class LuongDecoder(nn.Module):
    """Decoder 5: step, then attend with s_t.

        s_t = RNN(E y_{t-1}, s_{t-1}),  s_0 = tanh(W_s s0)
        e_{t,i} = score(s_t, h_i),  α_t = align(e_t),  c_t = Σ_i α_{t,i} h_i
        s~_t = tanh(W_c [c_t; s_t])
        p(y_t) = softmax(W_o s~_t)

    With input feeding, s_t = RNN([E y_{t-1}; s~_{t-1}], s_{t-1}) and s~_0 = 0: past
    choices are seen.  Without it, attention never enters the recurrence, and all
    target positions are one call of the RNN and one of the attention.

    In a window, a decoding step reads 2D + 1 states, however long the source is.

    Args:
        n_vocab: size of the target vocabulary.
        d_e: width of the embedding.
        d_s: width of the state.
        d_h: width of the encoder's states.
        d_s0: width of the encoder's summary.
        score: any score; `General(d_s, d_h)` unless told.  In a window it must look at
            one key at a time; `Location` scores places and always reads all of them.
        align: any alignment.
        window: None (global), `LocalM` or `LocalP`.
        feed_input: let the RNN read s~_{t-1}.
        rnn: "gru" or "lstm", whose cell starts at 0.
        dropout: on the embeddings and before the vocabulary.

    Raises:
        ValueError: for another kind of RNN.

    Reference:
        Luong, Pham & Manning 2015, equations 5 to 10 and section 3.3.
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
        window: Window | None = None,
        feed_input: bool = False,
        rnn: str = "gru",
        dropout: float | int = 0.0,
    ):
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
        if rnn not in kinds:
            raise ValueError(f"rnn must be one of {sorted(kinds)}, got {rnn!r}")
        self.score = General(d_s, d_h) if score is None else score
        self.align, self.window = align, window
        self.E = nn.Embedding(n_vocab, d_e)
        self.W_s = nn.Linear(d_s0, d_s)
        self.rnn = kinds[rnn](d_e, d_s, batch_first=True)
        gates = self.rnn.weight_ih_l0.shape[0]
        # the input is [E y_{t-1}; s~_{t-1}], so its matrix is [W_ih W_f]
        self.W_f = nn.Linear(d_s, gates, bias=False) if feed_input else None
        self.W_c = nn.Linear(d_h + d_s, d_s, bias=False)
        self.W_o = nn.Linear(d_s, n_vocab)
        self.dropout = nn.Dropout(dropout)

    def init(self, memory: Memory, project: bool = True) -> LuongState:
        """s_0 = tanh(W_s s0); the keys are projected once for the whole sentence."""
        h, mask, s0 = memory
        s = torch.tanh(self.W_s(s0))
        zero = torch.zeros_like(s)
        cell = zero if isinstance(self.rnn, nn.LSTM) else None
        t = torch.zeros(len(h), dtype=torch.long, device=h.device)
        T_x = t + h.shape[1] if mask is None else mask.sum((1, 2))
        keys = split(self.score)[0](h) if project else None
        return LuongState(s, zero, cell, t, T_x, Source(h=h, keys=keys, mask=mask))

    def _read(self, s: Tensor, t: Tensor, state: LuongState, dense: bool) -> Read:
        """(c, alpha) of the queries s [b, m, d_s] at steps t [b, m]."""
        _, h, k, mask = state.source
        assert h is not None  # init puts it there
        score = split(self.score)[1]
        if k is None:  # the score projects what is gathered, and no more
            k, score = h, self.score
        if self.window is None:
            return attend(s, k, h, score=score, align=self.align, mask=mask)[:2]
        p = self.window.place(s, t, state.T_x)
        local = masked if dense or isinstance(self.score, Location) else gathered
        return local(s, k, h, p, self.window, score, self.align, mask)

    def _advance(
        self, x: Tensor, state: LuongState, dense: bool
    ) -> tuple[LuongState, Tensor]:
        """State and alpha at t, from x = W_ih E y_{t-1} and the state at t - 1."""
        # s
        if self.W_f is not None:
            x = x + self.W_f(state.s_tilde)
        u = F.linear(state.s, self.rnn.weight_hh_l0, self.rnn.bias_hh_l0)
        if state.cell is None:
            s, cell = _gru(x, u, state.s), None
        else:
            s, cell = _lstm(x + u, state.cell)
        # e, alpha, c: the query is the state after this step
        c, alpha = self._read(s[:, None], state.t[:, None], state, dense)
        # s~
        s_tilde = torch.tanh(self.W_c(torch.cat([c[:, 0], s], -1)))
        moved = state._replace(s=s, s_tilde=s_tilde, cell=cell, t=state.t + 1)
        return moved, alpha[:, 0]

    def _input(self, y: Tensor) -> Tensor:
        """x = W_ih E y + b of every token at once."""
        y = self.dropout(self.E(y))
        return F.linear(y, self.rnn.weight_ih_l0, self.rnn.bias_ih_l0)

    def step(self, y_prev: Int[Tensor, " b"], state: LuongState) -> Step:
        """Read y_{t-1}, move to s_t, attend with it, write."""
        state, alpha = self._advance(self._input(y_prev), state, dense=False)
        return self.W_o(self.dropout(state.s_tilde)), state, alpha

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position."""
        m, n = tgt_in.shape[1], memory.h.shape[1]
        width = n if self.window is None else 2 * self.window.D + 1
        dense = n <= FEW * width
        # project all keys, unless all windows together hold fewer
        state = self.init(memory, project=dense or n <= m * width)
        if self.W_f is None:
            s0, cell = state.s[None], state.cell
            start = s0 if cell is None else (s0, cell[None])
            s, _ = self.rnn(self.dropout(self.E(tgt_in)), start)
            t = torch.arange(m, device=s.device).expand(len(s), m)
            c, alpha = self._read(s, t, state, dense)
            s_tilde = torch.tanh(self.W_c(torch.cat([c, s], -1)))
            return self.W_o(self.dropout(s_tilde)), alpha
        states, weights = [], []
        for x in self._input(tgt_in).unbind(1):
            state, alpha = self._advance(x, state, dense)
            states.append(state.s_tilde)
            weights.append(alpha)
        logits = self.W_o(self.dropout(torch.stack(states, 1)))
        return logits, torch.stack(weights, 1)


def _gru(x: Tensor, u: Tensor, s: Tensor) -> Tensor:
    """s_t = z ⊙ s_{t-1} + (1 - z) ⊙ tanh(x_n + r ⊙ u_n); rows r, z, n as in nn.GRU."""
    d = s.shape[-1]
    (x_rz, x_n), (u_rz, u_n) = x.split([2 * d, d], -1), u.split([2 * d, d], -1)
    r, z = torch.sigmoid(x_rz + u_rz).chunk(2, -1)
    return torch.lerp(torch.tanh(x_n + r * u_n), s, z)


def _lstm(x: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """cell = f ⊙ cell + i ⊙ g, s_t = o ⊙ tanh(cell); rows i, f, g, o as in nn.LSTM."""
    i, f, g, o = x.chunk(4, -1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell
