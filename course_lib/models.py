"""Whole models: an encoder and a decoder that fit together."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor, nn

from .decoders import Decoder
from .encoders import Lengths, Words


class Output(NamedTuple):
    """What teacher forcing gives: logits of every target position, and the weights."""

    logits: Float[Tensor, "b m n_vocab"]
    alpha: Float[Tensor, "b m n"] | None  # None: the decoder does not attend


class Seq2Seq(nn.Module):
    """p(y_1 … y_{T_y} | x) = Π_t p(y_t | y_1 … y_{t-1}, encoder(x)).

    Args:
        encoder: source tokens to `Memory`.
        decoder: see `course_lib.decoders`.

    Reference:
        Sutskever, Vinyals & Le 2014, equation 1.
    """

    def __init__(self, encoder: nn.Module, decoder: Decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(
        self, src: Words, tgt_in: Int[Tensor, "b m"], src_len: Lengths = None
    ) -> Output:
        """Teacher forcing: tgt_in begins with BOS and is the target, one place late."""
        return Output(*self.decoder(self.encoder(src, src_len), tgt_in))
