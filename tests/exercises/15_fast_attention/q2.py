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


def right_windowed(q, k, v, D):
    """Torch's own, with a mask."""
    at = torch.arange(q.shape[1])
    back = at[:, None] - at
    seen = (back >= 0) & (back <= D)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, seen)


def window_mistakes(q, k, v, D):
    """What wrong windows give, by a sentence that says what is wrong."""
    n, d = q.shape[1:]
    at = torch.arange(n)
    back = at[:, None] - at

    def read(seen, scale=d**0.5, q=q, k=k, v=v):
        e = (q @ k.mT / scale).masked_fill(~seen, -torch.inf)
        return e.softmax(-1).nan_to_num(0.0) @ v

    seen = (back >= 0) & (back <= D)
    pad_k = torch.nn.functional.pad(k, (0, 0, D, 0)).unfold(1, D + 1, 1).mT
    pad_v = torch.nn.functional.pad(v, (0, 0, D, 0)).unfold(1, D + 1, 1).mT
    leaky = ((q[:, :, None] * pad_k).sum(-1) / d**0.5).softmax(-1)
    first = (at[:, None] + torch.arange(-D, 1)).clamp(min=0)
    again = ((q[:, :, None] * k[:, first]).sum(-1) / d**0.5).softmax(-1)
    plain = (seen / seen.sum(-1, keepdim=True)).to(v.dtype) @ v
    return {
        "The window holds D + 1 places, t itself included; here it holds D.":
            read((back >= 0) & (back < D)),
        "The window reaches back D places, not D + 1.":
            read((back >= 0) & (back <= D + 1)),
        "A place sees itself, the last of its window.":
            read((back >= 1) & (back <= D)),
        "The window reaches into the future; it ends at t.": read(back.abs() <= D),
        "The window looks ahead instead of back.": read((back <= 0) & (-back <= D)),
        "There is no window: every place sees the whole past.": read(back >= 0),
        "There is no window and no causal mask.": read(back >= -n),
        "The places before the start are zeros, and take a share: hide them.":
            (leaky[..., None] * pad_v).sum(2),
        "The first place counts again and again: hide what is before the start.":
            (again[..., None] * v[:, first]).sum(2),
        "The scale is missing.": read(seen, scale=1.0),
        "The scale is a root: sqrt(d), not d.": read(seen, scale=d),
        "The scale is the root of the keys' width, not of the window's.":
            read(seen, scale=(D + 1) ** 0.5),
        "All places of a window weigh the same; the scores decide.":
            plain.expand_as(v),
        "Queries and keys are exchanged.": read(seen, q=k, k=q),
        "The window is cut into blocks; it slides.":
            read(seen & (at[:, None] // (D + 1) == at // (D + 1))),
    }  # fmt: skip


OK_FORMAT = False
name = "q2"
points = 3


@test_case(
    name="windows",
    points=1,
    hidden=False,
    failure_message="Place t sees t - D to t, itself included, and nothing before the start.",
)
def test_windows(windowed):
    for seed, D in zip(seeds(), (2, 1, 3)):
        inputs = *normal(seed, (2, 11, 5), (2, 11, 5), (2, 11, 5)), D
        want = right_windowed(*inputs)
        check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Values may have another width; keep the dtype, leave the inputs as they are, let gradients through.",
)
def test_double_precision_inputs_that_stay_and_gradients(windowed):
    shapes = (3, 7, 5), (3, 7, 5), (3, 7, 2)
    inputs = *normal(seeds()[0], *shapes, dtype=torch.float64), 2
    want = right_windowed(*inputs)
    check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")
    unchanged(windowed, *inputs)
    differentiable(windowed, right_windowed, inputs, to=(0, 1, 2))


@test_case(
    name="narrow and wide windows",
    points=1,
    hidden=True,
    failure_message="D may be 0 or larger than the sequence, and a sequence may be one place long.",
)
def test_narrow_and_wide_windows(windowed):
    settings = (1, 1, 3, 2, 2), (2, 5, 3, 7, 0), (3, 5, 2, 3, 11), (1, 13, 7, 5, 4)
    for seed in seeds(5)[3:]:
        for b, n, d, d_v, D in settings:
            shapes = (b, n, d), (b, n, d), (b, n, d_v)
            inputs = *normal(seed, *shapes, dtype=torch.float64), D
            want = right_windowed(*inputs)
            check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")
            unchanged(windowed, *inputs)
            differentiable(windowed, right_windowed, inputs, to=(0, 1, 2))
