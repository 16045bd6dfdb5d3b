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
