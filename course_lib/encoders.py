"""Encoder states h_i: what the decoder may read of the source."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .masks import padding_mask

Words = Int[Tensor, "b n"]
Lengths = Int[Tensor, " b"] | None  # None: nothing is padded
Mask = Bool[Tensor, "b 1 n"] | None  # None: everything is visible
S = Float[Tensor, "b d_s"]
Gates = Float[Tensor, "b gates"]  # 3 d_s or 4 d_s


class Memory(NamedTuple):
    """What every encoder returns: states h, what is visible, and one summary s0."""

    h: Float[Tensor, "b n d_h"]
    mask: Mask
    s0: Float[Tensor, "b d_s0"]


def take(x: Float[Tensor, "b n d"], i: Int[Tensor, "b m"]) -> Float[Tensor, "b m d"]:
    """x[row, i[row]] for every row."""
    return x.gather(1, i[..., None].expand(-1, -1, x.shape[-1]))


def source_mask(x_len: Lengths, n: int) -> Mask:
    """M_i = (i < T_x) for sources of width n; None where nothing is padded.

    Raises:
        ValueError: if a source is empty or longer than n.
    """
    if x_len is None:
        return None
    if int(x_len.min()) < 1:
        raise ValueError("a source sentence is empty: every length must be >= 1")
    mask = padding_mask(x_len, n)
    return None if mask.all() else mask


def recurrent(kind: str, d_x: int, d_s: int) -> nn.GRU | nn.LSTM:
    """s_t = RNN(x_t, s_{t-1}): one layer, in one direction.

    Raises:
        ValueError: if the kind is neither "gru" nor "lstm".
    """
    kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
    if kind not in kinds:
        raise ValueError(f"rnn must be one of {sorted(kinds)}, got {kind!r}")
    return kinds[kind](d_x, d_s, batch_first=True)


def gru_step(x: Gates, u: Gates, s: S) -> S:
    """s_t = z ⊙ s_{t-1} + (1 - z) ⊙ tanh(x_n + r ⊙ u_n),  r, z = σ(x_{rz} + u_{rz}).

    One step of `torch.nn.GRU` and its rows r, z, n, from x = W_ih x_t + b_ih and
    u = W_hh s_{t-1} + b_hh.
    """
    d = s.shape[-1]
    (x_rz, x_n), (u_rz, u_n) = x.split([2 * d, d], -1), u.split([2 * d, d], -1)
    r, z = torch.sigmoid(x_rz + u_rz).chunk(2, -1)
    return torch.lerp(torch.tanh(x_n + r * u_n), s, z)


def lstm_step(x: Gates, cell: S) -> tuple[S, S]:
    """cell_t = σ(f) ⊙ cell_{t-1} + σ(i) ⊙ tanh(g),  s_t = σ(o) ⊙ tanh(cell_t).

    One step of `torch.nn.LSTM` and its rows i, f, g, o, of which x is the sum of all
    that enters them.  Returns s_t and cell_t.
    """
    i, f, g, o = x.chunk(4, -1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


class RNN(nn.Module):
    """h_i = [→h_i; ←h_i] with →h_i = RNN(x_i, →h_{i-1}), ←h_i = RNN(x_i, ←h_{i+1}).

    Sequences of different lengths are padded, never packed: a packed sequence leaves
    the fast CPU kernels.  The backward RNN reads each sequence reversed within its own
    length, by an index that is its own inverse, so padding reaches no state.

    Args:
        d_x: width of the vectors that are read.
        d_s: width of each direction's state.
        rnn: "gru" or "lstm".
        bidirectional: read in both directions.

    Attributes:
        d_h: width of h_i, d_s or 2 d_s.
        d_s0: width of the summary s0: the state of the direction that ends last,
            →h_{T_x} if there is one direction, ←h_1 if there are two.

    Raises:
        ValueError: for another kind of RNN.

    Reference:
        Cho et al. 2014, section 2.3 (GRU); Sutskever et al. 2014 (LSTM);
        Bahdanau, Cho & Bengio 2015, appendix A.2.1 (both directions).
    """

    def __init__(
        self, d_x: int, d_s: int, *, rnn: str = "gru", bidirectional: bool = True
    ):
        super().__init__()
        self.rightward = recurrent(rnn, d_x, d_s)
        self.leftward = recurrent(rnn, d_x, d_s) if bidirectional else None
        self.d_h = 2 * d_s if bidirectional else d_s
        self.d_s0 = d_s

    def forward(self, x: Float[Tensor, "b n d_x"], x_len: Lengths = None) -> Memory:
        """Read every sequence.

        Args:
            x: vectors, padded on the right.
            x_len: length of each sequence; None if none is padded.

        Returns:
            Memory with h [b, n, d_h] (rows behind a sequence's end are meaningless and
            masked), mask [b, 1, n] or None where nothing is padded, s0 [b, d_s0].

        Raises:
            ValueError: if a sequence is empty or longer than x.
        """
        mask = source_mask(x_len, x.shape[1])
        h = self.rightward(x)[0]
        if x_len is None or mask is None:  # one index for all: slices will do
            if self.leftward is None:
                return Memory(h, None, h[:, -1])
            back = self.leftward(x.flip(1))[0].flip(1)
        else:
            last = x_len[:, None] - 1
            if self.leftward is None:
                return Memory(h, mask, take(h, last)[:, 0])
            i = torch.arange(x.shape[1], device=x.device)[None]
            flip = torch.where(i <= last, last - i, i)  # reverses words, not the pad
            back = take(self.leftward(take(x, flip))[0], flip)
        return Memory(torch.cat([h, back], -1), mask, back[:, 0])


class RNNEncoder(nn.Module):
    """h = RNN(E x_1 … E x_{T_x}): embeddings, read by `RNN`.

    With several layers, each reads the states of the one below: h = RNN(… RNN(E x)).

    Args:
        n_vocab: size of the source vocabulary.
        d_e: width of the embedding.
        d_s: width of each direction's state.
        rnn: "gru" or "lstm".
        bidirectional: read the source in both directions.
        dropout: on the embeddings, and on the states that go up to the next layer.
        layers: how many RNNs read one upon another.

    Attributes:
        d_h: see `RNN`.
        d_s0: see `RNN`.

    Raises:
        ValueError: for another kind of RNN, or fewer than one layer.

    Reference:
        Bahdanau, Cho & Bengio 2015, appendix A.2.1; Luong, Pham & Manning 2015,
        section 4.1 (layers: he has four).
    """

    def __init__(
        self,
        n_vocab: int,
        d_e: int,
        d_s: int,
        *,
        rnn: str = "gru",
        bidirectional: bool = True,
        dropout: float = 0.0,
        layers: int = 1,
    ):
        super().__init__()
        if layers < 1:
            raise ValueError(f"an encoder has one layer or more, not layers={layers}")
        self.E = nn.Embedding(n_vocab, d_e)
        self.dropout = nn.Dropout(dropout)
        self.rnn = RNN(d_e, d_s, rnn=rnn, bidirectional=bidirectional)
        self.d_h, self.d_s0 = self.rnn.d_h, self.rnn.d_s0
        self.upper = nn.ModuleList(
            RNN(self.d_h, d_s, rnn=rnn, bidirectional=bidirectional)
            for _ in range(layers - 1)
        )

    def forward(self, src: Words, src_len: Lengths = None) -> Memory:
        """Read token ids, padded on the right; see `RNN.forward`."""
        memory = self.rnn(self.dropout(self.E(src)), src_len)
        for rnn in self.upper:
            memory = rnn(self.dropout(memory.h), src_len)
        return memory
