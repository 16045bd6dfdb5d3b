# Made by exercises/_source/build.py from 12_attention_with_cnns.py: edit that file instead.
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


def real(lengths):
    """True where a word is real: [b, n]."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def right_pooling(p, q, w):
    """Row by row."""
    xs, us = [], []
    for rows, others in zip(p, q, strict=True):
        alpha = [
            sum(1 / (1 + ((r - o) ** 2).sum().sqrt()) for o in others) for r in rows
        ]
        for i in range(len(rows) - w + 1):
            xs.append(sum(alpha[k] * rows[k] for k in range(i, i + w)))
        us.append(sum(x * r for x, r in zip(alpha, rows, strict=True)) / sum(alpha))
    return torch.stack(xs).view(len(p), -1, p.shape[-1]), torch.stack(us)


def pooling_mistakes(p, q, w):
    """What wrong repairs give: sentence -> x, u."""
    n, m = p.shape[1], q.shape[1]
    A = 1 / (1 + (p[:, :, None] - q[:, None]).norm(dim=-1))
    alpha = A.sum(2)[..., None]

    def pools(alpha):
        return (alpha * p).unfold(1, w, 1).sum(-1), (alpha * p).sum(1) / alpha.sum(1)

    x, u = pools(alpha)
    late, early = alpha[:, : n - w + 1], alpha[:, w - 1 :]
    plain = p.unfold(1, w, 1).sum(-1)
    share = alpha / alpha.sum(1, keepdim=True)
    sentences = {
        "Weights are row sums; here the best match counts alone.": pools(
            A.amax(2)[..., None]
        ),
        "A softmax was taken over the weights; they are sums as they are.": pools(
            alpha.softmax(1)
        ),
        "The rows do not weigh the same: use alpha.": pools(
            torch.ones_like(alpha)
        ),
        "Weights are row sums, not row means.": pools(alpha / m),
        "The results come in the order x, u.": (u, x),
        "Each row has a weight of its own; here one weight is put on a whole window, "
        "its first row's.": (late * plain, u),
        "Each row has a weight of its own; here one weight is put on a whole window, "
        "its last row's.": (early * plain, u),
        "u is a weighted mean: divide by the sum of the weights, not by their number.":
            (x, (alpha * p).mean(1)),
        "u is a weighted mean: divide by the sum of the weights.":
            (x, (alpha * p).sum(1)),
        "w-ap adds up; it divides by nothing, not by w.": (x / w, u),
        "w-ap adds up; it divides by nothing, not by the weights in the window.": (
            x / alpha.unfold(1, w, 1).sum(-1), u
        ),
        "The largest row of a window was taken; w-ap adds up.": (
            (alpha * p).unfold(1, w, 1).amax(-1), u
        ),
        "The weights are shared out over the sentence first; in w-ap they stay as "
        "they are.": ((share * p).unfold(1, w, 1).sum(-1), u),
        "u is a mean over all rows of p, weighted; here it is the mean of w-ap.": (
            x, x.mean(1)
        ),
    }  # fmt: skip
    if n == m:
        sentences["The weights are column sums; the rows of A belong to p."] = pools(
            A.sum(1)[..., None]
        )
    return sentences


def compare_pooling(function, inputs):
    """Both results of a learner's function beside the right ones."""
    want = right_pooling(*inputs)
    mistakes = pooling_mistakes(*inputs)
    out = unpack(call(function, *inputs), "x, u")
    for k, what in ((0, "x"), (1, "u")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="rows back to words",
    points=0.75,
    hidden=False,
    failure_message="Weigh each row by its own alpha_k, then add up w of them at a time.",
)
def test_rows_back_to_words(weighted_pooling):
    for seed, (n, m, w) in zip(
        seeds(), ((7, 5, 3), (5, 5, 2), (11, 3, 4)), strict=True
    ):
        inputs = *normal(seed, (2, n, 3), (2, m, 3)), w
        want = right_pooling(*inputs)
        mistakes = pooling_mistakes(*inputs)
        x, _ = unpack(call(weighted_pooling, *inputs), "x, u")
        check(x, want[0], {k: v[0] for k, v in mistakes.items()}, what="x")


@test_case(
    name="one vector and gradients",
    points=0.75,
    hidden=False,
    failure_message="The weighted mean of equal rows is that row.",
)
def test_one_vector_and_gradients(weighted_pooling):
    for seed, (n, m, w) in zip(
        seeds(), ((7, 5, 3), (5, 5, 2), (11, 3, 4)), strict=True
    ):
        inputs = *normal(seed, (2, n, 3), (2, m, 3), dtype=torch.float64), w
        want = right_pooling(*inputs)
        mistakes = pooling_mistakes(*inputs)
        _, u = unpack(call(weighted_pooling, *inputs), "x, u")
        check(u, want[1], {k: v[1] for k, v in mistakes.items()}, what="u")
    unchanged(weighted_pooling, *inputs)
    differentiable(weighted_pooling, right_pooling, inputs, to=(0, 1))
