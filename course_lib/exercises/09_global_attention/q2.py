# Made by exercises/_source/build.py from 09_global_attention.py: edit that file instead.
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
    """True where a word is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


def location_inputs(seed, lengths, m, d_s, max_n, extra=0, dtype=torch.float32):
    """Random s, W_a and a mask, `extra` places of which are hidden for all."""
    s, W_a = normal(seed, (len(lengths), m, d_s), (max_n, d_s), dtype=dtype)
    return s, W_a, ragged(lengths, max(lengths) + extra)


def location_by_loops(s, W_a, mask):
    """The right answer, position by position."""
    rows = []
    for b in range(len(s)):
        seen = torch.tensor([i for i in range(mask.shape[-1]) if mask[b, 0, i]])
        for s_t in s[b]:
            alpha = torch.softmax(torch.stack([W_a[i] @ s_t for i in seen]), 0)
            zeros = torch.zeros(mask.shape[-1], dtype=s.dtype)
            rows.append(zeros.index_put((seen,), alpha))
    return torch.stack(rows).view(len(s), s.shape[1], -1)


def location_mistakes(s, W_a, mask):
    """What wrong weights are, by a sentence that says what is wrong."""
    n, low = mask.shape[-1], -1e9
    whole = s @ W_a.T
    e, last = whole[..., :n], whole[..., -n:]
    hidden = e.masked_fill(~mask, low)
    alpha = hidden.softmax(-1)
    cut = whole.softmax(-1)[..., :n]
    return {
        "The softmax ran over all rows of W_a; places beyond the source take no part.":
            cut,
        "The softmax ran over all rows of W_a, hidden places included; then they were "
        "set to 0.": cut * mask,
        "The mask is not used: hidden words have weight.": e.softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": e.softmax(-1) * mask,
        "The mask is upside down: True means visible.":
            e.masked_fill(mask, low).softmax(-1),
        "The words stand in the first n places; these are the last.":
            last.masked_fill(~mask, low).softmax(-1),
        "The softmax ran over the positions t, not over the places (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the places (the last axis).":
            hidden.softmax(0) * mask,
        "Those are scores; the softmax is missing.": e,
        "Those are scores with 0 for hidden words; the softmax is missing.": e * mask,
        "The weights are not normalised: divide by their sum.": e.exp() * mask,
        "Each logistic function stands alone; weights must sum to 1.":
            torch.sigmoid(e) * mask,
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            (e * mask).softmax(-1),
        "A score of 0 takes part in the sum, for exp(0) is 1; use minus infinity.":
            (e * mask).softmax(-1) * mask,
        "Those are logarithms of the weights.": hidden.log_softmax(-1),
        "All weight is on the best place: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], low).softmax(-1),
        "This score is not divided by a root.":
            (hidden / math.sqrt(s.shape[-1])).softmax(-1),
        "Everybody has the weights of the first position.":
            alpha[:, :1].expand_as(alpha),
        "The softmax was taken twice.":
            alpha.masked_fill(~mask, low).softmax(-1) * mask,
        "All visible words weigh the same; W_a s_t decides.":
            (mask / mask.sum(-1, keepdim=True)).expand_as(e).to(e),
        "The bend does not belong here: the scores are W_a s_t.":
            torch.tanh(e).masked_fill(~mask, low).softmax(-1),
    }  # fmt: skip


def check_location(location_weights, *inputs):
    want, lines = location_by_loops(*inputs), location_mistakes(*inputs)
    alpha = call(location_weights, *inputs)
    check(alpha, want, lines, what="alpha")
    nothing(alpha, inputs[2])


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="shorter than the longest",
    points=1,
    hidden=False,
    failure_message="Cut the scores to the first n places, hide what is hidden, then take the softmax.",
)
def test_shorter_than_the_longest(location_weights):
    for seed in seeds():
        inputs = location_inputs(seed, (5, 2, 3), m=4, d_s=7, max_n=11)
        check_location(location_weights, *inputs)


@test_case(
    name="double and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs alone, and let gradients reach s and W_a.",
)
def test_double_and_gradients(location_weights):
    for seed in seeds():
        inputs = location_inputs(seed, (3, 5), 2, 3, 7, dtype=torch.float64)
        check_location(location_weights, *inputs)
        unchanged(location_weights, *inputs)
        differentiable(location_weights, location_by_loops, inputs, to=(0, 1))
