# Made by exercises/_source/build.py from 08_hard_attention.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    call,
    check,
    differentiable,
    seeds,
    unchanged,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


def ragged(lengths, n):
    """True where a place is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def right_topk(e, mask, k):
    """Row by row, by sorting."""
    alpha, seen = torch.zeros_like(e), mask.expand_as(e)
    for x in range(e.shape[0]):
        for t in range(e.shape[1]):
            visible = [i for i in range(e.shape[2]) if seen[x, t, i]]
            visible.sort(key=lambda i: -float(e[x, t, i]))
            for i in visible[:k]:
                alpha[x, t, i] = 1 / len(visible[:k])
    return alpha


def topk_mistakes(e, mask, k):
    """What wrong weights are, by a sentence that says what is wrong."""
    want = right_topk(e, mask, k)
    chosen = (want > 0).to(e)
    everything = torch.ones_like(mask)
    unmasked = right_topk(e, everything, k)
    low = e.masked_fill(~mask, -1e4)
    fewer, more = right_topk(e, mask, max(k - 1, 1)), right_topk(e, mask, k + 1)
    return {
        "The chosen places have weight 1 each; they share 1.": chosen,
        "1/k each is too little where fewer than k places are visible.": chosen / k,
        "The mask is not used: hidden places are chosen.": unmasked,
        "The mask came after the choice: hidden places took a share.": unmasked * mask,
        "The mask is upside down: True means visible.": right_topk(e, ~mask, k),
        "Those are the lowest scores.": right_topk(-e, mask, k),
        "Those are the largest scores without their signs.":
            right_topk(e.abs(), mask, k),
        "The best were sought among the queries, not among the places.":
            right_topk(low.mT, torch.ones_like(low.mT).bool(), k).mT,
        "The chosen places share evenly; no softmax among them.":
            low.masked_fill(want == 0, -1e4).softmax(-1) * chosen,
        "That is softmax over all places; only k are chosen.": low.softmax(-1) * mask,
        "That is argmax: one place instead of k.": right_topk(e, mask, 1),
        "One place too few.": fewer,
        "One place too many.": more,
        "Those are the scores of the chosen places; they share 1.": e * chosen,
        "A score of 0 is not hidden: it beats the negative ones.":
            right_topk(e * mask, everything, k),
        "Everybody has the first mask of the batch.":
            right_topk(e, mask[:1].expand(len(e), -1, -1), k),
        "All visible places share; only the k best should.":
            right_topk(e, mask, e.shape[-1]),
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="best places",
    points=1,
    hidden=False,
    failure_message="Hide first, then choose the k highest along the last axis, then share.",
)
def test_best_places(topk_weights):
    for seed in seeds():
        (e,) = normal(seed, (2, 3, 7))
        mask = ragged((7, 5), 7)
        want, mistakes = right_topk(e, mask, 3), topk_mistakes(e, mask, 3)
        check(call(topk_weights, e, mask, 3), want, mistakes, what="alpha")


@test_case(
    name="few places and inputs that stay",
    points=1,
    hidden=False,
    failure_message="Rows with fewer than k visible places share 1 among those, and the inputs stay as they are.",
)
def test_few_places_and_inputs_that_stay(topk_weights):
    (e,) = normal(seeds()[0], (3, 2, 5), dtype=torch.float64)
    mask = ragged((5, 2, 1), 5)
    for k in (3, 1):
        want, mistakes = right_topk(e, mask, k), topk_mistakes(e, mask, k)
        check(call(topk_weights, e, mask, k), want, mistakes, what="alpha")
    unchanged(topk_weights, e, mask, 3)
