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


@test_case(
    name="best by hand",
    points=0.5,
    hidden=True,
    failure_message="Four lines keep both rules; the best of them does not begin with the most probable character.",
)
def test_best_by_hand(best_bound):
    _, line, keeps = small_model()
    mistakes = {
        "That line ends in C.": 0.48,
        "That is what greedy search finds; there is a better line.": 0.06,
        "That line ends in C, too.": 0.12,
        "That is the second step alone; multiply by the first.": 0.5,
        "That is a share of the allowed lines; take the model's own probability.": 0.5,
        "Those are per cent.": 15,
        "The two probabilities are multiplied, not added.": 0.8,
    }
    want = line[keeps].max().item()
    check(best_bound, want, mistakes, what="best_bound", within=6e-4)


@test_case(
    name="kept by hand",
    points=0.5,
    hidden=True,
    failure_message="Add the probabilities of the four lines that keep both rules.",
)
def test_kept_by_hand(kept):
    _, line, keeps = small_model()
    mistakes = {
        "That is the share of the lines; they are not equally probable.": 4 / 9,
        "That is the probability to break a rule.": 0.7,
        "One of the two rules is missing: no character twice.":
            line[:, :2].sum().item(),
        "One of the two rules is missing: the line does not end in C.":
            line[~torch.eye(3, dtype=torch.bool)].sum().item(),
        "That is the best line only; add all that keep the rules.": 0.15,
        "Those are per cent.": 30,
    }  # fmt: skip
    check(kept, line[keeps].sum().item(), mistakes, what="kept", within=6e-4)
