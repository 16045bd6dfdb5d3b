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


def right_window(p, lengths, n, D):
    """Place by place."""
    seen = torch.zeros(*p.shape, n, dtype=torch.bool)
    for b, row in enumerate(p.tolist()):
        for t, place in enumerate(row):
            for i in range(int(lengths[b])):
                seen[b, t, i] = abs(i - round(place)) <= D
    return seen


def window_mistakes(p, lengths, n, D):
    """What a wrong window is, by a sentence that says what is wrong."""
    i = torch.arange(n)
    real = i < lengths[:, None, None]
    x = i - p.round()[..., None]
    last = (lengths[:, None] - 1).to(p)
    moved = torch.minimum(p.round().clamp(min=D), (last - D).clamp(min=0))
    size = lengths[:, None, None]
    return {
        "Padding is visible: places behind a sentence's length are hidden.":
            x.abs() <= D,
        "The window is upside down: True means visible.": ~((x.abs() <= D) & real),
        "The window is too narrow: |i - p| = D is inside.": (x.abs() < D) & real,
        "The place p + D is missing: a slice ends before its end.":
            (x >= -D) & (x < D) & real,
        "The place p - D is missing.": (x > -D) & (x <= D) & real,
        "The window is D wide in all; it reaches D to each side.":
            (2 * x.abs() <= D) & real,
        "The window reaches 2D to each side; D is enough.": (x.abs() <= 2 * D) & real,
        "The place was cut to a whole number, not rounded.":
            ((i - p.floor()[..., None]).abs() <= D) & real,
        "The place was rounded up.": ((i - p.ceil()[..., None]).abs() <= D) & real,
        "The place is not rounded: its fraction takes part in the comparison.":
            ((i - p[..., None]).abs() <= D) & real,
        "The window looks back only.": (x <= 0) & (x >= -D) & real,
        "The window looks ahead only.": (x >= 0) & (x <= D) & real,
        "The window is cut at the ends, not shifted inside.":
            ((i - moved[..., None]).abs() <= D) & real,
        "The window goes round the end; it is cut there.":
            ((x % size).minimum(-x % size) <= D) & real,
        "Places count from 0; here they count from 1.":
            ((x + 1).abs() <= D) & (i + 1 < size),
        "Places count from 0; here they count from 1 inside the window.":
            ((x + 1).abs() <= D) & real,
        "Everybody has the first sentence's length.":
            (x.abs() <= D) & (i < lengths[0]),
        "The last word of a sentence is hidden too: i < T_x.":
            (x.abs() <= D) & (i < lengths[:, None, None] - 1),
        "One place behind the sentence is visible: i < T_x.":
            (x.abs() <= D) & (i <= lengths[:, None, None]),
        "Padding alone is hidden; the window is missing.":
            real.expand(*p.shape, n),
    }  # fmt: skip


def places(seed, b, m, n, dtype=torch.float32):
    """Places from one before the first to one behind the last, none half-way."""
    made = torch.Generator().manual_seed(seed)
    whole = torch.randint(-1, n + 1, (b, m), generator=made)
    part = (torch.rand(b, m, generator=made) - 0.5) * 0.9
    return (whole + part).to(dtype)


OK_FORMAT = False
name = "q1"
points = 2.5


@test_case(
    name="windows in the middle and at the ends",
    points=1,
    hidden=False,
    failure_message="Compare |i - round(p)| with D for every place i, the places as a last axis, and hide the places from T_x on.",
)
def test_windows_in_the_middle_and_at_the_ends(window):
    for seed in seeds():
        lengths = torch.tensor([7, 11, 5])
        inputs = places(seed, 3, 13, 11), lengths, 11, 2
        want = right_window(*inputs)
        mistakes = window_mistakes(*inputs)
        check(call(window, *inputs), want, mistakes, what="the window")


@test_case(
    name="double precision and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Leave p and the lengths as they are, and give back a bool tensor.",
)
def test_double_precision_and_inputs_that_stay(window):
    inputs = (
        places(seeds()[0], 2, 5, 13, torch.float64),
        torch.tensor([13, 3]),
        13,
        3,
    )
    want = right_window(*inputs)
    mistakes = window_mistakes(*inputs)
    check(call(window, *inputs), want, mistakes, what="the window")
    unchanged(window, *inputs)
