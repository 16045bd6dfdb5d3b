"""A Transformer small enough to look into, and to train in a test."""

import pytest
import torch
from torch import nn

from course_lib.data.vocab import BOS
from course_lib.transformer import TransformerEncoder

B, M, N = 3, 5, 7
V, D, H, D_FF = 23, 22, 2, 13
LENGTHS = torch.tensor([7, 2, 5])
NORMS = pytest.mark.parametrize("norm_first", [True, False], ids=["pre", "post"])


def tokens(b, m, seed=1):
    y = torch.randint(4, V, (b, m), generator=torch.Generator().manual_seed(seed))
    y[:, 0] = BOS
    return y


def encoder(seed=0, **options):
    torch.manual_seed(seed)
    return TransformerEncoder(V, D, H, D_FF, 3, **options).eval()


def check_gradients(net, value):
    g = torch.Generator().manual_seed(3)
    (value * torch.randn(value.shape, generator=g)).sum().backward()
    for key, p in net.named_parameters():
        assert p.grad is not None, key
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


def train(net, loss, steps, lr):
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    for step in range(steps):
        for group in opt.param_groups:
            group["lr"] = lr * min(1.0, (step + 1) / 50, (steps - step) / (steps / 2))
        opt.zero_grad()
        loss().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    net.eval()
