import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.layers import DecoderLayer, EncoderLayer, FeedForward, Residual
from course_lib.masks import causal_mask, padding_mask

B, M, N, D, H, D_FF = 3, 5, 7, 22, 2, 13
LENGTHS = torch.tensor([7, 2, 5])
NORMS = pytest.mark.parametrize("norm_first", [True, False], ids=["pre", "post"])


def copy_attention(ours, theirs):
    theirs.in_proj_weight.copy_(
        torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight])
    )
    theirs.out_proj.weight.copy_(ours.W_O.weight)
    theirs.in_proj_bias.zero_()  # ours has none
    theirs.out_proj.bias.zero_()


def copy_ffn(ours, theirs):
    theirs.linear1.load_state_dict(ours.ffn.W_1.state_dict())
    theirs.linear2.load_state_dict(ours.ffn.W_2.state_dict())


def copy_norms(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        nn.init.normal_(mine.norm.weight)
        nn.init.normal_(mine.norm.bias)
        other.load_state_dict(mine.norm.state_dict())


@NORMS
def test_encoder_layer_equals_torch(norm_first):
    torch.manual_seed(0)
    ours = EncoderLayer(D, H, D_FF, norm_first=norm_first)
    theirs = nn.TransformerEncoderLayer(
        D, H, D_FF, 0.0, batch_first=True, norm_first=norm_first
    )
    with torch.no_grad():
        copy_attention(ours.attention, theirs.self_attn)
        copy_ffn(ours, theirs)
        copy_norms(
            [ours.around_attention, ours.around_ffn], [theirs.norm1, theirs.norm2]
        )
    x, mask = torch.randn(B, N, D), padding_mask(LENGTHS, N)
    want = theirs(x, src_key_padding_mask=~mask[:, 0])
    torch.testing.assert_close(ours(x, mask), want)
    hidden = ~causal_mask(N)
    want = theirs(x, src_mask=hidden)
    torch.testing.assert_close(ours(x, causal=True), want)
    torch.testing.assert_close(ours(x, ~hidden[None]), want)


@NORMS
def test_decoder_layer_equals_torch(norm_first):
    torch.manual_seed(0)
    ours = DecoderLayer(D, H, D_FF, norm_first=norm_first)
    theirs = nn.TransformerDecoderLayer(
        D, H, D_FF, 0.0, batch_first=True, norm_first=norm_first
    )
    with torch.no_grad():
        copy_attention(ours.attention, theirs.self_attn)
        copy_attention(ours.cross, theirs.multihead_attn)
        copy_ffn(ours, theirs)
        copy_norms(
            [ours.around_attention, ours.around_cross, ours.around_ffn],
            [theirs.norm1, theirs.norm2, theirs.norm3],
        )
    y, h, mask = torch.randn(B, M, D), torch.randn(B, N, D), padding_mask(LENGTHS, N)
    want = theirs(y, h, tgt_mask=~causal_mask(M), memory_key_padding_mask=~mask[:, 0])
    for need_alpha in (True, False):
        x, _, alpha = ours(y, ours.source(h), mask, need_alpha=need_alpha)
        torch.testing.assert_close(x, want)
        assert (alpha is not None) == need_alpha


def test_a_feed_forward_network_works_on_each_place_alone():
    torch.manual_seed(0)
    ffn, x = FeedForward(D, D_FF), torch.randn(B, N, D)
    z = (x[1, 2] @ ffn.W_1.weight.T + ffn.W_1.bias).clamp(min=0)
    torch.testing.assert_close(ffn(x)[1, 2], z @ ffn.W_2.weight.T + ffn.W_2.bias)


def test_the_residual_path_is_free_of_norms_only_before():
    x, zero = torch.randn(B, N, D), torch.zeros(B, N, D)
    assert torch.equal(Residual(D, True, 0.0).leave(x, zero), x)
    torch.testing.assert_close(
        Residual(D, False, 0.0).leave(x, zero), F.layer_norm(x, (D,))
    )
