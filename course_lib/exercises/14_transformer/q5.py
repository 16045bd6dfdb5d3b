# Made by exercises/_source/build.py from 14_transformer.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    differentiable,
    seeds,
    unchanged,
    unpack,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


OK_FORMAT = False
name = "q5"
points = 2


@test_case(
    name="weights of a layer",
    points=0.5,
    hidden=False,
    failure_message="Eight matrices of d x d, two of d x d_ff, biases of d_ff and d, and three norms of 2 d.",
)
def test_weights_of_a_layer(weights_of_a_layer):
    layer = torch.nn.TransformerDecoderLayer(10, 2, 40)
    count = sum(p.numel() for p in layer.parameters())
    without = count - 2 * (3 * 10 + 10)  # torch's attentions have biases
    mistakes = {
        "That counts biases in the attentions, as PyTorch's layer has them.": count,
        "The three norms are missing.": without - 60,
        "One attention is missing: a decoder layer has two.": without - 400,
        "The norms have gamma and beta each.": without - 30,
        "The network's biases are missing.": without - 50,
        "That is an encoder layer: one attention and two norms.": without - 420,
        "Biases and norms are missing.": 1600,
        "The bias b_2 has d entries, b_1 has d_ff.": without + 30,
    }
    check(weights_of_a_layer, without, mistakes, what="weights_of_a_layer")


@test_case(
    name="shares",
    points=0.5,
    hidden=False,
    failure_message="The largest value is at s = w; below it the rate grows with s, above it it falls with the root of s.",
)
def test_shares(shares):
    def eta(s, w=64.0):
        return min(s**-0.5, s * w**-1.5)

    want = [eta(16.0) / eta(64.0), eta(256.0) / eta(64.0)]
    mistakes = {
        "The order is s = w/4, then s = 4w.": want[::-1],
        "Above w the rate falls with the root of s, not with s.": [1 / 4, 1 / 4],
        "Below w the rate grows with s itself, not with its root.": [1 / 2, 1 / 2],
        "The smaller of the two terms counts.": [2.0, 4.0],
        "The first share is that of s = w/2.": [1 / 2, 1 / 4],
        "Those are per cent; a share of the largest value is asked for.": [25, 50],
    }
    check(shares, want, mistakes, what="shares", within=6e-4)
