# Made by exercises/_source/build.py from 16_couplets.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    seeds,
    unchanged,
    unpack,
)


def made(seed):
    """A generator of random numbers."""
    return torch.Generator().manual_seed(seed)


def small_model():
    """The probability of every line: [first, second]."""
    first = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    then = [[0.1, 0.1, 0.8], [0.5, 0.1, 0.4], [0.3, 0.6, 0.1]]
    line = first[:, None] * torch.tensor(then, dtype=torch.float64)
    keeps = ~torch.eye(3, dtype=torch.bool)
    keeps[:, 2] = False
    return first, line, keeps


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="free by hand",
    points=0.5,
    hidden=False,
    failure_message="The probability of a line is the product of its two steps; the best is the largest of the nine.",
)
def test_free_by_hand(free):
    line = small_model()[1]
    mistakes = {
        "That is the first step alone; multiply by the second.": 0.6,
        "That is the second step alone; multiply by the first.": 0.8,
        "The two probabilities are multiplied, not added.": 1.4,
        "That is the best line under the rules; here there are none.": 0.15,
        "Those are per cent.": 48,
    }
    check(free, line.max().item(), mistakes, what="free", within=6e-4)


@test_case(
    name="greedy by hand",
    points=0.5,
    hidden=False,
    failure_message="Greedy takes A, the most probable first character; then both rules apply, and the model's own probabilities are multiplied.",
)
def test_greedy_by_hand(greedy_bound):
    first, line, keeps = small_model()
    top = int(first.argmax())
    want = line[top][keeps[top]].max().item()
    mistakes = {
        "That line ends in C.": 0.48,
        "That is the best line under the rules; greedy does not look ahead.": 0.15,
        "What is left is not renormalised: the model's own probabilities, please.": 0.6,
        "The forbidden C is left out and the rest renormalised; take the model's own.":
            0.3,
        "That is the second step alone; multiply by the first.": 0.1,
        "The two probabilities are multiplied, not added.": 0.7,
        "Those are per cent.": 6,
    }  # fmt: skip
    check(greedy_bound, want, mistakes, what="greedy_bound", within=6e-4)
