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


def right_annotations(features, row, column):
    """One place after another."""
    places = [
        features[:, :, r, c] + row[r] + column[c]
        for r in range(len(row))
        for c in range(len(column))
    ]
    return torch.stack(places, 1)


def annotation_mistakes(features, row, column):
    """What wrong vectors are, by a sentence that says what is wrong."""
    b, d, n_rows, n_columns = features.shape
    n = n_rows * n_columns
    place = (row[:, None] + column).flatten(0, 1)
    right = features.flatten(2).mT
    by_column = features.mT.flatten(2).mT
    other = (row + column[:, None]).flatten(0, 1)
    return {
        "A reshape to [b, n, d] mixes channels with places; move the axis.":
            features.reshape(b, n, d) + place,
        "The places are laid out column by column; i = r * C + c goes row by row.":
            by_column + other,
        "The features are laid out column by column, the positions row by row.":
            by_column + place,
        "The positions are laid out column by column, the features row by row.":
            right + other,
        "The positions are missing.": right,
        "The columns' vectors are missing.":
            right + row[:, None].expand(-1, n_columns, -1).flatten(0, 1),
        "The rows' vectors are missing.":
            right + column.expand(n_rows, -1, -1).flatten(0, 1),
        "The positions are added, not multiplied.": right * place,
        "Row and column are added, not multiplied.":
            right + (row[:, None] * column).flatten(0, 1),
        "The positions are added, not subtracted.": right - place,
        "The features are missing; these are positions only.":
            place.expand(b, -1, -1),
        "The row is that of i % R; it is that of i // C.":
            right + row[torch.arange(n) % n_rows] + column[torch.arange(n) % n_columns],
        "The positions are counted from the end.": right + place.flip(0),
        "The positions are averaged; they are added.": right + place / 2,
        "Features and positions are averaged; they are added.": (right + place) / 2,
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="places",
    points=1,
    hidden=False,
    failure_message="The order of the places, or what is added to them, is not that of the equation.",
)
def test_places(annotations):
    for seed in seeds():
        inputs = normal(seed, (2, 3, 5, 7), (5, 3), (7, 3))
        want = right_annotations(*inputs)
        mistakes = annotation_mistakes(*inputs)
        check(call(annotations, *inputs), want, mistakes, what="h")


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach all three.",
)
def test_double_precision_inputs_that_stay_and_gradients(annotations):
    shapes = (3, 7, 2, 5), (2, 7), (5, 7)
    inputs = normal(seeds()[0], *shapes, dtype=torch.float64)
    want = right_annotations(*inputs)
    check(call(annotations, *inputs), want, annotation_mistakes(*inputs), what="h")
    unchanged(annotations, *inputs)
    differentiable(annotations, right_annotations, inputs, to=(0, 1, 2))


@test_case(
    name="other grids",
    points=1,
    hidden=True,
    failure_message="Take every size from the inputs; one picture, one row, one column or one channel is a grid like any other, and a grid may be square.",
)
def test_other_grids(annotations):
    sizes = (1, 5, 1, 3), (2, 1, 3, 1), (1, 2, 1, 1), (3, 5, 3, 3), (2, 3, 3, 3)
    for seed in seeds(5)[3:]:
        for b, d, n_rows, n_columns in sizes:
            inputs = normal(
                seed, (b, d, n_rows, n_columns), (n_rows, d), (n_columns, d)
            )
            want = right_annotations(*inputs)
            mistakes = annotation_mistakes(*inputs)
            check(call(annotations, *inputs), want, mistakes, what="h")
        unchanged(annotations, *inputs)
        differentiable(annotations, right_annotations, inputs, to=(0, 1, 2))
