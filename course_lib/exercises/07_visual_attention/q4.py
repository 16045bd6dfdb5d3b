# Made by exercises/_source/build.py from 07_visual_attention.py: edit that file instead.
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
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="place",
    points=0.5,
    hidden=False,
    failure_message="i = r * columns + c, with rows, columns and places counted from 0.",
)
def test_place(place_by_hand):
    r = 9 // 4
    mistakes = {
        "Row first, then column.": [1, 2],
        "Rows and columns are counted from 0.": [3, 2],
        "Row by row: divide by the number of columns, 4, not of rows.": [3, 0],
        "Row by row, not column by column.": [0, 3],
    }
    check(place_by_hand, [r, 9 - 4 * r], mistakes, what="place_by_hand")


@test_case(
    name="three places",
    points=0.5,
    hidden=False,
    failure_message="A place that gets 1 costs nothing, a place that gets nothing costs 1.",
)
def test_three_places(three_places):
    mistakes = {
        "The places that nobody looks at cost 1 each.": 0,
        "Three places are free: they got their 1.": 12,
        "That counts the places that are looked at.": 3,
        "A sum over the places, not a mean.": 0.75,
    }
    want = float(sum((1 - float(i < 3)) ** 2 for i in range(12)))
    check(three_places, want, mistakes, what="three_places", within=6e-4)
