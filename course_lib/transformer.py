"""The Transformer: attention alone carries information from place to place.

An encoder and a decoder for `Seq2Seq`, as any other: stacks of the layers of `layers`.
"""

from typing import Any, NamedTuple, cast

from jaxtyping import Int
from torch import Tensor, nn

from .decoders import Forced, State, Step
from .encoders import Lengths, Memory, Words, source_mask
from .layers import DecoderLayer, EncoderLayer
from .masks import sliding_mask
from .positions import Positions, Sinusoidal, X


class Embed(nn.Module):
    """x_t = dropout(√d_model · E y_t + p_t), with E drawn at variance 1 / d_model.

    Args:
        n_vocab: size of the vocabulary.
        d_model: width.
        positions: `Sinusoidal` unless told; `Learned`, `no_positions` or your own.
        dropout: on the sum.

    Reference:
        Vaswani et al. 2017, section 3.4.
    """

    def __init__(
        self, n_vocab: int, d_model: int, positions: Positions | None, dropout: float
    ):
        super().__init__()
        self.E = nn.Embedding(n_vocab, d_model)
        nn.init.normal_(self.E.weight, std=d_model**-0.5)
        self.positions = Sinusoidal(d_model) if positions is None else positions
        self.dropout = nn.Dropout(dropout)

    def forward(self, y: Int[Tensor, "b m"], start: int = 0) -> X:
        """Embed tokens whose first stands at place `start`."""
        x = self.E(y) * self.E.embedding_dim**0.5
        return self.dropout(self.positions(x, start))


class TransformerEncoder(nn.Module):
    """h = layer_L(… layer_1(x) …) with x_i = √d_model E x_i + p_i.

    Args:
        n_vocab: size of the source vocabulary.
        d_model: width of everything.
        n_heads: heads of each attention; must divide d_model.
        d_ff: width inside the feed-forward networks.
        n_layers: number L of layers.
        norm_first: pre-norm (one more norm then ends the stack), or post-norm.
        dropout: on the embeddings and on every sub-layer.
        positions: see `Embed`.
        window: D of `sliding_mask`: each place sees D places to each side.  A mask:
            it costs as much as seeing everything.
        causal: each place sees itself and what is before it.

    Attributes:
        d_h: width of h_i, d_model.
        d_s0: width of the summary s0, the mean of the visible h_i: d_model.

    Reference:
        Vaswani et al. 2017, section 3.
    """

    def __init__(
        self,
        n_vocab: int,
        d_model: int,
        n_heads: int,
        d_ff: int,
        n_layers: int,
        *,
        norm_first: bool = True,
        dropout: float = 0.0,
        positions: Positions | None = None,
        window: int | None = None,
        causal: bool = False,
    ):
        super().__init__()
        self.d_h = self.d_s0 = d_model
        self.window, self.causal = window, causal
        self.embed = Embed(n_vocab, d_model, positions, dropout)
        self.layers = nn.ModuleList(
            EncoderLayer(d_model, n_heads, d_ff, norm_first=norm_first, dropout=dropout)
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()

    def forward(self, src: Words, src_len: Lengths = None) -> Memory:
        """Read every sentence.

        Args:
            src: token ids, padded on the right.
            src_len: length of each sentence; None if none is padded.

        Raises:
            ValueError: if a sentence is empty or longer than src.
        """
        x, n = self.embed(src), src.shape[1]
        mask = visible = source_mask(src_len, n)
        if self.window is not None:
            near = sliding_mask(n, self.window, device=src.device)[None]
            visible = near if mask is None else near & mask
        for layer in self.layers:
            x = layer(x, visible, causal=self.causal)
        h = self.norm(x)
        if mask is None:
            return Memory(h, None, h.mean(1))
        return Memory(h, mask, h.masked_fill(~mask.mT, 0.0).sum(1) / mask.sum(2))


class Written(NamedTuple):
    """What moves on in the `State` of a decoder of layers: the key-value cache."""

    past: list[Any]  # KeysValues, one a layer; None at the start
    place: int = 0  # tokens read


class TransformerDecoder(nn.Module):
    """s = layer_L(… layer_1(y', h) …, h), p(y_t) = softmax(W_o s_t).

    Keys and values of the source are projected once a sentence, those of the output
    once a token (the key-value cache).

    Args:
        n_vocab: size of the target vocabulary.
        d_model: as the rest, see `TransformerEncoder`.
        n_heads: heads of each attention.
        d_ff: width inside the feed-forward networks.
        n_layers: number L of layers.
        d_h: width of the encoder's states, d_model unless told.
        norm_first: pre-norm or post-norm.
        dropout: on the embeddings and on every sub-layer.
        positions: see `Embed`.

    Attributes:
        need_alpha: True returns the weights on the source, of the last layer, averaged
            over its heads; False fuses that attention too, as all others always are,
            and alpha is None.

    Reference:
        Vaswani et al. 2017, section 3.
    """

    def __init__(
        self,
        n_vocab: int,
        d_model: int,
        n_heads: int,
        d_ff: int,
        n_layers: int,
        *,
        d_h: int | None = None,
        norm_first: bool = True,
        dropout: float = 0.0,
        positions: Positions | None = None,
    ):
        super().__init__()
        self.need_alpha = True
        self.embed = Embed(n_vocab, d_model, positions, dropout)
        self.layers = nn.ModuleList(
            DecoderLayer(
                d_model, n_heads, d_ff, d_h=d_h, norm_first=norm_first, dropout=dropout
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.W_o = nn.Linear(d_model, n_vocab)

    def init(self, memory: Memory) -> State:
        """Project h for every layer; nothing is written yet."""
        layers = cast(list[DecoderLayer], self.layers)
        sources = [layer.source(memory.h) for layer in layers]
        return State(Written([None] * len(layers)), [sources, memory.mask])

    def _read(
        self, y: Int[Tensor, "b m"], state: State
    ) -> tuple[Tensor, State, Tensor | None]:
        """Logits, state and weights of tokens that follow those of the state."""
        (past, place), (sources, mask) = state
        x, new, alpha = self.embed(y, place), [], None
        for layer, kv, source in zip(self.layers, past, sources, strict=True):
            need = self.need_alpha and layer is self.layers[-1]
            x, kv, alpha = layer(x, source, mask, past=kv, need_alpha=need)
            new.append(kv)
        alpha = None if alpha is None else alpha.mean(1)  # over the heads
        state = state._replace(s=Written(new, place + y.shape[1]))
        return self.W_o(self.norm(x)), state, alpha

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1} behind the cached past, write y_t."""
        logits, state, alpha = self._read(y_prev[:, None], state)
        return logits[:, 0], state, None if alpha is None else alpha[:, 0]

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position, at once."""
        logits, _, alpha = self._read(tgt_in, self.init(memory))
        return logits, alpha
