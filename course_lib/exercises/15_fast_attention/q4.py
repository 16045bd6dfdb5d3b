# Made by exercises/_source/build.py from 15_fast_attention.py: edit that file instead.
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
    name="sums",
    points=0.5,
    hidden=False,
    failure_message="Z counts in units of the largest score so far; a new maximum shrinks what was there.",
)
def test_sums(Z_after):
    w = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64)
    want = [(w[: i + 1] / w[: i + 1].max()).sum().item() for i in range(3)]
    mistakes = {
        "Those are sums of plain exponentials: no maximum is taken off.": [1, 5, 7],
        "The old sum is not moved to the new maximum.": [1, 2, 2.5],
        "The third score is no new maximum: nothing moves.": [1, 1.25, 1.625],
        "The factor is exp(0 - ln 4), a quarter.": [1, 5, 5.5],
        "The sum starts with the first key: exp(0 - 0) = 1.": [0, 1, 1.5],
        "Those are the last terms alone; the sums are asked for.": [1, 1, 0.5],
        "exp(ln 2 - ln 4) is a half.": [1, 1.25, 3.25],
    }
    check(Z_after, want, mistakes, what="Z_after", within=6e-3)


@test_case(
    name="context",
    points=0.5,
    hidden=False,
    failure_message="The context is c / Z at the end, and c moves with Z.",
)
def test_context(context):
    e = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64).log()
    v = torch.tensor([8.0, 4.0, 2.0], dtype=torch.float64)
    mistakes = {
        "c is still to be divided by Z.": 7.0,
        "That is the plain mean of the values.": 14 / 3,
        "The context is not moved to the new maximum: c needs the factor of Z.":
            13 / 1.75,
        "The weights are not normalised.": 28.0,
        "The last key is missing.": 4.8,
    }  # fmt: skip
    want = (e.softmax(0) @ v).item()
    check(context, want, mistakes, what="context", within=6e-3)
