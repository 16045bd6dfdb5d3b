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


@test_case(
    name="alpha",
    points=0.5,
    hidden=True,
    failure_message="A row of G belongs to a word of x; take its largest entry, then the softmax over the three.",
)
def test_alpha(alpha_by_hand):
    G = torch.tensor([[0.0, 0.5], [0.2, -0.3], [0.5, 0.1]], dtype=torch.float64)
    best = G.amax(1)
    mistakes = {
        "That is beta: a row of G belongs to x.": G.amax(0).softmax(0).tolist(),
        "Those are the best matches; take their softmax.": best.tolist(),
        "The mean match counts here, not the best one.": G.mean(1).softmax(0).tolist(),
        "The matches are added up; the best one counts.": G.sum(1).softmax(0).tolist(),
        "The best matches are divided by their sum, without the exponential.": (
            best / best.sum()
        ).tolist(),
        "Not normalised: divide by the sum.": best.exp().tolist(),
        "All words weigh the same; the matches decide.": [1 / 3, 1 / 3, 1 / 3],
        "The worst match counts here, not the best one.": G.amin(1).softmax(0).tolist(),
        "The tanh is taken already.": best.tanh().softmax(0).tolist(),
        "Two decimals are too few; three are asked for.": [0.36, 0.27, 0.36],
    }
    want = best.softmax(0).tolist()
    check(alpha_by_hand, want, mistakes, what="alpha_by_hand", within=6e-4)


@test_case(
    name="chance",
    points=0.5,
    hidden=True,
    failure_message="All neutral pairs, and the best constant answer for the rest.",
)
def test_chance(best_accuracy):
    shares = [40, 35, 25]
    mistakes = {
        "The rest need not be a coin: one label is more frequent.": 0.70,
        "That counts the neutral pairs alone.": 0.40,
        "That is the rarer label.": 0.65,
        "That counts the others alone.": 0.35,
        "Among three equal labels it would be so.": 2 / 3,
        "That is per cent; a share lies between 0 and 1.": 75,
        "A model that draws in proportion does worse than one that decides.": (
            0.40 + 0.60 * ((35 / 60) ** 2 + (25 / 60) ** 2)
        ),
    }
    want = (shares[0] + max(shares[1:])) / 100
    check(best_accuracy, want, mistakes, what="best_accuracy", within=1e-4)
