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


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="weights",
    points=0.5,
    hidden=False,
    failure_message="Look at alpha.sum(-1), the sum over the keys; it has to be 1 for every query.",
)
def test_weights(attend):
    for seed in seeds():
        q, k, v = normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5))
        mask = ragged((6, 4), 7)
        want = torch.zeros(2, 3, 7)
        for b, n in enumerate((6, 4)):
            want[b, :, :n] = torch.softmax(q[b] @ k[b, :n].T, -1)
        e = q @ k.mT
        hidden = e.masked_fill(~mask, -1e4)
        inverted = e.masked_fill(mask, -1e4).softmax(-1)
        scaled = (hidden / math.sqrt(5)).softmax(-1)
        mistakes = {
            "The weights sum to 1 over the queries, not over the keys.": (
                hidden.softmax(1)
            ),
            "Padding has weight now: the mask was right.": e.softmax(-1),
            "The mask was right; now it comes after the softmax.": (
                e.softmax(-1) * mask
            ),
            "The mask was right; now it is upside down.": inverted,
            "This score has no factor: e = q k.": scaled,
            "The softmax ran over the batch, not over the keys.": hidden.softmax(0),
            "The scores compare queries with keys, not with values.": (
                (q @ v.mT).masked_fill(~mask, -1e4).softmax(-1)
            ),
            "The results come in the order c, alpha.": want @ v,
        }
        _, alpha = unpack(call(attend, q, k, v, mask), "c, alpha")
        check(alpha, want, mistakes, what="alpha")


@test_case(
    name="context",
    points=0.5,
    hidden=False,
    failure_message="Look at what the weights average; a context is made of values.",
)
def test_context(attend):
    for seed in seeds():
        q, k, v = normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5))
        mask = ragged((3, 7), 7)
        want = torch.nn.functional.scaled_dot_product_attention(
            q, k, v, mask, scale=1.0
        )
        alpha = (q @ k.mT).masked_fill(~mask, -1e4).softmax(-1)
        wrong = (q @ k.mT).masked_fill(~mask, -1e4).softmax(1)
        mistakes = {
            "Both bugs are still there: look at alpha.sum(-1) first.": wrong @ k,
            "The weights average the keys; a context is made of values.": alpha @ k,
            "The weights sum to 1 over the queries, not over the keys.": wrong @ v,
        }
        c, _ = unpack(call(attend, q, k, v, mask), "c, alpha")
        check(c, want, mistakes, what="c")
        unchanged(attend, q, k, v, mask)
