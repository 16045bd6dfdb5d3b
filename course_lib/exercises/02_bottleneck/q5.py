# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
from course_lib.grading.checks import unpack


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def summary_inputs(seed, lengths, n, d_e, d_h, dtype=torch.float32):
    """x, src_len, forward, backward; the padding of x is not zero."""
    sizes = [(len(lengths), n, d_e), *([(d_e, d_h), (d_h, d_h), (d_h,)] * 2)]
    x, *w = normal(seed, *sizes, dtype=dtype)
    w = [0.5 * weight for weight in w]
    return x, torch.tensor(lengths), tuple(w[:3]), tuple(w[3:])


def read(rows, weights):
    """The last state of an RNN that reads some rows in their order."""
    W, U, bias = weights
    h = torch.zeros_like(bias)
    for row in rows:
        h = torch.tanh(row @ W + h @ U + bias)
    return h


def ends(x, src_len, forward, backward):
    """Both summaries, one sentence at a time."""
    own = [row[:length] for row, length in zip(x, src_len)]
    first = torch.stack([read(rows, forward) for rows in own])
    return first, torch.stack([read(rows.flip(0), backward) for rows in own])


OK_FORMAT = False
name = "q5"
points = 2


@test_case(
    name="forward state",
    points=0.5,
    hidden=False,
    failure_message="The forward state is the one at position src_len, counted from 1, and not the one at the end of the padding.",
)
def test_forward_state(summaries):
    for seed in seeds():
        x, src_len, forward, backward = summary_inputs(seed, (5, 2, 7, 3), 7, 3, 5)
        want, _ = ends(x, src_len, forward, backward)
        states = torch.stack(
            [torch.stack([read(row[:i], forward) for i in range(8)]) for row in x]
        )
        row = torch.arange(4)
        mistakes = {
            "That is the state at the end of the padding.": states[:, -1],
            "One word too few: h_i stands at index i - 1.": states[row, src_len - 1],
            "One place too far: that state has read padding.": states[
                row, (src_len + 1).clamp(max=7)
            ],
            "That is the mean of all states.": states[:, 1:].mean(1),
            "Every sentence is cut at the length of the shortest.": states[:, 2],
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[0], want, mistakes, what="the forward state")


@test_case(
    name="backward state",
    points=0.5,
    hidden=False,
    failure_message="The backward RNN starts at the sentence's own last word, so the padding must not come first when x is reversed.",
)
def test_backward_state(summaries):
    for seed in seeds():
        x, src_len, forward, backward = summary_inputs(seed, (2, 7, 5, 3), 7, 3, 5)
        _, want = ends(x, src_len, forward, backward)
        lasts = [int(length) - 1 for length in src_len]
        own = [torch.cat([r[: i + 1].flip(0), r[i + 1 :]]) for r, i in zip(x, lasts)]
        mistakes = {
            "Reversed as a whole, the padding comes first: the RNN has read it.": torch.stack(
                [read(row.flip(0), backward) for row in x]
            ),
            "Right order, but read on into the padding: take the state at x_1.": torch.stack(
                [read(row, backward) for row in own]
            ),
            "That is what the backward RNN has before the real words, or amid them.": torch.stack(
                [read(row.flip(0)[: i + 1], backward) for row, i in zip(x, lasts)]
            ),
            "The backward RNN reads forwards.": torch.stack(
                [read(row[: i + 1], backward) for row, i in zip(x, lasts)]
            ),
            "The backward RNN has its own weights, not the forward one's.": torch.stack(
                [read(row[: i + 1].flip(0), forward) for row, i in zip(x, lasts)]
            ),
            "That is the state at the last word; take the one at the first.": torch.stack(
                [read(row[i : i + 1], backward) for row, i in zip(x, lasts)]
            ),
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[1], want, mistakes, what="the backward state")
