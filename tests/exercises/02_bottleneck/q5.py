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
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        x, src_len, forward, backward = summary_inputs(
            seed, (5, 2, 7, 3), 7, 3, 5, dtype
        )
        want, other = ends(x, src_len, forward, backward)
        states = torch.stack(
            [torch.stack([read(row[:i], forward) for i in range(8)]) for row in x]
        )
        row = torch.arange(4)
        real = torch.arange(1, 8) <= src_len[:, None]
        total = (states[:, 1:] * real[..., None]).sum(1)
        mistakes = {
            "That is the state at the end of the padding.": states[:, -1],
            "One word too few: h_i stands at index i - 1.": states[row, src_len - 1],
            "One place too far: that state has read padding.": states[
                row, (src_len + 1).clamp(max=7)
            ],
            "That is the mean of all states.": states[:, 1:].mean(1),
            "That is the mean of the real states; take the last of them.": total
            / src_len[:, None],
            "Every sentence is cut at the length of the shortest.": states[:, 2],
            "The results come in the order forward, backward.": other,
            "The two states stay apart: two tensors [b, d_h].": torch.cat(
                [want, other], -1
            ),
            "The two states stay apart; they are added.": want + other,
            "Every sentence is cut at the length of the first.": states[:, src_len[0]],
            "That is the largest of all states; take the last.": states[:, 1:].amax(1),
            "The forward state belongs at the last word, not at the first.": states[
                :, 1
            ],
            "The forward RNN has its own weights, not the backward one's.": torch.stack(
                [read(r[:length], backward) for r, length in zip(x, src_len)]
            ),
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[0], want, mistakes, what="the forward state")
        unchanged(summaries, x, src_len, forward, backward)


@test_case(
    name="backward state",
    points=0.5,
    hidden=False,
    failure_message="The backward RNN starts at the sentence's own last word, so the padding must not come first when x is reversed.",
)
def test_backward_state(summaries):
    for seed in seeds():
        x, src_len, forward, backward = summary_inputs(seed, (2, 7, 5, 3), 7, 3, 5)
        other, want = ends(x, src_len, forward, backward)
        lasts = [int(length) - 1 for length in src_len]
        own = [torch.cat([r[: i + 1].flip(0), r[i + 1 :]]) for r, i in zip(x, lasts)]
        turned = [torch.cat([r[: i + 1], r[i + 1 :]]).flip(0) for r, i in zip(x, lasts)]
        around = [
            torch.cat([r[: i + 1].flip(0), r[i + 1 :].flip(0)])
            for r, i in zip(x, lasts)
        ]
        zeroed = [r * (torch.arange(7) <= i)[:, None] for r, i in zip(x, lasts)]

        def each(rows):
            return torch.stack([read(row, backward) for row in rows])

        mistakes = {
            "Reversed as a whole, the padding comes first: the RNN has read it.": each(
                turned
            ),
            "Padding set to 0 is read too, through the bias and the old state.": each(
                [row.flip(0) for row in zeroed]
            ),
            "Right order, but read on into the padding: take the state at x_1.": each(
                own
            ),
            "Read on past x_1 into the padding: take the state at x_1.": each(around),
            "That is what the backward RNN has before the real words, or amid them.": each(
                [row.flip(0)[: i + 1] for row, i in zip(x, lasts)]
            ),
            "The backward RNN reads forwards.": each(
                [row[: i + 1] for row, i in zip(x, lasts)]
            ),
            "The backward RNN has its own weights, not the forward one's.": torch.stack(
                [read(row[: i + 1].flip(0), forward) for row, i in zip(x, lasts)]
            ),
            "That is the state at the last word; take the one at the first.": each(
                [row[i : i + 1] for row, i in zip(x, lasts)]
            ),
            "The state stops one word before the first.": each(
                [row[1 : i + 1].flip(0) for row, i in zip(x, lasts)]
            ),
            "The results come in the order forward, backward.": other,
            "The two states stay apart; they are added.": want + other,
            "The backward RNN has read the first word only.": each(
                [row[:1] for row in x]
            ),
            "The batch is reversed, not the words.": each(list(x.flip(0))),
            "The numbers of each word are reversed, not the words.": each(
                list(x.flip(2))
            ),
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[1], want, mistakes, what="the backward state")


@test_case(
    name="a sentence alone and in a batch",
    points=1,
    hidden=True,
    failure_message="With other sizes, one-word sentences or a batch that is all padded, a sentence does not give what it gives alone.",
)
def test_a_sentence_alone_and_in_a_batch(summaries):
    settings = ((3, 1, 2), 5), ((7, 7, 4, 1, 6), 7), ((1, 11), 11), ((2,), 3), ((1,), 1)
    for seed, (lengths, n) in zip(seeds(8)[3:], settings):
        inputs = summary_inputs(seed, lengths, n, 3, 7, dtype=torch.float64)
        right, left = ends(*inputs)
        out = unpack(call(summaries, *inputs), "right, left")
        check(out[0], right, what="the forward state")
        check(out[1], left, what="the backward state")
        unchanged(summaries, *inputs)
