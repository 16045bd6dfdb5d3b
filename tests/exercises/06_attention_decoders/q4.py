# Made by exercises/_source/build.py from 06_attention_decoders.py: edit that file instead.
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
name = "q4"
points = 2


@test_case(
    name="greedy",
    points=0.5,
    hidden=False,
    failure_message="Greedy search takes the most probable token at each step; multiply what it takes, EOS included.",
)
def test_greedy(p_greedy):
    mistakes = {
        "EOS is a token too: multiply by its probability.": 0.5,
        "That is the output of a beam; greedy search takes a first.": 0.36,
        "After a, EOS is more probable than another a.": 0.15,
        "That is a logarithm; asked is a probability.": math.log(0.2),
        "Probabilities are multiplied, not added.": 0.9,
        "Greedy search takes the most probable token, which is a at first.": 0.1,
        "That is the last step alone.": 0.4,
        "The mean of the steps is no probability.": 0.45,
        "That is the mean by multiplying, the root: asked is the product.": 0.2**0.5,
    }
    check(p_greedy, 0.2, mistakes, what="p_greedy", within=6e-4)


@test_case(
    name="beam",
    points=0.5,
    hidden=False,
    failure_message="Keep two prefixes after the first step, extend both, and take the best that has ended.",
)
def test_beam(p_beam):
    mistakes = {
        "That is what greedy search writes; a beam of 2 still has b.": 0.2,
        "EOS is a token too: multiply by its probability.": 0.4,
        "That is the last step alone; multiply by the first.": 0.9,
        "That is a logarithm; asked is a probability.": math.log(0.36),
        "Probabilities are multiplied, not added.": 1.3,
        "That is less probable than b and EOS.": 0.15,
        "Both outputs of the beam are added; asked is the best one.": 0.56,
        "The empty output was not kept: two others were better.": 0.1,
        "The outputs of one beam do not share their probability.": 0.36 / 0.56,
    }
    check(p_beam, 0.36, mistakes, what="p_beam", within=6e-4)


@test_case(
    name="score",
    points=0.5,
    hidden=True,
    failure_message="The natural logarithm of the output's probability, over (5 + 2)/6.",
)
def test_score(score_b):
    p = math.log(0.36)
    mistakes = {
        "EOS counts: b and EOS are two tokens.": p,
        "The penalty divides, it does not multiply.": p * 7 / 6,
        "A logarithm of a probability is negative.": -p * 6 / 7,
        "The natural logarithm is meant.": math.log10(0.36) * 6 / 7,
        "The natural logarithm is meant, not that to the base 2.": (
            math.log2(0.36) * 6 / 7
        ),
        "The logarithm is missing.": 0.36 * 6 / 7,
        "EOS has a probability too.": math.log(0.4) * 6 / 7,
        "That is the mean over the tokens; the penalty is another.": p / 2,
        "BOS does not count.": p * 6 / 8,
        "That is the score of a and EOS.": math.log(0.2) * 6 / 7,
    }
    check(score_b, p * 6 / 7, mistakes, what="score_b", within=6e-4)


@test_case(
    name="gamma",
    points=0.5,
    hidden=True,
    failure_message="Set the two scores equal; (8/7) to the power of gamma is the ratio of the two logarithms.",
)
def test_gamma(gamma_equal):
    ratio = math.log(0.15) / math.log(0.36)
    want = math.log(ratio) / math.log(8 / 7)
    mistakes = {
        "EOS counts: the lengths are 3 and 2.": math.log(ratio) / math.log(7 / 6),
        "The lengths stand in (5 + |y|)/6, not alone.": math.log(ratio) / math.log(1.5),
        "That is the ratio of the logarithms; gamma is in the exponent.": ratio,
        "The ratio is upside down, or the sign is wrong.": -want,
        "That is the ratio of the probabilities.": (
            math.log(0.36 / 0.15) / math.log(8 / 7)
        ),
        "Gamma is an exponent, not a factor.": ratio / (8 / 7),
        "After a, the second a has 0.3: the output has 0.15.": (
            math.log(math.log(0.2) / math.log(0.36)) / math.log(8 / 7)
        ),
        "Gamma is still to be solved for: take the logarithm of both sides.": (
            math.log(ratio)
        ),
        "Three decimals are asked for.": float(round(want)),
    }
    check(gamma_equal, want, mistakes, what="gamma_equal", within=2e-3)
