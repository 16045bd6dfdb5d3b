# Made by exercises/_source/build.py from 04_score_functions.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def right_gradient(alpha, g):
    """Autograd's own."""
    e = alpha.log().requires_grad_()
    (grad,) = torch.autograd.grad(e.softmax(-1), e, g)
    return grad


def gradient_mistakes(alpha, g):
    """What a wrong gradient is, by a sentence that says what is wrong."""
    mean = (alpha * g).sum(-1, True)
    return {
        "Only the diagonal is there; a score moves the other weights too.":
            alpha * (1 - alpha) * g,
        "The second term is missing: a score moves the other weights too.": alpha * g,
        "The factor alpha in front is missing.": g - mean,
        "Nothing was done: that is g.": g,
        "The mean of g has to be weighted by alpha.":
            alpha * (g - g.mean(-1, keepdim=True)),
        "The sum of g has to be weighted by alpha.":
            alpha * (g - g.sum(-1, keepdim=True)),
        "The weighted sum runs over the queries, not over the keys (the last axis).":
            alpha * (g - (alpha * g).sum(1, keepdim=True)),
        "The weighted sum runs over the batch, not over the keys (the last axis).":
            alpha * (g - (alpha * g).sum(0, keepdim=True)),
        "The weighted sum runs over everything; each query has its own.":
            alpha * (g - (alpha * g).sum()),
        "The second term is added; it is taken off.": alpha * (g + mean),
        "That is the gradient of the logarithm of the softmax.":
            g - alpha * g.sum(-1, True),
        "The weighted sum is there without its factor alpha.": alpha * g - mean,
        "The sign is wrong: g minus the weighted sum.": alpha * (mean - g),
        "Only the second term is there.": -alpha * mean,
        "alpha stands in front squared.": alpha**2 * (g - mean),
        "The weighted sum became a mean: do not divide by the number of keys.":
            alpha * (g - mean / g.shape[-1]),
        "The weights went through another softmax.":
            alpha.softmax(-1) * (g - (alpha.softmax(-1) * g).sum(-1, True)),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="gradient as autograd has it",
    points=1,
    hidden=False,
    failure_message="The sum over i has two parts, one for i = j and one for all i; work them out separately.",
)
def test_gradient_as_autograd_has_it(softmax_gradient):
    for seed in seeds():
        e, g = normal(seed, (2, 3, 5), (2, 3, 5))
        inputs = e.softmax(-1), g
        want = right_gradient(*inputs)
        mistakes = gradient_mistakes(*inputs)
        check(call(softmax_gradient, *inputs), want, mistakes, what="the gradient")


@test_case(
    name="hidden keys and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs and leave them as they are; hidden keys have the weight 0, and 0 has no logarithm.",
)
def test_hidden_keys_and_inputs_that_stay(softmax_gradient):
    e, g = normal(seeds()[0], (3, 2, 7), (3, 2, 7), dtype=torch.float64)
    mask = ragged((7, 2, 5), 7)
    inputs = e.masked_fill(~mask, -torch.inf).softmax(-1), g
    want = right_gradient(*inputs)
    mistakes = gradient_mistakes(*inputs)
    check(call(softmax_gradient, *inputs), want, mistakes, what="the gradient")
    unchanged(softmax_gradient, *inputs)
