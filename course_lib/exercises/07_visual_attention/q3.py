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


def right_penalty(alpha, real):
    """Place by place, word by word."""
    total = 0.0
    for weights, words in zip(alpha, real, strict=True):
        for i in range(alpha.shape[2]):
            looked = sum(weights[t, i] for t in range(alpha.shape[1]) if words[t])
            total = total + (1 - looked) ** 2
    return total / len(alpha)


def penalty_mistakes(alpha, real):
    """What wrong repairs give."""
    some = alpha * real[..., None]
    looked = some.sum(1)
    square = (1 - looked) ** 2
    share = looked / real.sum(1)[:, None]
    return {
        "Both bugs are still there: a softmax sums to 1 over the places anyway.":
            ((1 - alpha.sum(-1)) ** 2).sum(-1).mean(),
        "The sum still runs over the places; it belongs over the words.":
            ((1 - some.sum(-1)) ** 2).sum(-1).mean(),
        "The sum still runs over the places, of the real words only.":
            (((1 - some.sum(-1)) ** 2) * real).sum(-1).mean(),
        "Padded words still look: use `real`.":
            ((1 - alpha.sum(1)) ** 2).sum(-1).mean(),
        "`real` is upside down: True means a word.":
            ((1 - (alpha * ~real[..., None]).sum(1)) ** 2).sum(-1).mean(),
        "Of every picture the places are summed, not averaged.": square.mean(),
        "Over the pictures it is a mean, not a sum.": square.sum(),
        "It is the square of 1 - sum, not its absolute value.":
            (1 - looked).abs().sum(-1).mean(),
        "The square belongs outside the sum over the words.":
            ((1 - (some**2).sum(1)) ** 2).sum(-1).mean(),
        "Each word is squared alone; sum over the words first.":
            (((1 - alpha) ** 2) * real[..., None]).sum((1, 2)).mean(),
        "That is the mean over the words; it is a sum.":
            ((1 - share) ** 2).sum(-1).mean(),
        "The square is missing.": (1 - looked).sum(-1).mean(),
        "A root is too many.": square.sum(-1).sqrt().mean(),
        "The 1 is missing: it is the distance to 1 that counts.":
            (looked**2).sum(-1).mean(),
        "The mean is over the pictures, not over the words.":
            square.sum() / real.sum(),
        "The results of all pictures are wanted as one mean.": square.sum(-1),
    }  # fmt: skip


def looks(seed, lengths, n, dtype=torch.float32):
    """Weights of captions of these lengths, and which words are real."""
    m = max(lengths)
    (e,) = normal(seed, (len(lengths), m, n), dtype=dtype)
    real = torch.arange(m) < torch.tensor(lengths)[:, None]
    return (2 * e).softmax(-1), real


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="penalty",
    points=1,
    hidden=False,
    failure_message="Sum over the real words first, then square, sum over the places, and average over the pictures.",
)
def test_penalty(doubly_stochastic):
    for seed in seeds():
        inputs = looks(seed, (5, 2), 7)
        want = right_penalty(*inputs)
        mistakes = penalty_mistakes(*inputs)
        check(call(doubly_stochastic, *inputs), want, mistakes, what="the penalty")


@test_case(
    name="gradient",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the weights as they are, and let the gradient reach them.",
)
def test_gradient(doubly_stochastic):
    inputs = looks(seeds()[0], (3, 5, 1), 2, torch.float64)
    want = right_penalty(*inputs)
    mistakes = penalty_mistakes(*inputs)
    check(call(doubly_stochastic, *inputs), want, mistakes, what="the penalty")
    unchanged(doubly_stochastic, *inputs)
    differentiable(doubly_stochastic, right_penalty, inputs)
