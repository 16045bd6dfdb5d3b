"""The Transformer: attention alone carries information from place to place.

A layer is two or three sub-layers, each inside a residual connection: `MultiHead` reads
other places, `FeedForward` works on each place alone.  Four models are cut from the
same parts: `TransformerEncoder` and `TransformerDecoder` (for `Seq2Seq`), `MaskedLM`
(encoder only) and `LanguageModel` (decoder only).  Places count from 0.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .attention import KeysValues, MultiHead
from .data.vocab import EOS, PAD
from .decoders import Forced
from .encoders import Memory
from .masks import padding_mask, sliding_mask

X = Float[Tensor, "b m d_model"]
Positions = Callable[[Tensor, int], Tensor]  # (x, place of its first row) -> x


# --- positions ------------------------------------------------------------------------


def sinusoids(n: int, d_model: int) -> Float[Tensor, "n d_model"]:
    """p_{t,2i} = sin(t / 10000^{2i/d}),  p_{t,2i+1} = cos(t / 10000^{2i/d}).

    Reference:
        Vaswani et al. 2017, section 3.5.
    """
    i2 = torch.arange(0, d_model, 2, dtype=torch.double)
    angle = torch.arange(n)[:, None] / 10000 ** (i2 / d_model)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :d_model].float()


class Sinusoidal(nn.Module):
    """x_t + p_t with p = `sinusoids`, of which the table grows as far as needed.

    Reference:
        Vaswani et al. 2017, section 3.5.
    """

    table: Tensor

    def __init__(self, d_model: int):
        super().__init__()
        self.register_buffer("table", sinusoids(64, d_model), persistent=False)

    def forward(self, x: X, start: int = 0) -> X:
        """Add the positions start, start + 1, … to x."""
        stop = start + x.shape[-2]
        if stop > len(self.table):
            self.table = sinusoids(2 * stop, x.shape[-1]).to(self.table)
        return x + self.table[start:stop]


class Learned(nn.Module):
    """x_t + p_t with a trained vector p_t for each place.

    Args:
        d_model: width of x.
        max_len: number of places; a longer sequence raises ValueError.

    Reference:
        Gehring et al. 2017, section 3.1.
    """

    def __init__(self, d_model: int, max_len: int):
        super().__init__()
        self.P = nn.Parameter(torch.randn(max_len, d_model) / d_model**0.5)

    def forward(self, x: X, start: int = 0) -> X:
        """Add the positions start, start + 1, … to x."""
        stop, max_len = start + x.shape[-2], len(self.P)
        if stop > max_len:
            raise ValueError(
                f"there are learned positions for max_len={max_len} places and the "
                f"sequence has {stop}; build them longer, or use Sinusoidal"
            )
        return x + self.P[start:stop]


def no_positions(x: X, start: int = 0) -> X:
    """x_t, unchanged: order is then invisible to attention without a causal mask."""
    return x


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


# --- layers ---------------------------------------------------------------------------


class FeedForward(nn.Module):
    """FFN(x) = W_2 relu(W_1 x + b_1) + b_2, at each place alone.

    Reference:
        Vaswani et al. 2017, equation 2.
    """

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.0):
        super().__init__()
        self.W_1 = nn.Linear(d_model, d_ff)
        self.W_2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: X) -> X:
        """Two linear maps with a relu between."""
        return self.W_2(self.dropout(torch.relu(self.W_1(x))))


class Residual(nn.Module):
    """Pre-norm: x + f(norm(x)).  Post-norm: norm(x + f(x)).

    Use it around a sub-layer f: ``z = r.enter(x)``, then ``x = r.leave(x, f(z))``.

    Reference:
        Vaswani et al. 2017, section 3.1 (post); Xiong et al. 2020, figure 1 (both).
    """

    def __init__(self, d_model: int, norm_first: bool, dropout: float):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.norm_first = norm_first
        self.dropout = nn.Dropout(dropout)

    def enter(self, x: X) -> X:
        """What the sub-layer reads: norm(x), or x."""
        return self.norm(x) if self.norm_first else x

    def leave(self, x: X, f: X) -> X:
        """x + f, or norm(x + f)."""
        x = x + self.dropout(f)
        return x if self.norm_first else self.norm(x)


class _Layer(nn.Module):
    """Self-attention and feed-forward network: what every layer has."""

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        *,
        norm_first: bool = True,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.attention = MultiHead(d_model, n_heads)
        self.around_attention = Residual(d_model, norm_first, dropout)
        self.ffn = FeedForward(d_model, d_ff, dropout)
        self.around_ffn = Residual(d_model, norm_first, dropout)

    def _attend(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
        past: KeysValues | None = None,
        window: int | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """Read the past and x itself; return the past with x (the key-value cache)."""
        z = self.around_attention.enter(x)
        kv = self.attention.keys_values(z, z)
        if past is not None:
            kv = KeysValues(torch.cat([past.K, kv.K], 2), torch.cat([past.V, kv.V], 2))
        near = kv
        if window is not None:
            near = KeysValues(kv.K[:, :, -window - 1 :], kv.V[:, :, -window - 1 :])
        c = self.attention.read(z, near, mask, causal=causal, need_alpha=False).c
        return self.around_attention.leave(x, c), kv

    def _think(self, x: Tensor) -> Tensor:
        return self.around_ffn.leave(x, self.ffn(self.around_ffn.enter(x)))


class EncoderLayer(_Layer):
    """Self-attention, then the feed-forward network, with the norms inside or outside.

        pre-norm:   u = x + MultiHead(norm(x)),  y = u + FFN(norm(u))
        post-norm:  u = norm(x + MultiHead(x)),  y = norm(u + FFN(u))

    Args:
        d_model: width.
        n_heads: number of heads.
        d_ff: width inside the feed-forward network.
        norm_first: pre-norm, which trains without warm-up; False: as in the paper.
        dropout: on the output of each sub-layer and inside the feed-forward network.

    Reference:
        Vaswani et al. 2017, section 3.1; Xiong et al. 2020, figure 1.
    """

    def forward(
        self,
        x: X,
        mask: Bool[Tensor, "#b #m m"] | None = None,
        *,
        causal: bool = False,
    ) -> X:
        """All places at once; causal makes it the layer of a language model."""
        return self._think(self._attend(x, mask, causal=causal)[0])

    def step(
        self, x: X, past: KeysValues | None, window: int | None = None
    ) -> tuple[X, KeysValues]:
        """One place behind the past, of which it sees the last `window` places."""
        x, past = self._attend(x, past=past, window=window)
        return self._think(x), past


class DecoderLayer(_Layer):
    """Causal self-attention, attention to h, then the feed-forward network.

        pre-norm:   u = x + MultiHead(norm(x)),  w = u + MultiHead(norm(u), h, h),
                    y = w + FFN(norm(w))
        post-norm:  u = norm(x + MultiHead(x)),  w = norm(u + MultiHead(u, h, h)),
                    y = norm(w + FFN(w))

    Args:
        d_model: width.
        n_heads: number of heads.
        d_ff: width inside the feed-forward network.
        d_h: width of the encoder's states, d_model unless told.
        norm_first: see `EncoderLayer`.
        dropout: see `EncoderLayer`.

    Reference:
        Vaswani et al. 2017, section 3.1; Xiong et al. 2020, figure 1.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        *,
        d_h: int | None = None,
        norm_first: bool = True,
        dropout: float = 0.0,
    ):
        super().__init__(d_model, n_heads, d_ff, norm_first=norm_first, dropout=dropout)
        self.cross = MultiHead(d_model, n_heads, d_kv=d_h)
        self.around_cross = Residual(d_model, norm_first, dropout)

    def source(self, h: Float[Tensor, "b n d_h"]) -> KeysValues:
        """Keys and values of h, the same for the whole output."""
        return self.cross.keys_values(h, h)

    def forward(
        self,
        x: X,
        source: KeysValues,
        mask: Bool[Tensor, "#b 1 n"] | None = None,
        *,
        past: KeysValues | None = None,
        need_alpha: bool = False,
    ) -> tuple[X, KeysValues, Float[Tensor, "b n_heads m n"] | None]:
        """The whole target, or (with a past) the one place behind it.

        Returns:
            The new x, the past with x, and the weights on the source if asked for.
        """
        x, past = self._attend(x, causal=past is None, past=past)
        z = self.around_cross.enter(x)
        c, alpha, _ = self.cross.read(z, source, mask, need_alpha=need_alpha)
        return self._think(self.around_cross.leave(x, c)), past, alpha


