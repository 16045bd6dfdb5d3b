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


def right_estimate(q, k, v, sigma, mask):
    """Query by query, over the visible measurements only."""
    out = []
    for t in range(len(q)):
        seen = [i for i in range(len(k)) if mask[t, i]]
        e = torch.stack([-((q[t] - k[i]) ** 2) / (2 * sigma**2) for i in seen])
        out.append((e.softmax(0) * v[seen]).sum())
    return torch.stack(out)


def regression_inputs(seed, m, n, sigma=0.7, far=0.0, dtype=torch.float32):
    """Random measurements, half of them hidden from each query."""
    q, k, v, draw = normal(seed, (m,), (n,), (n,), (m, n), dtype=dtype)
    mask = draw > 0
    mask[torch.arange(m), torch.arange(m) % n] = True
    return q + far, k, v, torch.tensor(sigma, dtype=dtype), mask


def regression_mistakes(q, k, v, sigma, mask):
    """What a wrong estimate is, by a sentence that says what is wrong."""
    square = (q[:, None] - k) ** 2
    e = -square / (2 * sigma**2)

    def read(e, hide=mask):
        return e.masked_fill(~hide, -torch.inf).softmax(-1) @ v

    G = e.exp() * mask
    nearest = e.masked_fill(~mask, -torch.inf).argmax(-1)
    return {
        "The 2 is missing: divide by twice the squared bandwidth.":
            read(-square / sigma**2),
        "The bandwidth has to be squared.": read(-square / (2 * sigma)),
        "The sign is wrong: near places count more, not less.": read(-e),
        "The distance has to be squared.":
            read(-square.sqrt() / (2 * sigma**2)),
        "The bandwidth is missing.": read(-square),
        "The mask is not used.": read(e, torch.ones_like(mask)),
        "The mask is upside down: True means visible.":
            (e.exp() * ~mask) @ v / (e.exp() * ~mask).sum(-1),
        "The mask came after the softmax: weights must sum to 1.":
            (e.softmax(-1) * mask) @ v,
        "The weights are not normalised: divide by their sum.": G @ v,
        "The weights are normalised over the queries, not over the places.":
            (G / G.sum(0).clamp(min=1e-30)) @ v,
        "All visible places count the same; the near ones should count more.":
            (mask / mask.sum(-1, keepdim=True)).to(v) @ v,
        "That is the nearest visible place alone, not an average.": v[nearest],
        "The score is a distance, not a product.": read(q[:, None] * k),
        "A score of 0 is not hidden, for exp(0) is 1.": (e * mask).softmax(-1) @ v,
        "The places are averaged; a context is made of the values.":
            e.masked_fill(~mask, -torch.inf).softmax(-1) @ k,
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 2.5


@test_case(
    name="estimates",
    points=1,
    hidden=False,
    failure_message="A softmax of minus the squared distance over twice the squared bandwidth, over the visible places.",
)
def test_estimates(kernel_regression):
    for seed, sigma in zip(seeds(), (0.7, 1.6, 0.4), strict=True):
        inputs = regression_inputs(seed, 5, 7, sigma)
        want = right_estimate(*inputs)
        mistakes = regression_mistakes(*inputs)
        found = call(kernel_regression, *inputs)
        check(found, want, mistakes, what="the estimate")


@test_case(
    name="gradients and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach the places, the values and the bandwidth.",
)
def test_gradients_and_inputs_that_stay(kernel_regression):
    inputs = regression_inputs(seeds()[0], 3, 11, dtype=torch.float64)
    want = right_estimate(*inputs)
    mistakes = regression_mistakes(*inputs)
    found = call(kernel_regression, *inputs)
    check(found, want, mistakes, what="the estimate")
    unchanged(kernel_regression, *inputs)
    differentiable(kernel_regression, right_estimate, inputs, to=(0, 1, 2, 3))


@test_case(
    name="far away and other sizes",
    points=1,
    hidden=True,
    failure_message="A query may be far from everything, and one query or one measurement is enough.",
)
def test_far_away_and_other_sizes(kernel_regression):
    for seed in seeds(5)[3:]:
        for m, n, far, sigma in (
            (3, 5, 40.0, 0.1),
            (7, 3, -30.0, 0.05),
            (1, 5, 0.0, 1.0),
            (5, 1, 2.0, 0.5),
        ):
            inputs = regression_inputs(seed, m, n, sigma, far, torch.float64)
            want = right_estimate(*inputs)
            q, k, v, _, mask = inputs
            G = torch.exp(-((q[:, None] - k) ** 2) / (2 * sigma**2)) * mask
            small = "A small number in the divisor does not help: "
            mistakes = {
                f"{small}{eps:g}.": G @ v / (G.sum(-1) + eps)
                for eps in (1e-6, 1e-8, 1e-9, 1e-12)
            }
            found = call(kernel_regression, *inputs)
            check(found, want, mistakes, what="the estimate")
