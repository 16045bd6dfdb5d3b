"""Luong's decoder: the RNN steps first, then attends, everywhere or in a window."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .alignment import Align, softmax
from .attention import attend
from .decoders import Forced, Source, State, Step
from .encoders import Memory, gru_step, lstm_step, recurrent
from .local import Read, Window, gathered, masked
from .scores import General, Location, Score, split

# Teacher forcing reads a source of this many windows or fewer as a whole, under a mask:
# there one large product is faster than many small ones.
FEW = 10


class Moving(NamedTuple):
    """What moves on in the `State` of this decoder."""

    s: Float[Tensor, "b d_s"]
    s_tilde: Float[Tensor, "b d_s"]
    cell: Float[Tensor, "b d_s"] | None  # of an LSTM
    t: Int[Tensor, " b"]  # tokens written


class LuongDecoder(nn.Module):
    """Decoder 4, shape 2 (shape 3 with input feeding): step, then attend with s_t.

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
        window: None (global), `local.LocalM` or `local.LocalP`.
        feed_input: let the RNN read s~_{t-1}.
        rnn: "gru" or "lstm", whose cell starts at 0.
        dropout: on the embeddings and before the vocabulary.

    Raises:
        ValueError: for another kind of RNN.

    Reference:
        Luong, Pham & Manning 2015, section 3.
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
        dropout: float = 0.0,
    ):
        super().__init__()
        self.score = score or General(d_s, d_h)
        self.align, self.window = align, window
        self.E = nn.Embedding(n_vocab, d_e)
        self.W_s = nn.Linear(d_s0, d_s)
        self.rnn: Any = recurrent(rnn, d_e, d_s)
        gates = (4 if rnn == "lstm" else 3) * d_s
        # the input is [E y_{t-1}; s~_{t-1}], so its matrix is [W_ih W_f]
        self.W_f = nn.Linear(d_s, gates, bias=False) if feed_input else None
        self.W_c = nn.Linear(d_h + d_s, d_s, bias=False)
        self.W_o = nn.Linear(d_s, n_vocab)
        self.dropout = nn.Dropout(dropout)

    def init(self, memory: Memory, project: bool = True) -> State:
        """s_0 = tanh(W_s s0); the keys are projected once for the whole sentence."""
        h, mask, s0 = memory
        s = torch.tanh(self.W_s(s0))
        zero = torch.zeros_like(s)
        cell = zero if isinstance(self.rnn, nn.LSTM) else None
        t = torch.zeros(len(h), dtype=torch.long, device=h.device)
        T_x = t + h.shape[1] if mask is None else mask.sum((1, 2))
        keys = split(self.score)[0](h) if project else h
        return State(Moving(s, zero, cell, t), [Source(h, keys, mask), T_x])

    def _read(self, s: Tensor, t: Tensor, source: Any, dense: bool) -> Read:
        """(c, alpha) of the queries s [b, m, d_s] at steps t [b, m]."""
        (h, k, mask), T_x = source
        # h for keys: the score itself projects what is gathered of them, and no more
        score = self.score if k is h else split(self.score)[1]
        if self.window is None:
            return attend(s, k, h, score=score, align=self.align, mask=mask)[:2]
        p = self.window.place(s, t, T_x)
        local = masked if dense or isinstance(self.score, Location) else gathered
        return local(s, k, h, p, self.window, score, self.align, mask)

    def _advance(
        self, x: Tensor, old: Moving, source: Any, dense: bool
    ) -> tuple[Moving, Tensor]:
        """What moves, and alpha, at t, from x = W_ih E y_{t-1} and the old values."""
        # s
        if self.W_f is not None:
            x = x + self.W_f(old.s_tilde)
        u = F.linear(old.s, self.rnn.weight_hh_l0, self.rnn.bias_hh_l0)
        if old.cell is None:
            s, cell = gru_step(x, u, old.s), None
        else:
            s, cell = lstm_step(x + u, old.cell)
        # e, alpha, c: the query is the state after this step
        c, alpha = self._read(s[:, None], old.t[:, None], source, dense)
        # s~
        s_tilde = torch.tanh(self.W_c(torch.cat([c[:, 0], s], -1)))
        return Moving(s, s_tilde, cell, old.t + 1), alpha[:, 0]

    def _input(self, y: Tensor) -> Tensor:
        """x = W_ih E y + b of every token at once."""
        y = self.dropout(self.E(y))
        return F.linear(y, self.rnn.weight_ih_l0, self.rnn.bias_ih_l0)

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1}, move to s_t, attend with it, write."""
        x = self._input(y_prev)
        moving, alpha = self._advance(x, state.s, state.source, dense=False)
        logits = self.W_o(self.dropout(moving.s_tilde))
        return logits, State(moving, state.source), alpha

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position."""
        m, n = tgt_in.shape[1], memory.h.shape[1]
        width = n if self.window is None else 2 * self.window.D + 1
        dense = n <= FEW * width
        # project all keys, unless all windows together hold fewer
        moving, source = self.init(memory, project=dense or n <= m * width)
        if self.W_f is None:
            s0, cell = moving.s[None], moving.cell
            start = s0 if cell is None else (s0, cell[None])
            s, _ = self.rnn(self.dropout(self.E(tgt_in)), start)
            t = torch.arange(m, device=s.device).expand(len(s), m)
            c, alpha = self._read(s, t, source, dense)
            s_tilde = torch.tanh(self.W_c(torch.cat([c, s], -1)))
        else:
            steps = []
            for x in self._input(tgt_in).unbind(1):
                moving, alpha = self._advance(x, moving, source, dense)
                steps.append((moving.s_tilde, alpha))
            s_tilde, alpha = (torch.stack(z, 1) for z in zip(*steps, strict=True))
        return self.W_o(self.dropout(s_tilde)), alpha
