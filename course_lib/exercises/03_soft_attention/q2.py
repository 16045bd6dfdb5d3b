# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def right_weights(e, mask):
    """Row by row, over the visible keys only."""
    rows = []
    for scores, seen in zip(e.flatten(0, 1), mask.expand_as(e).flatten(0, 1)):
        row = torch.zeros_like(scores)
        if seen.any():
            row = row.masked_scatter(seen, scores[seen].softmax(0))
        rows.append(row)
    return torch.stack(rows).view_as(e)


def weight_mistakes(e, mask):
    """What wrong weights are, by a sentence that says what is wrong."""
    hidden, far = e.masked_fill(~mask, -1e9), e.masked_fill(~mask, -20.0)
    late, raw = e.softmax(-1) * mask, e.exp() * mask
    zeroed = e * mask
    count = mask.sum(-1, keepdim=True)
    return {
        "The mask is not used: padding has weight.": e.softmax(-1),
        "The mask is upside down: True means visible.":
            e.masked_fill(mask, -1e9).softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": late,
        "The softmax ran over the queries, not over the keys (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the keys (the last axis).":
            hidden.softmax(0) * mask,
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            zeroed.softmax(-1),
        "A score of 0 takes part in the sum, for exp(0) is 1; use minus infinity.":
            zeroed.softmax(-1) * mask,
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "All visible keys weigh the same; the scores decide.":
            (mask / count).expand_as(e).to(e),
        "The weights are not normalised: divide by their sum.": raw,
        "The weights are divided by the largest of them, not by their sum.":
            raw / raw.amax(-1, keepdim=True),
        "The weights are divided by all sums together, not row by row.":
            raw / raw.sum(),
        "The weights are divided by the number of keys, not by their sum.": raw / count,
        "These are logarithms of the weights.": hidden.log_softmax(-1),
        "These are logarithms of the weights, with 0 where a key is hidden.":
            hidden.log_softmax(-1) * mask,
        "The scores are normalised without the exponential.":
            zeroed / zeroed.sum(-1, keepdim=True),
        "The absolute scores are normalised, without the exponential.":
            (e.abs() * mask) / (e.abs() * mask).sum(-1, keepdim=True),
        "The positive scores are normalised, without the exponential.":
            (e.relu() * mask) / (e.relu() * mask).sum(-1, keepdim=True).clamp(min=1e-9),
        "All queries together sum to 1; each query should.":
            hidden.flatten(1).softmax(-1).view_as(e),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], -1e9).softmax(-1),
        "Softmax goes by exp(e), not by exp(-e).": (-e).masked_fill(
            ~mask, -1e9
        ).softmax(-1),
        "The scores are divided by a root; here they stay as they are.":
            (hidden / math.sqrt(e.shape[-1])).softmax(-1),
        "The softmax was taken twice.":
            (hidden.softmax(-1).masked_fill(~mask, -1e9)).softmax(-1),
        "A finite number stands where minus infinity belongs.": far.softmax(-1),
        "A finite number in place of minus infinity takes part in the sum.":
            far.softmax(-1) * mask,
        "Each logistic function stands alone; weights must sum to 1.":
            torch.sigmoid(e) * mask,
    }  # fmt: skip


def nothing(weights):
    if weights.any():
        raise Wrong(
            "a padded key has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


OK_FORMAT = False
name = "q2"
points = 2


@test_case(
    name="padding gets nothing and the rest sums to one",
    points=0.5,
    hidden=False,
    failure_message="Hide the padded scores first, then take the softmax over the keys (the last axis).",
)
def test_padding_gets_nothing_and_the_rest_sums_to_one(masked_softmax):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        (e,) = normal(seed, (3, 5, 7), dtype=dtype)
        mask = ragged((6, 2, 4), 7)
        want = right_weights(e, mask)
        mistakes = weight_mistakes(e, mask)
        alpha = call(masked_softmax, e, mask)
        check(alpha, want, mistakes, what="alpha")
        nothing(alpha * ~mask)
        unchanged(masked_softmax, e, mask)
        differentiable(masked_softmax, right_weights, (e, mask))


@test_case(
    name="row without a visible key is all zero",
    points=0.5,
    hidden=False,
    failure_message="A row of minus infinity alone gives NaN, and a row of -1e9 alone gives equal weights; set hidden weights to 0 at the end.",
)
def test_row_without_a_visible_key_is_all_zero(masked_softmax):
    for seed in seeds():
        (e,) = normal(seed, (3, 2, 5))
        mask = ragged((5, 0, 3), 5)
        want = torch.zeros(3, 2, 5)
        for b, n in ((0, 5), (2, 3)):
            want[b, :, :n] = torch.softmax(e[b, :, :n], -1)
        uniform = e.masked_fill(~mask, -1e9).softmax(-1)
        mistakes = {"Equal scores give equal weights; set hidden ones to 0.": uniform}
        check(call(masked_softmax, e, mask), want, mistakes, what="alpha")


@test_case(
    name="half precision and very large scores",
    points=0.5,
    hidden=False,
    failure_message="Something overflows; fill with minus infinity before the softmax, and leave the exponential to torch's own softmax.",
)
def test_half_precision_and_very_large_scores(masked_softmax):
    kinds = torch.float32, torch.float16, torch.bfloat16
    for dtype, shift in [(dtype, shift) for dtype in kinds for shift in (700, -900)]:
        (e,) = normal(seeds()[0], (3, 2, 7))
        lengths = 4, 7, 2
        mask = ragged(lengths, 7)
        # padding has the largest scores by far
        e = (e + 500.0 * torch.arange(7) * ~mask + shift).to(dtype)
        want = torch.zeros(3, 2, 7, dtype=torch.float64)
        for b, n in enumerate(lengths):
            want[b, :, :n] = torch.softmax(e[b, :, :n].double(), -1)
        mistakes = {
            "The number that stands for minus infinity is not small enough.": (
                e.masked_fill(~mask, -20.0).softmax(-1) * mask
            ),
            "The number that stands for minus infinity is too large.": (
                e.masked_fill(~mask, -20.0).softmax(-1)
            ),
            "The softmax saw the padding; hide it before, not after.": torch.nan_to_num(
                e.softmax(-1) * mask / (e.softmax(-1) * mask).sum(-1, keepdim=True)
            ),
            "The largest score of all is taken off every row; take off its own largest "
            "visible one.": torch.nan_to_num(
                (e - e.max()).exp()
                * mask
                / ((e - e.max()).exp() * mask).sum(-1, keepdim=True)
            ),
        }
        what = f"alpha for {dtype} scores near {shift}"
        check(call(masked_softmax, e, mask), want.to(dtype), mistakes, what=what)
