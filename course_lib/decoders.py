"""Decoder states s_t: how the output is written, one token after the other.

Every decoder has three methods.  ``init(memory)`` gives the state before the first
token; ``step(y_prev, state)`` reads y_{t-1} and gives the logits of y_t, the next state
and the weights; ``forward(memory, tgt_in)`` is teacher forcing: the numbers of stepping
through tgt_in, with whatever does not depend on s_{t-1} taken out of the loop.

One GRU convention holds throughout: z is the share of the old state that is kept,
s_t = z ⊙ s_{t-1} + (1 - z) ⊙ s~_t (Cho 2014; Bahdanau 2015 prints z and 1 - z swapped,
which is the same family, since σ(-x) = 1 - σ(x)).
"""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .alignment import Align, softmax
from .attention import attend
from .data.vocab import BOS
from .encoders import Memory
from .scores import Additive, Score, split


class Context(NamedTuple):
    """What a decoder without attention keeps of one source: the fixed context."""

    c: Float[Tensor, "b d_c"]


class Source(NamedTuple):
    """What a decoder that attends keeps of one source."""

    h: Float[Tensor, "b n d_h"]  # the values
    keys: Float[Tensor, "b n d_k"]  # projected once
    mask: Bool[Tensor, "b 1 n"] | None


class State(NamedTuple):
    """All that one step needs, batch first: s moves on, the source stays.

    Each of the two is a tensor or made of tensors, by NamedTuples and lists.
    """

    s: Any
    source: Any

    def pick(self, rows: Int[Tensor, " r"]) -> "State":
        """Select or repeat rows, source and all."""
        return select(self, rows)

    def reorder(self, rows: Int[Tensor, " b"]) -> "State":
        """Permute rows that belong to one source: only what moves is copied."""
        return self._replace(s=select(self.s, rows))


def select(x: Any, rows: Int[Tensor, " r"]) -> Any:
    """x[rows] of every tensor in x; what else there is, all rows share."""
    if isinstance(x, Tensor):
        return x.index_select(0, rows)
    if isinstance(x, list):
        return [select(part, rows) for part in x]
    if isinstance(x, tuple):
        return type(x)(*(select(part, rows) for part in x))
    return x


Step = tuple[Float[Tensor, "b n_vocab"], State, Float[Tensor, "b n"] | None]
Forced = tuple[Float[Tensor, "b m n_vocab"], Float[Tensor, "b m n"] | None]


class Trace(NamedTuple):
    """All that teacher forcing leaves behind, one row a token: for `losses`."""

    logits: Float[Tensor, "b m n_vocab"]
    alpha: Float[Tensor, "b m n"]
    e: Float[Tensor, "b m n"]  # what alpha was made of: `alignment.log_prob(e, alpha)`
    s: Float[Tensor, "b m d_s"]  # the queries s_{t-1}: what was known before looking
    beta: Float[Tensor, "b m 1"] | None = None  # how open the gate was, if there is one


@runtime_checkable
class Decoder(Protocol):
    """What search and training ask of a decoder, RNN or not."""

    def init(self, memory: Memory) -> State: ...  # noqa: D102

    def step(self, y_prev: Tensor, state: State) -> Step: ...  # noqa: D102

    def __call__(self, memory: Memory, tgt_in: Tensor) -> Forced: ...  # noqa: D102


def maxout(x: Float[Tensor, "*b two_d"]) -> Float[Tensor, "*b d"]:
    """t_j = max(x_{2j-1}, x_{2j}): the larger of each pair of neighbours.

    Reference:
        Goodfellow et al. 2013, with pieces of two.
    """
    return torch.maximum(x[..., 0::2], x[..., 1::2])


