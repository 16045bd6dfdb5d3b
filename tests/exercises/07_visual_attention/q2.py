# Made by exercises/_source/build.py from 07_visual_attention.py: edit that file instead.
from otter.test_files import test_case
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
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


def right_look(e, s_prev, h, w_beta, b_beta):
    """One picture after another, in sums."""
    looks = []
    for scores, s, places in zip(e, s_prev, h, strict=True):
        weights = torch.exp(scores - scores.max())
        weights = weights / weights.sum()
        beta = 1 / (1 + torch.exp(-(w_beta * s).sum() - b_beta))
        read = sum(a * h_i for a, h_i in zip(weights, places, strict=True))
        looks.append((beta * read, weights, beta))
    return tuple(torch.stack(part) for part in zip(*looks, strict=True))


def look_mistakes(e, s_prev, h, w_beta, b_beta):
    """What wrong looks give: sentence -> c, alpha, beta."""
    alpha, x = e.softmax(-1), s_prev @ w_beta + b_beta
    beta = torch.sigmoid(x)
    no_bias = torch.sigmoid(s_prev @ w_beta)

    def read(weights, gate):
        return gate[:, None] * (weights[:, :, None] * h).sum(1)

    c, g = read(alpha, beta), beta[:, None]
    best = torch.zeros_like(e).scatter(-1, e.argmax(-1, keepdim=True), 1.0)
    wrong_axis, flat = e.softmax(0), torch.full_like(e, 1 / e.shape[1])
    gated = (g * e).softmax(-1)
    one = torch.ones_like(beta)
    return {
        "The gate turns the context down, not the weights: they sum to 1.":
            (c, alpha * g, beta),
        "The gate is applied twice.": (read(alpha * g, beta), alpha, beta),
        "The gate is applied twice, and once to the weights.":
            (read(alpha * g, beta), alpha * g, beta),
        "The gate is missing from the context.": (read(alpha, one), alpha, beta),
        "The gate acts on the scores; it belongs on the context.":
            (read(gated, one), gated, beta),
        "The softmax ran over the batch, not over the places.":
            (read(wrong_axis, beta), wrong_axis, beta),
        "The scores are no weights yet: the softmax is missing.":
            (read(e, beta), e, beta),
        "The exponentials are not divided by their sum.":
            (read(e.exp(), beta), e.exp(), beta),
        "Each logistic function stands alone; the weights must sum to 1.":
            (read(torch.sigmoid(e), beta), torch.sigmoid(e), beta),
        "All weight is on the best place: argmax instead of softmax.":
            (read(best, beta), best, beta),
        "All places weigh the same; the scores decide.": (read(flat, beta), flat, beta),
        "The gate has no sigmoid.": (read(alpha, x), alpha, x),
        "The gate is a sigmoid, not a tanh.": (read(alpha, x.tanh()), alpha, x.tanh()),
        "The gate is the wrong way round: beta, not 1 - beta.":
            (read(alpha, 1 - beta), alpha, 1 - beta),
        "The context is gated by 1 - beta.": (read(alpha, 1 - beta), alpha, beta),
        "The gate's bias is missing.": (read(alpha, no_bias), alpha, no_bias),
        "The gate is a mean over the batch; each picture has its own.":
            (read(alpha, beta.mean().expand_as(beta)), alpha,
             beta.mean().expand_as(beta)),
        "The context is a mean; weigh the places by alpha and do not divide again.":
            (c / e.shape[1], alpha, beta),
        "The results come in the order c, alpha, beta.": (alpha, c, beta),
        "Those are logarithms of the weights.": (c, alpha.log(), beta),
    }  # fmt: skip


def check_look(function, inputs):
    want = right_look(*inputs)
    lines = look_mistakes(*inputs)
    out = unpack(call(function, *inputs), "c, alpha, beta")
    for k in (1, 2, 0):
        mistakes = {text: values[k] for text, values in lines.items()}
        check(out[k], want[k], mistakes, what=("c", "alpha", "beta")[k])


def look_inputs(seed, b, n, d_s, d_h, dtype=torch.float32):
    shapes = (b, n), (b, d_s), (b, n, d_h), (d_s,), ()
    e, s, h, w, bias = normal(seed, *shapes, dtype=dtype)
    return 2 * e, s, h, w, bias.sign() + bias / 2  # no bias near 0


OK_FORMAT = False
name = "q2"
points = 3


@test_case(
    name="look",
    points=1,
    hidden=False,
    failure_message="Softmax over the places, sigmoid of one number a picture, and the gate on the context only.",
)
def test_look(gated_look):
    for seed in seeds():
        check_look(gated_look, look_inputs(seed, 2, 7, 5, 3))


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach all of them.",
)
def test_double_precision_inputs_that_stay_and_gradients(gated_look):
    inputs = look_inputs(seeds()[0], 3, 5, 2, 7, torch.float64)
    check_look(gated_look, inputs)
    unchanged(gated_look, *inputs)
    differentiable(gated_look, right_look, inputs, to=(0, 1, 2, 3, 4))


@test_case(
    name="other sizes and large scores",
    points=1,
    hidden=True,
    failure_message="One picture, one place or a state of one number is a case like any other, and scores may be large.",
)
def test_other_sizes_and_large_scores(gated_look):
    sizes = (1, 7, 3, 2), (3, 1, 5, 2), (2, 3, 1, 1), (1, 1, 1, 1), (5, 5, 5, 5)
    for seed in seeds(5)[3:]:
        for size in sizes:
            check_look(gated_look, look_inputs(seed, *size))
        e, *others = look_inputs(seed, 2, 7, 5, 3)
        check_look(gated_look, (60 * e, *others))
    unchanged(gated_look, e, *others)
