"""What a Transformer is built of: the feed-forward network and two kinds of layer.

A layer is two or three sub-layers, each inside a residual connection: `MultiHead` reads
other places, `FeedForward` works on each place alone.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .attention import KeysValues, MultiHead
from .positions import X


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

    Use it around a sub-layer f: ``x_bar = r.enter(x)``, ``x = r.leave(x, f(x_bar))``.

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
        self, x: Tensor, mask: Tensor | None, causal: bool, past: KeysValues | None
    ) -> tuple[Tensor, KeysValues]:
        """Read the past and x itself; return the past with x (the key-value cache)."""
        x_bar = self.around_attention.enter(x)
        kv = self.attention.keys_values(x_bar, x_bar)
        if past is not None:
            kv = KeysValues(torch.cat([past.K, kv.K], 2), torch.cat([past.V, kv.V], 2))
        c = self.attention.read(x_bar, kv, mask, causal=causal, need_alpha=False).c
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
        self, x: X, mask: Bool[Tensor, "#b #m m"] | None = None, *, causal: bool = False
    ) -> X:
        """All places at once; causal makes it the layer of a language model."""
        return self._think(self._attend(x, mask, causal, None)[0])

    def step(self, x: X, past: KeysValues | None) -> tuple[X, KeysValues]:
        """One place behind the past; the past with it."""
        x, past = self._attend(x, None, False, past)
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
        x, past = self._attend(x, None, past is None, past)
        x_bar = self.around_cross.enter(x)
        c, alpha, _ = self.cross.read(x_bar, source, mask, need_alpha=need_alpha)
        return self._think(self.around_cross.leave(x, c)), past, alpha