class PlainDecoder(nn.Module):
    """Decoder 1: s_t = GRU(s_{t-1}), s_0 = tanh(W_s s0), p(y_t) = softmax(W_o s_t).

    The context starts the recurrence and nothing else enters it: the decoder never
    learns which token it has written.

    Args:
        n_vocab: size of the target vocabulary.
        d_s: width of the state.
        d_s0: width of the encoder's summary.
    """

    def __init__(self, n_vocab: int, d_s: int, d_s0: int):
        super().__init__()
        self.W_s = nn.Linear(d_s0, d_s)
        # The input is always 1: what is left of the word is one more bias.
        self.rnn = nn.GRU(1, d_s, batch_first=True)
        self.W_o = nn.Linear(d_s, n_vocab)

    def init(self, memory: Memory) -> State:
        """s_0 = tanh(W_s s0)."""
        return State(torch.tanh(self.W_s(memory.s0)), None)

    def _run(self, s: Tensor, m: int) -> Tensor:  # [b, m, d_s]
        return self.rnn(s.new_ones(len(s), m, 1), s[None])[0]

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """One token on; y_prev is not looked at."""
        s = self._run(state.s, 1)[:, 0]
        return self.W_o(s), state._replace(s=s), None

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] of every position, and no weights."""
        s = self._run(self.init(memory).s, tgt_in.shape[1])
        return self.W_o(s), None


class FeedbackDecoder(nn.Module):
    """Decoder 2: s_t = GRU(E y_{t-1}, s_{t-1}), s_0 = tanh(W_s s0).

    The written token is fed back, the context is given once: the wiring of
    Sutskever et al. 2014, here with a GRU.

    Args:
        n_vocab: size of the target vocabulary.
        d_e: width of the embedding.
        d_s: width of the state.
        d_s0: width of the encoder's summary.
    """

    def __init__(self, n_vocab: int, d_e: int, d_s: int, d_s0: int):
        super().__init__()
        self.E = nn.Embedding(n_vocab, d_e)
        self.W_s = nn.Linear(d_s0, d_s)
        self.rnn = nn.GRU(d_e, d_s, batch_first=True)
        self.W_o = nn.Linear(d_s, n_vocab)

    def init(self, memory: Memory) -> State:
        """s_0 = tanh(W_s s0)."""
        return State(torch.tanh(self.W_s(memory.s0)), None)

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1}, move to s_t, write."""
        s = self.rnn(self.E(y_prev)[:, None], state.s[None])[0][:, 0]
        return self.W_o(s), state._replace(s=s), None

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] of every position, and no weights."""
        s = self.rnn(self.E(tgt_in), self.init(memory).s[None])[0]
        return self.W_o(s), None


class ChoDecoder(nn.Module):
    """Decoder 3: c = tanh(V s0) enters every gate and the output (Cho et al. 2014).

        z = σ(W_z E y_{t-1} + U_z s_{t-1} + C_z c)
        r = σ(W_r E y_{t-1} + U_r s_{t-1} + C_r c)
        s~ = tanh(W E y_{t-1} + r ⊙ (U s_{t-1} + C c))
        s_t = z ⊙ s_{t-1} + (1 - z) ⊙ s~,  s_0 = tanh(V' c)
        p(y_t) = softmax(G maxout(O_h s_t + O_y E y_{t-1} + O_c c))

    The embedding of the first input, E y_0, is zero as in the paper.

    Args:
        n_vocab: size of the target vocabulary.
        d_e: width of the embedding.
        d_s: width of state and context.
        d_s0: width of the encoder's summary.
        d_o: width of the maxout layer, d_s unless told.

    Reference:
        Cho et al. 2014, appendix A.1.2.
    """

    def __init__(
        self, n_vocab: int, d_e: int, d_s: int, d_s0: int, d_o: int | None = None
    ):
        super().__init__()
        d_o = d_s if d_o is None else d_o
        self.E = nn.Embedding(n_vocab, d_e, padding_idx=BOS)  # E y_0 = 0
        self.V = nn.Linear(d_s0, d_s)
        self.V_prime = nn.Linear(d_s, d_s)
        self.W = nn.Linear(d_e, 3 * d_s)  # rows: z, r, s~
        self.U = nn.Linear(d_s, 3 * d_s, bias=False)
        self.C = nn.Linear(d_s, 3 * d_s, bias=False)
        self.O_h = nn.Linear(d_s, 2 * d_o)
        self.O_y = nn.Linear(d_e, 2 * d_o, bias=False)
        self.O_c = nn.Linear(d_s, 2 * d_o, bias=False)
        self.G = nn.Linear(d_o, n_vocab)

    def init(self, memory: Memory) -> State:
        """c = tanh(V s0) and s_0 = tanh(V' c)."""
        c = torch.tanh(self.V(memory.s0))
        return State(torch.tanh(self.V_prime(c)), Context(c))

    def _advance(self, x: Tensor, s: Tensor, C_c: Tensor) -> Tensor:
        """s_t from x = W E y_{t-1}, s_{t-1} and C c."""
        d = s.shape[-1]
        x_zr, x_new = x.split([2 * d, d], -1)
        u_zr, u_new = (self.U(s) + C_c).split([2 * d, d], -1)
        z, r = torch.sigmoid(x_zr + u_zr).chunk(2, -1)
        new = torch.tanh(x_new + r * u_new)
        return torch.lerp(new, s, z)  # z s + (1 - z) new

    def _output(self, s: Tensor, y: Tensor, c: Tensor) -> Tensor:
        return self.G(maxout(self.O_h(s) + self.O_y(y) + self.O_c(c)))

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1} and c, move to s_t, write."""
        y, c = self.E(y_prev), state.source.c
        s = self._advance(self.W(y), state.s, self.C(c))
        return self._output(s, y, c), state._replace(s=s), None

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] of every position, and no weights."""
        s, (c,) = self.init(memory)
        y = self.E(tgt_in)
        C_c, states = self.C(c), []
        for x in self.W(y).unbind(1):
            s = self._advance(x, s, C_c)
            states.append(s)
        return self._output(torch.stack(states, 1), y, c[:, None]), None


class BahdanauDecoder(nn.Module):
    """Decoder 4, RNNsearch: attend with s_{t-1}, then step.

        e_{t,i} = score(s_{t-1}, h_i),  α_t = align(e_t),  c_t = Σ_i α_{t,i} h_i
        z = σ(W_z E y_{t-1} + U_z s_{t-1} + C_z c_t)
        r = σ(W_r E y_{t-1} + U_r s_{t-1} + C_r c_t)
        s~ = tanh(W E y_{t-1} + U (r ⊙ s_{t-1}) + C c_t)
        s_t = z ⊙ s_{t-1} + (1 - z) ⊙ s~,  s_0 = tanh(W_s ←h_1)
        p(y_t) = softmax(W_o maxout(U_o s_t + V_o E y_{t-1} + C_o c_t))

    The paper's equation 4 makes the output read s_t, its appendix prints s_{t-1}; we
    follow equation 4.

    Args:
        n_vocab: size of the target vocabulary.
        d_e: width of the embedding.
        d_s: width of the state.
        d_h: width of the encoder's states.
        d_s0: width of the encoder's summary.
        score: any score; `Additive(d_s, d_h, d_a)` unless told.
        align: any alignment.
        d_a: width of the additive score, d_s unless told.
        d_o: width of the maxout layer, d_s unless told.
        dropout: on the embeddings and before the vocabulary.

    Reference:
        Bahdanau, Cho & Bengio 2015, equations 4 to 6 and appendix A.2.2.
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
        d_o: int | None = None,
        dropout: float = 0.0,
    ):
        super().__init__()
        d_o = d_s if d_o is None else d_o
        d_a = d_s if d_a is None else d_a
        self.score = Additive(d_s, d_h, d_a) if score is None else score
        self.align = align
        self.E = nn.Embedding(n_vocab, d_e)
        self.W_s = nn.Linear(d_s0, d_s)
        self.W = nn.Linear(d_e, 3 * d_s)  # rows: z, r, s~
        self.C = nn.Linear(d_h, 3 * d_s, bias=False)
        self.U_zr = nn.Linear(d_s, 2 * d_s, bias=False)
        self.U = nn.Linear(d_s, d_s, bias=False)
        self.U_o = nn.Linear(d_s, 2 * d_o)
        self.V_o = nn.Linear(d_e, 2 * d_o, bias=False)
        self.C_o = nn.Linear(d_h, 2 * d_o, bias=False)
        self.W_o = nn.Linear(d_o, n_vocab)
        self.dropout = nn.Dropout(dropout)

    def init(self, memory: Memory) -> State:
        """s_0 = tanh(W_s s0); the keys are projected once for the whole sentence."""
        project, _ = split(self.score)
        source = Source(memory.h, project(memory.h), memory.mask)
        return State(torch.tanh(self.W_s(memory.s0)), source)

    def _advance(
        self, x: Tensor, s: Tensor, source: Source
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(s_t, c_t, alpha_t, e_t) from x = W E y_{t-1} and s_{t-1}."""
        h, keys, mask = source
        _, compare = split(self.score)
        d = s.shape[-1]
        # e, alpha, c: the query is the state before this step
        c, alpha, e = attend(
            s[:, None], keys, h, score=compare, align=self.align, mask=mask
        )
        c, alpha, e = c[:, 0], alpha[:, 0], e[:, 0]
        # y': the input is [E y_{t-1}; c_t], so its matrix is [W C]
        y_prime = x + self.C(c)
        # s
        to_zr, to_new = y_prime.split([2 * d, d], -1)
        z, r = torch.sigmoid(to_zr + self.U_zr(s)).chunk(2, -1)
        new = torch.tanh(to_new + self.U(r * s))
        return torch.lerp(new, s, z), c, alpha, e

    def _output(self, s: Tensor, y: Tensor, c: Tensor) -> Tensor:
        t = maxout(self.U_o(s) + self.V_o(y) + self.C_o(c))
        return self.W_o(self.dropout(t))

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Attend with s_{t-1}, read y_{t-1} and c_t, move to s_t, write."""
        y = self.dropout(self.E(y_prev))
        s, c, alpha, _ = self._advance(self.W(y), state.s, state.source)
        return self._output(s, y, c), state._replace(s=s), alpha

    def trace(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Trace:
        """Teacher forcing that keeps everything: logits, alpha, e and s_{t-1}."""
        s, source = self.init(memory)
        y, steps = self.dropout(self.E(tgt_in)), []
        for x in self.W(y).unbind(1):
            q = s
            s, *read = self._advance(x, s, source)
            steps.append((q, s, *read))
        q, s, c, alpha, e = (torch.stack(z, 1) for z in zip(*steps, strict=True))
        return Trace(self._output(s, y, c), alpha, e, q)

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position."""
        logits, alpha, *_ = self.trace(memory, tgt_in)
        return logits, alpha
