# Made by exercises/_source/build.py from 10_local_attention.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
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


import math

OK_FORMAT = False
name = "q4"
points = 1


@test_case(
    name="place by hand",
    points=0.25,
    hidden=False,
    failure_message="The logistic function of ln 2 is 1 / (1 + exp(-ln 2)); the place is that share of T_x - 1.",
)
def test_place_by_hand(place_by_hand):
    share = torch.sigmoid(torch.tensor(2.0, dtype=torch.float64).log()).item()
    mistakes = {
        "T_x - 1 times the share, not T_x times: places count from 0.": 7 * share,
        "That is the share alone.": share,
        "1 / (1 + 2) would be the logistic function of -ln 2.": 2.0,
        "ln 2 is what the logistic function is taken of, not the share.": (
            6 * math.log(2)
        ),
        "Places count from 0, not from 1.": 5.0,
        "The logistic function is not the exponential.": 12.0,
    }
    want = 6 * share
    check(place_by_hand, want, mistakes, what="place_by_hand", within=6e-4)


@test_case(
    name="visible by hand",
    points=0.25,
    hidden=False,
    failure_message="All places i with |i - 4| <= 2, from the first to the last.",
)
def test_visible_by_hand(visible_by_hand):
    mistakes = {
        "p + D is inside too.": [2, 3, 4, 5],
        "p - D is inside too.": [3, 4, 5, 6],
        "|i - p| = D is inside.": [3, 4, 5],
        "Places count from 0, not from 1.": [3, 4, 5, 6, 7],
        "The window looks both ways.": [4, 5, 6],
        "That is a mask; the places are asked for.": [0, 0, 1, 1, 1, 1, 1],
        "The bell makes weights small, the window alone makes them 0.": [4],
        "First and last place only; list those between them too.": [2, 6],
        "That is the window around 3.": [1, 2, 3, 4, 5],
    }
    want = list(range(2, 7))
    check(visible_by_hand, want, mistakes, what="visible_by_hand")
