# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


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
    for seed in seeds():
        (e,) = normal(seed, (3, 5, 7))
        lengths = 6, 2, 4
        mask = ragged(lengths, 7)
        want = torch.zeros(3, 5, 7)
        for b, n in enumerate(lengths):
            want[b, :, :n] = torch.softmax(e[b, :, :n], -1)
        hidden = e.masked_fill(~mask, -1e9)
        inverted = e.masked_fill(mask, -1e9).softmax(-1)
        best = torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0)
        share = (e * mask) / (e * mask).sum(-1, keepdim=True)
        mistakes = {
            "The mask is not used: padding has weight.": e.softmax(-1),
            "The mask is upside down: True means visible.": inverted,
            "The mask came after the softmax: weights must sum to 1.": (
                e.softmax(-1) * mask
            ),
            "The softmax ran over the queries, not over the keys (the last axis).": (
                hidden.softmax(1) * mask
            ),
            "The softmax ran over the batch, not over the keys (the last axis).": (
                hidden.softmax(0) * mask
            ),
            "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.": (
                (e * mask).softmax(-1)
            ),
            "All weight is on the best key: argmax instead of softmax.": best,
            "The weights are not normalised: divide by their sum.": e.exp() * mask,
            "These are logarithms of the weights.": hidden.log_softmax(-1),
            "The scores are normalised without the exponential.": share,
        }
        alpha = call(masked_softmax, e, mask)
        check(alpha, want, mistakes, what="alpha")
        nothing(alpha * ~mask)


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
        unchanged(masked_softmax, e, mask)


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
            "The softmax saw the padding; hide it before, not after.": torch.nan_to_num(
                e.softmax(-1) * mask / (e.softmax(-1) * mask).sum(-1, keepdim=True)
            ),
        }
        what = f"alpha for {dtype} scores near {shift}"
        check(call(masked_softmax, e, mask), want.to(dtype), mistakes, what=what)


@test_case(
    name="a mask of its own for every query",
    points=0.5,
    hidden=True,
    failure_message="The mask may differ from query to query, some rows may see nothing, padding may have the largest score, and neither scores nor mask may change.",
)
def test_a_mask_of_its_own_for_every_query(masked_softmax):
    for seed in seeds(5)[3:]:
        for (b, m, n), dtype in (
            ((2, 7, 5), torch.float64),
            ((1, 1, 3), torch.float32),
            ((5, 3, 11), torch.float16),
        ):
            e, draw = normal(seed, (b, m, n), (b, m, n))
            mask = draw > 0
            mask[0, 0] = False
            # visible scores near 300 or -300, row by row, hidden ones 300 higher
            sign = 1 - 2 * (torch.arange(b * m) % 2).view(b, m, 1)
            e = (e + 300 * sign + 300 * ~mask).to(dtype)
            want = torch.zeros(b, m, n, dtype=torch.float64)
            for row in range(b):
                for t in range(m):
                    seen = mask[row, t]
                    if seen.any():
                        want[row, t, seen] = torch.softmax(e[row, t, seen].double(), -1)
            alpha = call(masked_softmax, e, mask)
            check(alpha, want.to(dtype), what="alpha")
            nothing(alpha * ~mask)
            unchanged(masked_softmax, e, mask)
