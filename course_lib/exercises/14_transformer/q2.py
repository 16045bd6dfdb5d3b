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


NAMES = "tgt_in, tgt_out, tgt_mask, src_mask"


def prepare_inputs(seed, lengths, sources, junk=False):
    """A padded batch; with junk, padding holds any token."""
    made, m = torch.Generator().manual_seed(seed), max(lengths)
    y = torch.randint(4, 97, (len(lengths), m), generator=made)
    tgt_len, src_len = torch.tensor(lengths), torch.tensor(sources)
    if not junk:
        y = y * (torch.arange(m) < tgt_len[:, None])
    return y, tgt_len, src_len, max(sources)


def right_prepare(y, tgt_len, src_len, n):
    """Entry by entry."""
    b, m = y.shape
    tgt_in, tgt_out = torch.zeros(b, m + 1).long(), torch.zeros(b, m + 1).long()
    tgt_mask = torch.zeros(b, m + 1, m + 1, dtype=torch.bool)
    src_mask = torch.zeros(b, 1, n, dtype=torch.bool)
    for r in range(b):
        length = int(tgt_len[r])
        tgt_in[r, 0], tgt_out[r, length] = 1, 2
        for t in range(length):
            tgt_in[r, t + 1] = tgt_out[r, t] = y[r, t]
        for t in range(m + 1):
            for i in range(m + 1):
                tgt_mask[r, t, i] = i <= t and i <= length
        for i in range(n):
            src_mask[r, 0, i] = i < int(src_len[r])
    return tgt_in, tgt_out, tgt_mask, src_mask


def prepare_mistakes(y, tgt_len, src_len, n):
    """Four dictionaries: what wrong results are, by what is wrong."""
    tgt_in, tgt_out, tgt_mask, src_mask = right_prepare(y, tgt_len, src_len, n)
    (b, m), place = y.shape, torch.arange(y.shape[1] + 1)
    past = place <= place[:, None]
    real = (place <= tgt_len[:, None])[:, None]
    whole = torch.ones_like(tgt_mask)
    wide = torch.cat([torch.full((b, 1), 1), y, torch.zeros(b, 1).long()], 1)
    at_end = torch.cat([y, torch.full((b, 1), 2)], 1)
    behind = tgt_in.masked_fill(tgt_in == 1, 2)
    sources = torch.arange(n)
    return (
        {
            "That is what the decoder should write; it reads <s> first.": tgt_out,
            "The input starts with <s>, not with </s>.": behind,
            "The last token of a full row is missing from the input.": torch.cat(
                [tgt_in[:, :-1], torch.zeros(b, 1).long()], 1
            ),
            "Padding of the input has to be PAD, whatever y holds there.": wide[:, :-1],
            "The </s> belongs to the target, not to the input.": tgt_in + 2 * (
                place == tgt_len[:, None] + 1
            ),
        },
        {
            "That is what the decoder reads; it writes y and then </s>.": tgt_in,
            "The </s> comes right behind the last real token, not behind the padding.":
                at_end,
            "The </s> is missing.": tgt_out * (tgt_out != 2),
            "The end is </s>, not <s>.": tgt_out - (tgt_out == 2).long(),
            "The </s> replaces the last token; it comes behind it.": torch.where(
                place == tgt_len[:, None] - 1, 2, tgt_out * (tgt_out != 2)
            ),
            "Padding of the target has to be PAD, whatever y holds there.": torch.where(
                place == tgt_len[:, None], 2,
                torch.cat([y, torch.zeros(b, 1).long()], 1),
            ),
        },
        {
            "The future is visible: place t sees places up to t only.":
                whole & real,
            "The padding of the input is visible.": past & whole,
            "The mask looks one place ahead: i <= t, not i <= t + 1.":
                (place <= place[:, None] + 1) & real,
            "A place sees itself: i <= t, not i < t.":
                (place < place[:, None]) & real,
            "The mask is transposed: rows ask, columns answer.": tgt_mask.mT,
            "The mask shows the future and hides the past.": past.mT & real,
            "The mask is upside down: True means visible.": ~tgt_mask,
            "The input has T + 1 real tokens, <s> included.":
                past & (place < tgt_len[:, None])[:, None],
            "Rows that are padding themselves may ask; only columns are hidden.":
                tgt_mask & real.mT,
            "The lengths of the source were taken for those of the target.":
                past & (place <= src_len[:, None])[:, None],
            "Everybody has the first sentence's mask.":
                tgt_mask[:1].expand_as(tgt_mask),
        },
        {
            "The padding of the source is visible.": torch.ones_like(src_mask),
            "The mask is upside down: True means visible.": ~src_mask,
            "One place too many is visible: i < T_x.":
                (sources <= src_len[:, None])[:, None],
            "One place too few is visible: i < T_x.":
                (sources < src_len[:, None] - 1)[:, None],
            "The lengths of the target were taken for those of the source.":
                (sources < tgt_len[:, None])[:, None],
            "Everybody has the first sentence's mask.":
                src_mask[:1].expand_as(src_mask),
            "The axis of the queries is missing: [b, 1, n].": src_mask[:, 0],
        },
    )  # fmt: skip


def compare_prepared(function, inputs, parts):
    """The given parts of what the function returns."""
    want, mistakes = right_prepare(*inputs), prepare_mistakes(*inputs)
    found = unpack(call(function, *inputs), NAMES)
    for part in parts:
        name = NAMES.split(", ")[part]
        check(found[part], want[part], mistakes[part], what=name)


OK_FORMAT = False
name = "q2"
points = 2


@test_case(
    name="input and target",
    points=0.5,
    hidden=False,
    failure_message="The input is the target one place later, <s> first; the target ends with </s> right behind its last real token.",
)
def test_input_and_target(prepare):
    for seed in seeds():
        compare_prepared(prepare, prepare_inputs(seed, (5, 2, 3), (7, 3, 4)), (0, 1))


@test_case(
    name="masks",
    points=0.5,
    hidden=False,
    failure_message="Place t sees the places i with i <= t that are not padding.",
)
def test_masks(prepare):
    for seed in seeds():
        inputs = prepare_inputs(seed, (2, 5, 3), (3, 7, 6))
        compare_prepared(prepare, inputs, (2, 3))
        unchanged(prepare, *inputs)
