# Made by exercises/_source/build.py from 14_transformer.py: edit that file instead.
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


def smoothing_inputs(seed, lengths, V, epsilon, dtype=torch.float32, scale=2.0):
    m = max(lengths)
    (logits,) = normal(seed, (len(lengths), m, V), dtype=dtype)
    made = torch.Generator().manual_seed(seed)
    targets = torch.randint(1, V, (len(lengths), m), generator=made)
    targets = targets * (torch.arange(m) < torch.tensor(lengths)[:, None])
    return scale * logits, targets, epsilon


def right_smoothed(logits, targets, epsilon):
    """Torch's own."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=0, label_smoothing=epsilon
    )


def smoothing_mistakes(logits, targets, epsilon):
    """What a wrong loss is, by a sentence that says what is wrong."""
    V, real = logits.shape[-1], targets != 0
    log_p = logits.log_softmax(-1)
    right = -log_p.gather(-1, targets[..., None])[..., 0]
    total, mean = -log_p.sum(-1), -log_p.mean(-1)
    loss = (1 - epsilon) * right + epsilon * mean
    others = (total - right) / (V - 1)
    no_pad = (total + log_p[..., 0]) / V
    shared = (1 - epsilon) * right + epsilon * others
    by_row = (loss * real).sum(1) / real.sum(1)
    found = {
        "Nothing is smoothed: epsilon is not used.": right[real].mean(),
        "Padding is part of the mean.": loss.mean(),
        "Padding adds nothing, but it is still counted.": (loss * real).mean(),
        "That is the sum; divide by the number of real tokens.": loss[real].sum(),
        "Every token counts the same; here every sentence does.": by_row.mean(),
        "The sum over tokens is divided by the number of sentences.":
            loss[real].sum() / len(logits),
        "The sign is wrong: a loss is a mean of -log p.": -loss[real].mean(),
        "epsilon is shared by the other V - 1 words alone; here it is by all V.":
            shared[real].mean(),
        "The right word gets its epsilon / V too.":
            (loss - epsilon * right / V)[real].mean(),
        "PAD is left out of q; here it has its epsilon / V like any word.":
            ((1 - epsilon) * right + epsilon * no_pad)[real].mean(),
        "epsilon is not divided by V.":
            ((1 - epsilon) * right + epsilon * total)[real].mean(),
        "The right word keeps 1 - epsilon, not 1.":
            (right + epsilon * mean)[real].mean(),
        "epsilon and 1 - epsilon are exchanged.":
            (epsilon * right + (1 - epsilon) * mean)[real].mean(),
        "Only the right word counts; the sum over all words is missing.":
            ((1 - epsilon) * right)[real].mean(),
        "The right word alone counts, with 1 - epsilon + epsilon / V.":
            ((1 - epsilon + epsilon / V) * right)[real].mean(),
        "The entropy of q is taken off; here the loss is the cross-entropy.":
            loss[real].mean() + _plogp(1 - epsilon + epsilon / V)
            + (V - 1) * _plogp(epsilon / V),
        "The logarithm is the natural one, not that of base 2.":
            loss[real].mean() / math.log(2),
        "The softmax ran over the places, not over the words.":
            _over_places(logits, targets, epsilon),
        "The loss of each token is asked for as one number, their mean.": loss,
    }  # fmt: skip
    return found


def _plogp(p):
    return p * math.log(p) if p > 0 else 0.0


def _over_places(logits, targets, epsilon):
    log_p = logits.log_softmax(1)
    right = log_p.gather(-1, targets[..., None])[..., 0]
    loss = -(1 - epsilon) * right - epsilon * log_p.mean(-1)
    return loss[targets != 0].mean()


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="smoothed mean over real tokens",
    points=0.5,
    hidden=False,
    failure_message="The right word gets 1 - epsilon and every word epsilon / V more; the mean runs over the real tokens.",
)
def test_smoothed_mean_over_real_tokens(smoothed_loss):
    for seed in seeds():
        inputs = smoothing_inputs(seed, (5, 2, 3), 7, 0.3)
        want = right_smoothed(*inputs)
        mistakes = smoothing_mistakes(*inputs)
        check(call(smoothed_loss, *inputs), want, mistakes, what="L")


@test_case(
    name="double precision no smoothing and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs as they are, let gradients through; epsilon may be 0.",
)
def test_double_precision_no_smoothing_and_gradients(smoothed_loss):
    for epsilon in (0.0, 0.1):
        inputs = smoothing_inputs(seeds()[0], (3, 7), 5, epsilon, dtype=torch.float64)
        want = right_smoothed(*inputs)
        mistakes = smoothing_mistakes(*inputs)
        check(call(smoothed_loss, *inputs), want, mistakes, what="L")
        unchanged(smoothed_loss, *inputs)
        differentiable(smoothed_loss, right_smoothed, inputs)
