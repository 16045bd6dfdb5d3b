# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


OK_FORMAT = False
name = "q5"
points = 1


@test_case(
    name="weights by hand",
    points=0.25,
    hidden=False,
    failure_message="Each weight is exp(e_i) over the sum of the visible ones.",
)
def test_weights_by_hand(alpha_by_hand):
    e = torch.tensor([1.0, 2.0, 5.0, 8.0], dtype=torch.float64).log()
    mistakes = {
        "The hidden key takes part in the sum.": e.softmax(0).tolist(),
        "Hidden means weight 0 for the rest to share: the weights sum to 1.": [
            1 / 16,
            2 / 16,
            5 / 16,
            0,
        ],
        "Not normalised: divide by the sum.": [1, 2, 5, 0],
        "That is argmax; a softmax gives each visible key something.": [0, 0, 1, 0],
        "The scores are divided by their sum, without the exponential.": (
            e[:3] / e[:3].sum()
        ).tolist()
        + [0],
        "The hidden key has a weight too, 0: four numbers, please.": [
            1 / 8,
            2 / 8,
            5 / 8,
        ],
        "exp(0) is 1, not 0: the first key has a weight too.": [0, 2 / 7, 5 / 7, 0],
        "Equal weights would be those of equal scores.": [1 / 3, 1 / 3, 1 / 3, 0],
        "The order is that of the keys, the first has the smallest score.": [
            5 / 8,
            2 / 8,
            1 / 8,
            0,
        ],
        "Those are per cent; the weights sum to 1.": [12.5, 25, 62.5, 0],
        "Two decimals are too few; three, or fractions, are enough.": [
            0.13,
            0.25,
            0.63,
            0,
        ],
    }
    want = e[:3].softmax(0).tolist() + [0.0]
    check(alpha_by_hand, want, mistakes, what="alpha_by_hand", within=6e-4)


@test_case(
    name="context by hand",
    points=0.25,
    hidden=False,
    failure_message="The context is the sum of weight times value over the visible keys, and the weights are those of the first line.",
)
def test_context_by_hand(c_by_hand):
    e = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64).log()
    v = torch.tensor([8.0, 4.0, 0.0], dtype=torch.float64)
    mistakes = {
        "The hidden value takes part.": 816 / 16,
        "That is the sum without weights.": 12.0,
        "That is the plain mean, without weights.": 4.0,
        "That is the value of the best key; the context is an average.": 0.0,
        "The weights are not normalised.": 16.0,
        "That is the plain mean, the hidden value included.": 28.0,
        "Value and weight belong to the same key.": 6.0,
    }
    want = (e.softmax(0) @ v).item()
    check(c_by_hand, want, mistakes, what="c_by_hand", within=6e-4)
