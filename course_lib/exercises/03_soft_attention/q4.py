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


def right_attention(q, k, v, mask):
    """Torch's own, with the weights read off an identity in place of the values."""
    fused = torch.nn.functional.scaled_dot_product_attention
    eye = torch.eye(k.shape[1], dtype=k.dtype).expand(len(k), -1, -1)
    return fused(q, k, v, mask, scale=1.0), fused(q, k, eye, mask, scale=1.0)


def attend_mistakes(q, k, v, mask):
    """What wrong repairs give: sentence -> c, alpha."""
    e = q @ k.mT
    hidden, n = e.masked_fill(~mask, -1e4), k.shape[1]
    right = hidden.softmax(-1)
    over_queries = hidden.softmax(1)
    own = (k @ k.mT).masked_fill(~mask, -1e4).softmax(-1)
    d_k = q.shape[-1]
    sentences = {
        "Padding has weight now: the mask was right.": e.softmax(-1),
        "The mask was right; now it comes after the softmax.": e.softmax(-1) * mask,
        "The mask was right; now it is upside down.":
            e.masked_fill(mask, -1e4).softmax(-1),
        "This score has no factor: e = q k.": (hidden / math.sqrt(d_k)).softmax(-1),
        "This score has no factor, and no 1/d either: e = q k.":
            (e / d_k).masked_fill(~mask, -1e4).softmax(-1),
        "The sign of the score is wrong.": (-e).masked_fill(~mask, -1e4).softmax(-1),
        "The score is a dot product, not a distance.":
            (-torch.cdist(q, k)).masked_fill(~mask, -1e4).softmax(-1),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], -1e4).softmax(-1),
        "The softmax still runs over the queries; dividing by a sum comes too late.":
            over_queries / over_queries.sum(-1, keepdim=True),
        "One softmax is enough, over the keys; another runs over the queries.":
            over_queries.softmax(-1),
        "One softmax is enough, over the keys; another one over the queries is "
        "multiplied in.": over_queries * right,
        "The number that stands for minus infinity is not small enough.":
            e.masked_fill(~mask, -10.0).softmax(-1),
        "The score is a dot product, not a cosine.":
            (q / q.norm(dim=-1, keepdim=True)
             @ (k / k.norm(dim=-1, keepdim=True)).mT).masked_fill(~mask, -1e4)
            .softmax(-1),
        "The softmax ran over the batch, not over the keys.": hidden.softmax(0),
        "The softmax was taken twice.": right.masked_fill(~mask, -1e4).softmax(-1),
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "Queries and keys are both keys now; the queries ask.": own,
    }  # fmt: skip
    summed = None
    if v.shape == k.shape:
        summed = right @ (k + v)
        sentences["The scores compare queries with keys, not with values."] = (
            (q @ v.mT).masked_fill(~mask, -1e4).softmax(-1)
        )
    found = {text: (alpha @ v, alpha) for text, alpha in sentences.items()}
    if summed is not None:
        text = "The keys are added to the values; a context is made of values."
        found[text] = summed, right
    return {
        "The weights sum to 1 over the queries, not over the keys.": (
            over_queries @ v, over_queries
        ),
        "Both bugs are still there: look at alpha.sum(-1) first.": (
            over_queries @ k, over_queries
        ),
        "The weights average the keys; a context is made of values.": (
            right @ k, right
        ),
        "The context is a plain mean of the values; weigh them by alpha.": (
            v.mean(1, keepdim=True).expand_as(right @ v), right
        ),
        "The results come in the order c, alpha.": (right, right @ v),
        "That is e; the weights are its softmax.": (right @ v, hidden),
        "Those are logarithms of the weights.": (right @ v, right.log()),
        **found,
    }  # fmt: skip


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
        inputs = *normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5)), ragged((6, 4), 7)
        _, want = right_attention(*inputs)
        lines = attend_mistakes(*inputs)
        _, alpha = unpack(call(attend, *inputs), "c, alpha")
        check(alpha, want, {k: v[1] for k, v in lines.items()}, what="alpha")


@test_case(
    name="context",
    points=0.5,
    hidden=False,
    failure_message="Look at what the weights average; a context is made of values.",
)
def test_context(attend):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = (
            *normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5), dtype=dtype),
            ragged((3, 7), 7),
        )
        want, weights = right_attention(*inputs)
        lines = attend_mistakes(*inputs)
        c, alpha = unpack(call(attend, *inputs), "c, alpha")
        check(c, want, {k: v[0] for k, v in lines.items()}, what="c")
        check(alpha, weights, {k: v[1] for k, v in lines.items()}, what="alpha")
        unchanged(attend, *inputs)
        differentiable(attend, right_attention, inputs, to=(0, 1, 2))
