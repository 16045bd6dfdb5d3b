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


def note_inputs(seed, x_lengths, y_lengths, d, n_max, dtype=torch.float32):
    """A batch of pairs of these lengths; padding is not zero."""
    mask_x, mask_y = real(x_lengths), real(y_lengths)
    b = len(x_lengths)
    shapes = (b, mask_x.shape[1], d), (b, mask_y.shape[1], d), (n_max, d)
    return *normal(seed, *shapes, dtype=dtype), mask_x, mask_y


def right_notes(x, y, W, mask_x, mask_y):
    """Word by word."""
    xs, ys = [], []
    for s in range(len(x)):
        A = {
            (i, j): 1 / (1 + ((x[s, i] - y[s, j]) ** 2).sum().sqrt())
            for i in range(x.shape[1])
            for j in range(y.shape[1])
            if mask_x[s, i] and mask_y[s, j]
        }
        for i in range(x.shape[1]):
            found = (A[i, j] * W[j] for j in range(y.shape[1]) if (i, j) in A)
            xs.append(torch.cat([x[s, i], sum(found, torch.zeros_like(W[0]))]))
        for j in range(y.shape[1]):
            found = (A[i, j] * W[i] for i in range(x.shape[1]) if (i, j) in A)
            ys.append(torch.cat([y[s, j], sum(found, torch.zeros_like(W[0]))]))
    wide = 2 * x.shape[-1]
    return (
        torch.stack(xs).view(*x.shape[:2], wide),
        torch.stack(ys).view(*y.shape[:2], wide),
    )


def note_mistakes(x, y, W, mask_x, mask_y):
    """What known mistakes give: sentence -> x', y'."""
    n, m = x.shape[1], y.shape[1]
    difference = x[:, :, None] - y[:, None]
    far = difference.norm(dim=-1)
    both = mask_x[:, :, None] & mask_y[:, None]
    A = (1 / (1 + far)) * both
    at_x, at_y = mask_x[:, :, None].expand_as(both), mask_y[:, None].expand_as(both)

    def notes(A):
        return (
            torch.cat([x, A @ W[:m]], -1),
            torch.cat([y, A.mT @ W[:n]], -1),
        )

    dots, exact = x @ y.mT, 1 / (1 + far)
    least = torch.finfo(x.dtype).min
    by_row = dots.masked_fill(~both, least).softmax(-1) * both
    sentences = {
        "Padding matches: set A to 0 there.": exact,
        "Padding of the second sentence still matches.": exact * at_x,
        "Padding of the first sentence still matches.": exact * at_y,
        "The mask is upside down: True means real.": exact * ~both,
        "One padding is enough to hide a pair; here both must be.":
            exact * (at_x | at_y),
        "The 1 below the line is missing: equal vectors would give infinity.":
            (1 / far) * both,
        "That is the distance; a match is large where the distance is small.":
            far * both,
        "The distance is squared; take its root.":
            (1 / (1 + far**2)) * both,
        "The distance is the sum of absolute differences, not the Euclidean one.":
            (1 / (1 + difference.abs().sum(-1))) * both,
        "That is exp(-distance); the match is 1 / (1 + distance).": (-far).exp() * both,
        "That is a dot product; the match is 1 / (1 + distance).": dots * both,
        "The rows of A are normalised; this matrix is not.":
            A / A.sum(-1, keepdim=True).clamp(min=1e-9),
        "A softmax was taken; this matrix has none.": by_row,
    }  # fmt: skip
    found = {text: notes(wrong) for text, wrong in sentences.items()}
    x_note, y_note = A @ W[:m], A.mT @ W[:n]
    found["The note comes second: [x; A W]."] = (
        torch.cat([x_note, x], -1), torch.cat([y_note, y], -1)
    )  # fmt: skip
    found["The note is joined to the word, not added."] = x + x_note, y + y_note
    found["The word itself is missing: [x; A W]."] = x_note, y_note
    found["A note is made of rows of W, not of the other sentence's words."] = (
        torch.cat([x, A @ y], -1), torch.cat([y, A.mT @ x], -1)
    )  # fmt: skip
    found["The last rows of W were used; the first word takes the first."] = (
        torch.cat([x, A @ W[-m:]], -1), torch.cat([y, A.mT @ W[-n:]], -1)
    )  # fmt: skip
    found["The results come in the order x', y'."] = notes(A)[::-1]
    if n == m:
        found["A is transposed: the first sentence's words are its rows."] = notes(A.mT)
        found["The second sentence needs the transposed A."] = (
            notes(A)[0], torch.cat([y, A @ W[:n]], -1)
        )  # fmt: skip
    return found


def compare_notes(function, inputs):
    """Both results of a learner's function beside the right ones."""
    want = right_notes(*inputs)
    mistakes = note_mistakes(*inputs)
    out = unpack(call(function, *inputs), "x_wide, y_wide")
    for k, what in ((0, "x'"), (1, "y'")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="notes of ragged pairs",
    points=1,
    hidden=False,
    failure_message="First the distances, then the match, then 0 at padding, then the product with the first rows of W.",
)
def test_notes_of_ragged_pairs(with_notes):
    for seed, lengths in zip(
        seeds(), (((5, 3), (7, 2)), ((5, 2), (4, 5)), ((3, 3), (3, 3))), strict=True
    ):
        inputs = note_inputs(seed, *lengths, 3, 11)
        want = right_notes(*inputs)
        mistakes = note_mistakes(*inputs)
        out = unpack(call(with_notes, *inputs), "x_wide, y_wide")
        for k, what in ((0, "x'"), (1, "y'")):
            wrong = {text: both[k] for text, both in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Keep the inputs' dtype, leave them as they are, and let gradients reach both sentences and W.",
)
def test_double_precision_inputs_that_stay_and_gradients(with_notes):
    inputs = note_inputs(seeds()[0], (7, 4, 2), (3, 5, 5), 2, 7, torch.float64)
    compare_notes(with_notes, inputs)
    unchanged(with_notes, *inputs)
    differentiable(with_notes, right_notes, inputs, to=(0, 1, 2))


@test_case(
    name="other sizes",
    points=1,
    hidden=True,
    failure_message="One word, one pair or one number a word are cases like any other, and large numbers in the padding must not matter.",
)
def test_other_sizes(with_notes):
    settings = (
        ((1,), (1,), 5, 1),
        ((2, 7), (5, 1), 1, 7),
        ((3, 1, 2), (2, 2, 1), 11, 5),
    )
    dtypes = torch.float32, torch.float64, torch.float64
    for seed in seeds(5)[3:]:
        for setting, dtype in zip(settings, dtypes, strict=True):
            x, y, W, mask_x, mask_y = note_inputs(seed, *setting, dtype)
            x = torch.where(mask_x[..., None], x, 300.0)
            inputs = x, torch.where(mask_y[..., None], y, 300.0), W, mask_x, mask_y
            compare_notes(with_notes, inputs)
            unchanged(with_notes, *inputs)
