# Made by exercises/_source/build.py from 11_hierarchical_attention.py: edit that file instead.
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
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def pooled(states, W, bias, u):
    """The states of one text, without padding, pooled one after the other."""
    if not len(states):
        return states.sum(0), states.sum(-1)
    e = torch.stack([u @ torch.tanh(W @ x + bias) for x in states])
    alpha = torch.softmax(e, 0)
    return alpha @ states, alpha


def right_both(h, lengths):
    """Text by text."""
    d = h.shape[-1] // 2
    last, mean = [], []
    for states, n in zip(h, lengths.tolist()):
        last.append(torch.cat([states[n - 1, :d], states[0, d:]]))
        mean.append(sum(states[i] for i in range(n)) / n)
    return torch.stack(last), torch.stack(mean)


def both_mistakes(h, lengths):
    """What wrong repairs give: for last, and for mean."""
    d, n = h.shape[-1] // 2, h.shape[1]
    row = torch.arange(len(h))
    real = (torch.arange(n) < lengths[:, None])[..., None]
    end = h[row, lengths - 1]
    total = (h * real).sum(1)
    cat = torch.cat
    last = {
        "That is the last column, padding for a short text.": h[:, -1],
        "The backward state at the last word has read one word only; it ends at the "
        "first word.": end,
        "The forward state is taken from the last column, padding for a short text.": cat(
            [h[:, -1, :d], h[:, 0, d:]], -1
        ),
        "That is the first word's state; the forward RNN has read one word there.": h[
            :, 0
        ],
        "The directions are exchanged: forward ends at the last word.": cat(
            [h[:, 0, :d], end[:, d:]], -1
        ),
        "The halves come in the other order: forward first.": cat(
            [h[:, 0, d:], end[:, :d]], -1
        ),
        "The last word is at T_x - 1, counted from 0.": cat(
            [h[row, (lengths - 2).clamp(min=0), :d], h[:, 0, d:]], -1
        ),
    }
    mean = {
        "Padding takes part in the mean.": h.mean(1),
        "The sum runs over real words, and is divided by n; divide by T_x.": total / n,
        "The sum holds padding; only the divisor was repaired.":
            h.sum(1) / lengths[:, None],
        "That is the sum; divide by T_x.": total,
        "That is the largest entry of each; a mean is asked for.":
            h.masked_fill(~real, -torch.inf).amax(1),
        "Divide by T_x, not by T_x - 1.": total / (lengths[:, None] - 1).clamp(min=1),
    }  # fmt: skip
    return last, mean


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="last and mean",
    points=1.5,
    hidden=False,
    failure_message="Print a row with padding; the backward direction ends at the first word, and the mean is over T_x words.",
)
def test_last_and_mean(last_and_mean):
    for seed in seeds():
        (h,) = normal(seed, (3, 7, 10))
        inputs = h, torch.tensor([3, 7, 5])
        ends, means = right_both(*inputs)
        wrong_last, wrong_mean = both_mistakes(*inputs)
        last, mean = unpack(call(last_and_mean, *inputs), "last, mean")
        check(last, ends, wrong_last, what="last")
        check(mean, means, wrong_mean, what="mean")
    unchanged(last_and_mean, *inputs)
    differentiable(last_and_mean, right_both, inputs)


@test_case(
    name="other sizes and infinite padding",
    points=0.5,
    hidden=True,
    failure_message="One text, one word, or double precision; and padding may hold any number, infinity included.",
)
def test_other_sizes_and_infinite_padding(last_and_mean):
    for seed in seeds(5)[3:]:
        for b, n, d, lengths in (
            (1, 1, 3, (1,)),
            (2, 5, 1, (1, 4)),
            (3, 2, 7, (2, 1, 2)),
        ):
            (h,) = normal(seed, (b, n, 2 * d), dtype=torch.float64)
            inputs = h, torch.tensor(lengths)
            real = torch.arange(n) < inputs[1][:, None]
            h[~real] = torch.inf
            ends, means = right_both(*inputs)
            last, mean = unpack(call(last_and_mean, *inputs), "last, mean")
            check(last, ends, what="last")
            check(mean, means, what="mean")
        unchanged(last_and_mean, *inputs)
