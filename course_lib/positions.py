"""Places told to attention, which by itself sees a set: x_t + p_t, counted from 0."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

X = Float[Tensor, "b m d_model"]
Positions = Callable[[Tensor, int], Tensor]  # (x, place of its first row) -> x


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
