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


def right_loss(log_p, r, b, real):
    """Word by word."""
    total, m = 0.0, r.shape[1]
    for x in range(len(r)):
        for t in range(m):
            if real[x, t]:
                R = sum(r[x, u] for u in range(t, m) if real[x, u])
                total = total - (R - b[x, t]).detach() * log_p[x, t]
    return total / real.sum()


def loss_mistakes(log_p, r, b, real):
    """What wrong losses are."""
    kept = r * real
    back = kept.flip(1).cumsum(1).flip(1)
    so_far, whole = kept.cumsum(1), kept.sum(1, keepdim=True)
    count = real.sum()

    def loss(R, by=b, log_p=log_p):
        return -((R - by) * log_p * real).sum() / count

    return {
        "Both bugs are still there: sum from the end, and mind the sign.":
            -loss(so_far),
        "The sign is still wrong: what is minimised has a minus.": -loss(back),
        "The reward still sums the past; a choice answers for what follows.":
            loss(so_far),
        "The reward of step t itself is missing from R_t.": loss(back - kept),
        "The reward of the step alone is not what follows.": loss(kept),
        "The whole reward counts for every step, the past included.": loss(whole),
        "The baseline is taken off R_t, not added.": loss(back, -b),
        "The baseline is missing.": loss(back, 0 * b),
        "The baseline was taken off before the sum: once for each step that follows.":
            loss((kept - b * real).flip(1).cumsum(1).flip(1), 0 * b),
        "Padding takes part in the rewards.":
            loss(r.flip(1).cumsum(1).flip(1)),
        "Padding takes part in the sum.": -((back - b) * log_p).sum() / count,
        "The mean is over all positions, padding included; |Y| counts words.":
            loss(back) * count / real.numel(),
        "The mean is over the pictures; |Y| counts words.":
            loss(back) * count / len(r),
        "The division by |Y| is missing.": loss(back) * count,
        "log p, not p.": loss(back, log_p=log_p.exp()),
        "The sum runs over the batch, not over the steps.":
            loss(kept.flip(0).cumsum(0).flip(0)),
        "The sum of r runs backwards, but its order was not restored.":
            loss(kept.flip(1).cumsum(1)),
    }  # fmt: skip


def rewards(seed, lengths, dtype=torch.float32):
    m = max(lengths)
    log_p, r, b = normal(seed, *3 * [(len(lengths), m)], dtype=dtype)
    return -log_p.abs(), 2 * r, b, torch.arange(m) < torch.tensor(lengths)[:, None]


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="loss",
    points=1,
    hidden=False,
    failure_message="Sum the rewards from step t to the end; a loss is minimised.",
)
def test_loss(looking_loss):
    for seed in seeds():
        inputs = rewards(seed, (5, 3, 2))
        want, mistakes = right_loss(*inputs), loss_mistakes(*inputs)
        check(call(looking_loss, *inputs), want, mistakes, what="the loss")


@test_case(
    name="gradient",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs as they are, and let the gradient reach log_p.",
)
def test_gradient(looking_loss):
    inputs = rewards(seeds()[0], (2, 7), torch.float64)
    want, mistakes = right_loss(*inputs), loss_mistakes(*inputs)
    check(call(looking_loss, *inputs), want, mistakes, what="the loss")
    differentiable(looking_loss, right_loss, inputs)
    unchanged(looking_loss, *inputs)