# --- encoder and decoder --------------------------------------------------------------


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

    def forward(
        self, src: Int[Tensor, "b n"], src_len: Int[Tensor, " b"] | None = None
    ) -> Memory:
        """Read every sentence.

        Args:
            src: token ids, padded on the right.
            src_len: length of each sentence; None if none is padded.

        Raises:
            ValueError: if a sentence is empty or longer than src.
        """
        x, n = self.embed(src), src.shape[1]
        if src_len is not None and int(src_len.min()) < 1:
            raise ValueError("a source sentence is empty: every length must be >= 1")
        mask = visible = None if src_len is None else padding_mask(src_len, n)
        if self.window is not None:
            near = sliding_mask(n, self.window, device=src.device)[None]
            visible = near if mask is None else near & mask
        for layer in self.layers:
            x = layer(x, visible, causal=self.causal)
        h = self.norm(x)
        if mask is None or src_len is None:
            return Memory(h, None, h.mean(1))
        s0 = h.masked_fill(~mask.mT, 0.0).sum(1) / src_len[:, None]
        return Memory(h, mask, s0)


class State(NamedTuple):
    """All that one step needs, batch first: the past grows, the source stays."""

    past: tuple[KeysValues, ...]  # a layer's own keys and values; empty at the start
    source: tuple[KeysValues, ...] = ()  # a layer's keys and values of h
    mask: Bool[Tensor, "b 1 n"] | None = None

    @property
    def place(self) -> int:
        """How many tokens have been read."""
        return self.past[0].K.shape[2] if self.past else 0

    def pick(self, rows: Int[Tensor, " r"]) -> "State":
        """Select or repeat rows, source and all."""
        mask = None if self.mask is None else self.mask.index_select(0, rows)
        return State(_rows(self.past, rows), _rows(self.source, rows), mask)

    def reorder(self, rows: Int[Tensor, " b"]) -> "State":
        """Permute rows that belong to one source: only what moves is copied."""
        return self._replace(past=_rows(self.past, rows))


