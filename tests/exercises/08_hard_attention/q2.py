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


class Through(torch.autograd.Function):
    """One-hot forward, the gradient as it comes backward."""

    @staticmethod
    def forward(ctx, soft):
        best = soft.amax(-1, keepdim=True)
        return (soft == best).to(soft)

    @staticmethod
    def backward(ctx, grad):
        return grad


def right_through(e, g, tau):
    z = (e + g) / tau
    z = torch.exp(z - z.amax(-1, keepdim=True).detach())
    return Through.apply(z / z.sum(-1, keepdim=True))


def one_hot(x, axis=-1):
    return torch.zeros_like(x).scatter(axis, x.argmax(axis, keepdim=True), 1.0)


def through_mistakes(e, g, tau):
    """What wrong values are, by a sentence that says what is wrong."""
    soft = ((e + g) / tau).softmax(-1)
    return {
        "Those are the smooth weights; the value is one-hot.": soft,
        "The noise is missing: that is argmax of e.": one_hot(e),
        "The noise is added, not subtracted.": one_hot(e - g),
        "Noise and score are added, not multiplied.": one_hot(e * g),
        "The scores are missing: that is argmax of g.": one_hot(g),
        "tau divides the score and the noise, not the score alone.":
            one_hot(e / tau + g),
        "tau divides the score and the noise, not the noise alone.":
            one_hot(e + g / tau),
        "The largest was sought among the queries, not among the places.":
            one_hot(e + g, 1),
        "The largest was sought in the batch, not among the places.":
            one_hot(e + g, 0),
        "Those are the smallest entries.": one_hot(-e - g),
        "Smooth weights and one-hot are added.": one_hot(e + g) + soft,
        "The smooth weights are taken off: soft - soft.detach() is 0 in value.":
            one_hot(e + g) - soft,
        "Those are smooth weights without the noise.": (e / tau).softmax(-1),
        "Those are indices; a row of 0 and 1 is wanted.": (e + g).argmax(-1),
    }  # fmt: skip


def through_inputs(seed, shape, dtype=torch.float32):
    e, u = normal(seed, shape, shape, dtype=dtype)
    u = u.sigmoid().clamp(0.01, 0.99)
    return 1.5 * e, -(-u.log()).log()


OK_FORMAT = False
name = "q2"
points = 3


@test_case(
    name="value",
    points=1,
    hidden=False,
    failure_message="The value is the one-hot of the largest of e + g along the last axis.",
)
def test_value(straight_through):
    for seed in seeds():
        for tau in (0.3, 1.0, 2.5):
            inputs = *through_inputs(seed, (5, 11, 7)), tau
            want, mistakes = right_through(*inputs), through_mistakes(*inputs)
            check(call(straight_through, *inputs), want, mistakes, what="alpha")


@test_case(
    name="gradient",
    points=1,
    hidden=False,
    failure_message="The gradient is that of softmax((e + g) / tau); a one-hot alone has none. Add soft - soft.detach(), which is 0 in value.",
)
def test_gradient(straight_through):
    inputs = *through_inputs(seeds()[0], (2, 3, 5), torch.float64), 0.7
    want, mistakes = right_through(*inputs), through_mistakes(*inputs)
    check(call(straight_through, *inputs), want, mistakes, what="alpha")
    differentiable(straight_through, right_through, inputs, to=(0, 1))
    unchanged(straight_through, *inputs)


@test_case(
    name="other sizes and low temperatures",
    points=1,
    hidden=True,
    failure_message="Large scores and low temperatures occur, and one picture, one query or one place is a case like any other.",
)
def test_other_sizes_and_low_temperatures(straight_through):
    shapes = (1, 1, 5), (3, 1, 2), (1, 5, 1), (2, 3, 3), (5, 5, 5)
    for seed in seeds(5)[3:]:
        for shape, tau in zip(shapes, (0.05, 3.0, 1.0, 0.5, 1.7), strict=True):
            e, g = through_inputs(seed, shape)
            want = right_through(e, g, tau)
            mistakes = through_mistakes(e, g, tau)
            check(call(straight_through, e, g, tau), want, mistakes, what="alpha")
            differentiable(straight_through, right_through, (e, g, tau), to=(0, 1))
        e, g = through_inputs(seed, (2, 3, 7))
        inputs = 50 * e, g, 0.1
        want = right_through(*inputs)
        check(call(straight_through, *inputs), want, what="alpha")
