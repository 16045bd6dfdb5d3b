# Made by exercises/_source/build.py from 12_attention_with_cnns.py: edit that file instead.
from otter.test_files import test_case
import math

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


def real(lengths):
    """True where a word is real: [b, n]."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="rows",
    points=0.5,
    hidden=False,
    failure_message="A wide convolution adds w - 1 rows, and w-ap takes them away again.",
)
def test_rows(rows_and_words):
    w, n = 4, 9
    wide = len(range(1 - w, n))
    seen = len({i + j for i in range(w) for j in range(w)})
    want = [wide, wide - w + 1, seen]
    mistakes = {
        "The convolution is wide: windows hang over both edges.": [6, 9, 7],
        "The convolution is wide, so there are n + w - 1 rows.": [6, 3, 7],
        "That is one edge too many: n + w - 1.": [13, 10, 7],
        "w-ap takes windows of the convolution's rows: w - 1 fewer.": [12, 12, 7],
        "w-ap slides by one row, not by w.": [12, 3, 7],
        "Two windows of 4 overlap: 4 + 3 words.": [12, 9, 8],
        "A row of the second sees 4 rows, each of 4 words.": [12, 9, 4],
        "Windows overlap; they are not multiplied.": [12, 9, 16],
    }
    check(rows_and_words, want, mistakes, what="rows_and_words")


@test_case(
    name="match",
    points=0.5,
    hidden=False,
    failure_message="The distance of (1, 1) and (4, 5) is a whole number.",
)
def test_match(match):
    x, y = torch.tensor([1.0, 1.0]).double(), torch.tensor([4.0, 5.0]).double()
    mistakes = {
        "That is the distance.": 5,
        "The 1 below the line is missing.": 1 / 5,
        "The distance is squared; take its root.": 1 / 26,
        "The distance is Euclidean, not the sum of the differences.": 1 / 8,
        "That is exp(-distance).": math.exp(-5),
        "That is the dot product.": 9,
        "Two decimals are too few; a fraction is fine.": 0.17,
    }
    want = (1 / (1 + (x - y).norm())).item()
    check(match, want, mistakes, what="match", within=6e-4)