def _rows(caches: tuple[KeysValues, ...], rows: Tensor) -> tuple[KeysValues, ...]:
    return tuple(
        KeysValues(K.index_select(0, rows), V.index_select(0, rows)) for K, V in caches
    )


Step = tuple[Float[Tensor, "b n_vocab"], State, Float[Tensor, "b n"] | None]


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
        source = tuple(layer.source(memory.h) for layer in layers)
        return State((), source, memory.mask)

    def _read(
        self, y: Int[Tensor, "b m"], state: State
    ) -> tuple[Tensor, State, Tensor | None]:
        """Logits, state and weights of tokens that follow those of the state."""
        x = self.embed(y, state.place)
        alpha, past = None, []
        for i, (layer, source) in enumerate(
            zip(self.layers, state.source, strict=True)
        ):
            x, kv, alpha = layer(
                x,
                source,
                state.mask,
                past=state.past[i] if state.past else None,
                need_alpha=self.need_alpha and i == len(self.layers) - 1,
            )
            past.append(kv)
        mean = None if alpha is None else alpha.mean(1)  # over the heads
        return self.W_o(self.norm(x)), state._replace(past=tuple(past)), mean

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1} behind the cached past, write y_t."""
        logits, state, alpha = self._read(y_prev[:, None], state)
        return logits[:, 0], state, None if alpha is None else alpha[:, 0]

    def forward(self, memory: Memory, tgt_in: Int[Tensor, "b m"]) -> Forced:
        """Logits [b, m, n_vocab] and weights [b, m, n] of every position, at once."""
        logits, _, alpha = self._read(tgt_in, self.init(memory))
        return logits, alpha


# --- encoder only, decoder only -------------------------------------------------------


class MaskedLM(nn.Module):
    """p(x_i | the rest of x) = softmax(W_o h_i): fill in the words that are hidden.

    Args:
        encoder: reads both sides of a gap; its vocabulary is the output's too.

    Reference:
        Devlin et al. 2019, section 3.1, task 1.
    """

    def __init__(self, encoder: TransformerEncoder):
        super().__init__()
        self.encoder = encoder
        self.W_o = nn.Linear(encoder.d_h, encoder.embed.E.num_embeddings)

    def forward(
        self, x: Int[Tensor, "b n"], length: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b n n_vocab"]:
        """Logits of every place."""
        return self.W_o(self.encoder(x, length).h)


def hide_words(
    x: Int[Tensor, "b n"],
    hidden: int,
    *,
    share: float | int = 0.15,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "b n"], Int[Tensor, "b n"]]:
    """x̃_i = `hidden` with probability `share`, else x_i; and the x_i to be guessed.

    The targets are PAD where nothing is hidden, so that `cross_entropy` leaves those
    places out.  PAD, BOS and EOS stay; of every sentence at least one word is hidden.
    Devlin et al. leave or replace 2 in 10 of the chosen words, which we do not.

    Reference:
        Devlin et al. 2019, section 3.1, task 1.
    """
    u = torch.rand(x.shape, generator=generator, device=x.device)
    u = u.masked_fill(x <= EOS, torch.inf)
    chosen = ((u < share) | (u == u.amin(1, keepdim=True))) & (x > EOS)
    return x.masked_fill(chosen, hidden), x.masked_fill(~chosen, PAD)


class LanguageModel(nn.Module):
    """p(y_t | y_1 … y_{t-1}) = softmax(W_o h_{t-1}): layers that see only the past.

    It is also a decoder without a source: ``greedy(lm, lm.nothing(b), max_len=m)``.

    Args:
        encoder: built with causal=True; its vocabulary is the output's too.

    Raises:
        ValueError: if the encoder sees the future.

    Reference:
        Radford et al. 2018, section 3.1.
    """

    def __init__(self, encoder: TransformerEncoder):
        super().__init__()
        if not encoder.causal:
            raise ValueError(
                "a language model may not look ahead: its encoder wants causal=True"
            )
        self.encoder = encoder
        self.W_o = nn.Linear(encoder.d_h, encoder.embed.E.num_embeddings)

    def forward(self, y: Int[Tensor, "b m"]) -> Float[Tensor, "b m n_vocab"]:
        """Logits of the token behind every place; y begins with BOS."""
        return self.W_o(self.encoder(y).h)

    def nothing(self, b: int) -> Memory:
        """A memory of b rows and no width, for search: there is no source."""
        empty = self.W_o.weight.new_zeros(b, 0)
        return Memory(empty[..., None], None, empty)

    def init(self, memory: Memory) -> State:
        """Nothing is read yet; of the memory, search uses the number of rows."""
        return State(())

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1} behind the cached past, write y_t; there are no weights."""
        tower = self.encoder
        x, past = tower.embed(y_prev[:, None], state.place), []
        for i, layer in enumerate(cast(list[EncoderLayer], tower.layers)):
            own = state.past[i] if state.past else None
            x, own = layer.step(x, own, tower.window)
            past.append(own)
        return self.W_o(tower.norm(x))[:, 0], State(tuple(past)), None
