"""Half a Transformer: the encoder alone, and layers that see only the past.

`MaskedLM` (as BERT) fills in words that are hidden; `LanguageModel` (as GPT) writes on.
"""

from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from .attention import KeysValues
from .data.vocab import EOS, PAD
from .decoders import State, Step
from .encoders import Lengths, Memory, Words
from .layers import EncoderLayer
from .transformer import TransformerEncoder, Written


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

    def forward(self, x: Words, length: Lengths = None) -> Float[Tensor, "b n n_vocab"]:
        """Logits of every place."""
        return self.W_o(self.encoder(x, length).h)


def hide_words(
    x: Words, hidden: int, *, share: float = 0.15, generator: Generator | None = None
) -> tuple[Words, Words]:
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

    It is also a decoder without a source: ``greedy(lm, lm.nothing(b), max_len=m)``.  If
    its encoder sees a window of D places, the key-value cache holds the last D alone.

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
        return State(Written([None] * len(self.encoder.layers)), None)

    def step(self, y_prev: Int[Tensor, " b"], state: State) -> Step:
        """Read y_{t-1} behind the cached past, write y_t; there are no weights."""
        (past, place), stack, new = state.s, self.encoder, []
        x = stack.embed(y_prev[:, None], place)
        for layer, kv in zip(cast(list[EncoderLayer], stack.layers), past, strict=True):
            x, (K, V) = layer.step(x, kv)
            if stack.window is not None and K.shape[2] > stack.window:
                K, V = K[:, :, 1:], V[:, :, 1:]  # out of the next token's sight
            new.append(KeysValues(K, V))
        return self.W_o(stack.norm(x))[:, 0], State(Written(new, place + 1), None), None
