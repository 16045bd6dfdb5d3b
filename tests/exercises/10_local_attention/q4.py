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


@test_case(
    name="sum by hand",
    points=0.25,
    hidden=True,
    failure_message="Softmax over the five visible places, each times exp(-distance^2 / 2), and then the sum.",
)
def test_sum_by_hand(sum_by_hand):
    e = torch.tensor([9.0, 5, 1, 2, 3, 1, 1], dtype=torch.float64)
    far = torch.tensor([4.0, 3, 2, 1, 0, 1, 2], dtype=torch.float64)
    bell = torch.exp(-(far**2) / 2)
    inside = e * (far <= 2)
    mistakes = {
        "The bell is missing, or the weights were normalised again.": 1.0,
        "The softmax saw the whole source.": ((inside * bell).sum() / e.sum()).item(),
        "The weights are not normalised before the bell.": (inside * bell).sum().item(),
        "sigma is D/2 = 1, not D.": (inside @ torch.exp(-(far**2) / 8) / 8).item(),
        "The 2 in front of sigma squared is missing.": (
            (inside @ torch.exp(-(far**2)) / 8).item()
        ),
        "The distance is squared in the bell.": (
            (inside @ torch.exp(-far / 2) / 8).item()
        ),
        "That is the sum of the bell alone.": bell[2:].sum().item(),
        "The window is missing.": (e @ bell / e.sum()).item(),
    }
    want = (inside @ bell / 8).item()
    check(sum_by_hand, want, mistakes, what="sum_by_hand", within=6e-4)


@test_case(
    name="scores by hand",
    points=0.25,
    hidden=True,
    failure_message="Each step scores 2D + 1 states, whatever the length of the source.",
)
def test_scores_by_hand(scores_by_hand):
    mistakes = {
        "That is global attention.": 10000,
        "A window holds 2D + 1 states, its middle too.": 400,
        "D to each side: 2D + 1 states, not D.": 200,
        "D to each side: 2D + 1 states, not D + 1.": 220,
        "That is one step; there are 20.": 21,
        "Every target word has a window, not every source word.": 10500,
        "Counted for both sides of the sentence.": 520 * 21,
    }
    want = 20 * 21
    check(scores_by_hand, want, mistakes, what="scores_by_hand")
