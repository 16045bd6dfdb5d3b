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


@test_case(
    name="smoothed minimum",
    points=0.5,
    hidden=True,
    failure_message="The loss is least at p = q, where it is the entropy of q.",
)
def test_smoothed_minimum(best_probability, least_loss):
    q = torch.full((5,), 0.04, dtype=torch.float64)
    q[0] += 0.8
    mistakes = {
        "The right word gets its epsilon / V as well.": 0.8,
        "epsilon is shared by all V words, not by the other four.": 0.85,
        "That is the probability of a wrong word.": 0.04,
        "Without smoothing it would be 1; here it is not.": 1.0,
    }
    right = q[0].item()
    check(best_probability, right, mistakes, what="best_probability", within=6e-4)
    want = torch.distributions.Categorical(q).entropy().item()
    mistakes = {
        "A smoothed loss is not 0 at its least: it is the entropy of q.": 0.0,
        "The wrong words count too.": -0.84 * math.log(0.84),
        "There are four wrong words.": -0.84 * math.log(0.84) - 0.04 * math.log(0.04),
        "Natural logarithms, please; that is base 2.": want / math.log(2),
        "The sign is wrong.": -want,
        "That is -log p of the right word; the loss is weighted by q.": -math.log(0.84),
        "The right word gets its epsilon / V as well.": -0.8 * math.log(0.8)
        - 4 * 0.05 * math.log(0.05),
    }
    check(least_loss, want, mistakes, what="least_loss", within=6e-4)


@test_case(
    name="rows read",
    points=0.5,
    hidden=True,
    failure_message="Without a cache step t reads t rows; with one it reads one row.",
)
def test_rows_read(rows_read):
    want = [sum(range(1, 7)), 6]
    mistakes = {
        "The first step reads <s>: one row, not none.": [15, 6],
        "The last token is written, not read.": [28, 7],
        "Each prefix grows: 1 + 2 + ..., not 6 times 6.": [36, 6],
        "The order is without the cache, then with it.": [6, 21],
        "With a cache each step reads one row.": [21, 21],
        "Rows are counted, not scores.": [91, 21],
        "Six steps read six rows with a cache.": [21, 1],
    }
    check(rows_read, want, mistakes, what="rows_read")
