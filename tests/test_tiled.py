import pytest
import torch
from torch.nn import functional as F

from course_lib.masks import causal_mask, padding_mask
from course_lib.tiled import tiled_attention

B, H, M, N, D, D_V = 2, 3, 5, 11, 7, 13
MASKS = {
    "none": None,
    "padding": padding_mask(torch.tensor([11, 2]), N)[:, None],
    "causal": causal_mask(N)[:M],
}


def inputs(scale=1.0):
    g = torch.Generator().manual_seed(0)
    shapes = (B, H, M, D), (B, H, N, D), (B, H, N, D_V)
    return [
        (scale * torch.randn(shape, generator=g)).double().requires_grad_()
        for shape in shapes
    ]


@pytest.mark.parametrize("tile", [1, 3, 11, 64])
@pytest.mark.parametrize("name", sorted(MASKS))
def test_tiles_equal_the_fused_kernel(name, tile):
    """Values and gradients; scores of a few hundred, which exp alone cannot take."""
    q, k, v = inputs(scale=10.0)
    c = tiled_attention(q, k, v, mask=MASKS[name], tile=tile)
    want = F.scaled_dot_product_attention(q, k, v, attn_mask=MASKS[name])
    torch.testing.assert_close(c, want)
    weights = torch.randn(c.shape, generator=torch.Generator().manual_seed(1))
    ours = torch.autograd.grad((c * weights).sum(), (q, k, v))
    theirs = torch.autograd.grad((want * weights).sum(), (q, k, v))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert b.abs().max() > 1e-3


def test_nothing_visible_reads_zero_with_finite_gradients():
    q, k, v = inputs()
    mask = torch.ones(M, N, dtype=torch.bool)
    mask[2] = False
    c = tiled_attention(q, k, v, mask=mask, tile=3)
    assert (c[:, :, 2] == 0).all()
    c.sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))


def test_half_precision_is_summed_in_float32():
    q, k, v = (x.detach().bfloat16() for x in inputs())
    c = tiled_attention(q, k, v, tile=3)
    assert c.dtype == torch.bfloat16
    want = F.scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(c, want, rtol=2e-2, atol=2e-2)


def test_a_tile_holds_a_key():
    with pytest.raises(ValueError, match="tile=0"):
        tiled_attention(*inputs(), tile=0)
