# Made by exercises/_source/build.py from 05_query_key_value.py: edit that file instead.
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


def right_move(w, rho, gamma):
    """Row by row of the memory."""
    out = []
    for b in range(len(w)):
        n = w.shape[1]
        rows = [
            rho[b, 2] * w[b, (i - 1) % n]
            + rho[b, 1] * w[b, i]
            + rho[b, 0] * w[b, (i + 1) % n]
            for i in range(n)
        ]
        power = torch.stack(rows) ** gamma[b]
        out.append(power / power.sum())
    return torch.stack(out)


def move_inputs(seed, b, n, dtype=torch.float32):
    """Random heads."""
    w, rho, gamma = normal(seed, (b, n), (b, 3), (b,), dtype=dtype)
    return w.softmax(-1), rho.softmax(-1), 1.2 + gamma.abs()


def move_mistakes(w, rho, gamma):
    """What wrong weights are, by a sentence that says what is wrong."""
    n, power = w.shape[1], gamma[:, None]
    before, after = w.roll(1, -1), w.roll(-1, -1)
    back, stay, on = rho[:, 0:1], rho[:, 1:2], rho[:, 2:3]
    moved = on * before + stay * w + back * after

    def sharp(x, power=power, axis=-1):
        return x**power / (x**power).sum(axis, keepdim=True)

    wrong_way = on * after + stay * w + back * before
    early, late = before.clone(), after.clone()
    early[:, 0], late[:, -1] = 0, 0
    open_end = on * early + stay * w + back * late
    early[:, 0], late[:, -1] = w[:, 0], w[:, -1]
    held = on * early + stay * w + back * late
    x = sharp(w)
    late_shift = on * x.roll(1, -1) + stay * x + back * x.roll(-1, -1)
    best = torch.zeros_like(w).scatter(-1, moved.argmax(-1, keepdim=True), 1.0)
    return {
        "It moves the wrong way: +1 takes the weight of row 1 to row 2.":
            sharp(wrong_way),
        "The ends are open: behind the last row comes the first.": sharp(open_end),
        "The ends hold their weight: behind the last row comes the first.":
            sharp(held),
        "Shift first, then sharpen.": late_shift,
        "The sharpening is missing.": moved,
        "The shift is missing.": sharp(w),
        "The weights are not normalised after the power.": moved**power,
        "gamma is an exponent, not a factor of the softmax.":
            (power * moved).softmax(-1),
        "gamma is an exponent; here it divides the exponent.":
            sharp(moved, 1 / power),
        "The sum runs over the batch, not over the rows of the memory.":
            sharp(moved, axis=0),
        "Everybody has the first head's gamma.": sharp(moved, gamma[:1, None]),
        "Everybody has the first head's moves.": sharp(
            rho[:1, 2:3] * before + rho[:1, 1:2] * w + rho[:1, 0:1] * after
        ),
        "All weight is on the best row: that is gamma without bound.": best,
        "It moves two rows, not one.": sharp(
            on * w.roll(2, -1) + stay * w + back * w.roll(-2, -1)
        ),
        "The order of rho is back, stay, on.":
            sharp(back * w + stay * before + on * after),
        "The order of rho is -1, 0, +1; here stay comes first.":
            sharp(back * w + stay * after + on * before),
        "The powers are divided by their number, not by their sum.":
            moved**power / n,
        "Divide by the sum, not by the largest.":
            moved**power / (moved**power).amax(-1, keepdim=True),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="new weights",
    points=1,
    hidden=False,
    failure_message="Each row takes from its two neighbours on the circle, and the power comes after the shift.",
)
def test_new_weights(shift_and_sharpen):
    for seed in seeds():
        inputs = move_inputs(seed, 3, 7)
        want = right_move(*inputs)
        mistakes = move_mistakes(*inputs)
        check(call(shift_and_sharpen, *inputs), want, mistakes, what="w")


@test_case(
    name="gradients and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach all three.",
)
def test_gradients_and_inputs_that_stay(shift_and_sharpen):
    inputs = move_inputs(seeds()[0], 2, 5, torch.float64)
    want = right_move(*inputs)
    mistakes = move_mistakes(*inputs)
    check(call(shift_and_sharpen, *inputs), want, mistakes, what="w")
    unchanged(shift_and_sharpen, *inputs)
    differentiable(shift_and_sharpen, right_move, inputs, to=(0, 1, 2))


@test_case(
    name="other sizes and one hot heads",
    points=1,
    hidden=True,
    failure_message="One head, two rows or one row is a memory like any other, and so is a head that stands on one row alone.",
)
def test_other_sizes_and_one_hot_heads(shift_and_sharpen):
    for seed in seeds(5)[3:]:
        for b, n in ((1, 5), (5, 2), (3, 1), (2, 13)):
            w, rho, gamma = move_inputs(seed, b, n, torch.float64)
            want = right_move(w, rho, gamma)
            mistakes = move_mistakes(w, rho, gamma)
            check(call(shift_and_sharpen, w, rho, gamma), want, mistakes, what="w")
            w = torch.eye(n, dtype=torch.float64)[torch.arange(b) % n]
            rho = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64).repeat(b, 1)
            want = right_move(w, rho, gamma)
            mistakes = move_mistakes(w, rho, gamma)
            check(call(shift_and_sharpen, w, rho, gamma), want, mistakes, what="w")
