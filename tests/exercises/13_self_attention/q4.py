# Made by exercises/_source/build.py from 13_self_attention.py: edit that file instead.
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


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="second row",
    points=0.5,
    hidden=False,
    failure_message="The second row sees itself and the first key, and its weights sum to 1.",
)
def test_second_row(causal_row):
    e = torch.tensor([1.0, 3.0, 5.0], dtype=torch.float64).log()
    mistakes = {
        "The future is not hidden.": e.softmax(0).tolist(),
        "The mask came after the softmax: weights must sum to 1.": [1 / 9, 3 / 9, 0],
        "A word sees itself, too.": [1, 0, 0],
        "Not normalised: divide by the sum.": [1, 3, 0],
        "exp(0) is 1, not 0: the first key has a weight too.": [0, 1, 0],
        "The hidden key has a weight too, 0: three numbers, please.": [1 / 4, 3 / 4],
        "The past is hidden, and the future is not.": [0, 3 / 8, 5 / 8],
        "That is the second column; a row is a query.": [2 / 11, 3 / 11, 6 / 11],
        "Equal weights would be those of equal scores.": [1 / 2, 1 / 2, 0],
        "That is the third row.": [2 / 9, 6 / 9, 1 / 9],
    }
    want = e[:2].softmax(0).tolist() + [0.0]
    check(causal_row, want, mistakes, what="causal_row", within=6e-4)


@test_case(
    name="contexts move with their words",
    points=0.5,
    hidden=False,
    failure_message="A context is a function of a word and of the set around it.",
)
def test_contexts_move_with_their_words(contexts_after):
    order = [2, 0, 3, 1]
    x = torch.eye(4, dtype=torch.float64) * torch.tensor([1.0, 2.0, 3.0, 4.0])
    old = (x @ x.T).softmax(-1) @ x
    new = (x[order] @ x[order].T).softmax(-1) @ x[order]
    want = [int((old - c).norm(dim=1).argmin()) + 1 for c in new]
    mistakes = {
        "That would be so if contexts belonged to places; they belong to words.":
            [1, 2, 3, 4],
        "That is the inverse order: which new place each old word has.": [2, 4, 1, 3],
        "Counted from 0; the question counts from 1.": [2, 0, 3, 1],
        "That is the reverse order.": [2, 4, 1, 3][::-1],
    }  # fmt: skip
    check(contexts_after, want, mistakes, what="contexts_after")


@test_case(
    name="cost",
    points=0.5,
    hidden=True,
    failure_message="Both terms count, and the inequality can be divided by 2nd.",
)
def test_cost(multiplications, longest):
    n, d = 100, 50
    want = 4 * n * d**2 + 2 * n**2 * d
    mistakes = {
        "The projections are left out.": 2 * n**2 * d,
        "Scores and contexts are left out.": 4 * n * d**2,
        "n and d are exchanged.": 4 * d * n**2 + 2 * d**2 * n,
        "Scores or contexts are left out: both cost n^2 d.": 4 * n * d**2 + n**2 * d,
    }
    check(multiplications, want, mistakes, what="multiplications")
    fits = [k for k in range(1, 1000) if 4 * k * d**2 + 2 * k**2 * d <= 6 * k * d**2]
    mistakes = {
        "At n = d the two are equal, and equal is allowed.": d - 1,
        "Without the projections it would be so; they count.": 3 * d,
        "The terms are 4nd^2 and 2n^2d; divide by 2nd.": 2 * d,
        "The remaining 2nd^2 is divided by 2nd once more.": 1,
        "Twice n is left on one side: divide by 2nd.": d // 2,
    }
    check(longest, len(fits), mistakes, what="longest")


@test_case(
    name="layers",
    points=0.5,
    hidden=True,
    failure_message="A layer carries 3 places further, and 99 have to be crossed.",
)
def test_layers(layers_needed):
    reach, layers = 0, 0
    while reach < 99:
        reach, layers = reach + 3, layers + 1
    mistakes = {
        "From the first to the last of 100 places there are 99 steps.": 34,
        "A layer carries 3 places to each side, not 7.": 15,
        "A layer carries 3 places to each side, not 6.": 17,
        "That is self-attention; a convolution sees its window only.": 1,
        "That is an RNN: one place a step.": 99,
        "Windows grow by 6 with each layer, and half of that lies on this side.": 16,
        "Windows of 7 overlap; they grow by 3 on this side.": 14,
    }
    check(layers_needed, layers, mistakes, what="layers_needed")
