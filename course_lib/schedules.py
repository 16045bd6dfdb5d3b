"""What changes while a model trains: how much of the gold past it is shown.

loss = Scheduled(scheduled_sampling, lambda p: inverse_sigmoid(1000 * p, k=100))
fit(model, batches, loss=loss, steps=1000)
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from .data.batching import Batch
from .losses import teacher_forcing
from .models import Seq2Seq


def linear(i: float, *, c: float, least: float = 0.0) -> float:
    """ε_i = max(ε, 1 − c i): falls by c a step, down to ε, ``least``.

    Reference:
        Bengio et al. 2015, section 2.4, with k = 1.
    """
    return max(float(least), 1 - c * i)


def exponential(i: float, *, k: float) -> float:
    """ε_i = k^i with k < 1.

    Raises:
        ValueError: if k is outside (0, 1).

    Reference:
        Bengio et al. 2015, section 2.4.
    """
    if not 0 < k < 1:
        raise ValueError(f"k^i falls towards 0 for k in (0, 1), got k={k}")
    return float(k**i)


def inverse_sigmoid(i: float, *, k: float) -> float:
    """ε_i = k / (k + exp(i/k)): flat at first, one half at i = k ln k, then to 0.

    Raises:
        ValueError: if k < 1.

    Reference:
        Bengio et al. 2015, section 2.4.
    """
    if k < 1:
        raise ValueError(f"the inverse sigmoid needs k >= 1, got k={k}")
    return k / (k + math.exp(min(i / k, 700.0)))  # exp(710) is too large for a float


def scheduled_sampling(
    model: Seq2Seq, batch: Batch, keep: float, *, generator: Generator | None = None
) -> Float[Tensor, ""]:
    """L = −(1/|Y|) Σ_t log p(y_t | ŷ_1 … ŷ_{t-1}, x), a past of gold and own tokens.

    ŷ_t is the gold y_t with probability ``keep``, else a token that the model draws
    from its own p(y | ŷ_1 … ŷ_{t-1}, x); each t of each sentence has its own coin.
    The targets stay gold.  As no gradient goes through a drawn token, the past is
    written first, without gradients, and then read as in teacher forcing.

    Args:
        model: any encoder and decoder.
        batch: as `losses.teacher_forcing` takes it.
        keep: ε; 1 is teacher forcing, 0 shows the model nothing but its own words.
        generator: source of coins and draws, on the device of the batch.

    Raises:
        ValueError: if keep is outside [0, 1].

    Reference:
        Bengio et al. 2015, section 2.4.
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"keep is a probability in [0, 1], got {keep}")
    if keep == 1:
        return teacher_forcing(model, batch)
    net: Any = getattr(model, "module", model)  # several processes wrap the model
    y, *rest = batch.tgt_in.unbind(1)
    past = [y]
    with torch.no_grad():
        state = net.decoder.init(net.encoder(batch.src, batch.src_len))
        for gold in rest:
            logits, state, _ = net.decoder.step(y, state)
            p = logits.float().softmax(-1)
            drawn = torch.multinomial(p, 1, generator=generator)[:, 0]
            coin = torch.rand(len(gold), generator=generator, device=gold.device)
            y = torch.where(coin < keep, gold, drawn)
            past.append(y)
    return teacher_forcing(model, batch._replace(tgt_in=torch.stack(past, 1)))


class Scheduled:
    """L_p(model, batch) = loss(model, batch, value(p)), p the share of the budget used.

    For any number of a loss that moves while a model trains: ``keep`` of scheduled
    sampling, the temperature of Gumbel noise.  `train.fit` sets p before each step,
    so that a resumed run goes on where it was.

    Args:
        loss: ``loss(model, batch, now)``.
        value: the number at p, from 0 to 1.
    """

    def __init__(
        self, loss: Callable[[Any, Any, float], Tensor], value: Callable[[float], float]
    ):
        self.loss, self.value = loss, value
        self.set_progress(0.0)

    def set_progress(self, p: float) -> None:
        """Move the number to p."""
        self.now = self.value(p)

    def __call__(self, model: Any, batch: Any) -> Tensor:
        """Return the loss at the number's present value."""
        return self.loss(model, batch, self.now)
