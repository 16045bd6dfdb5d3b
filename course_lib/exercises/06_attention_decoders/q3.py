# Made by exercises/_source/build.py from 06_attention_decoders.py: edit that file instead.
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


def right_nucleus(logits, tau, top_p):
    """Row by row, token by token."""
    rows = []
    for row in logits:
        p = torch.softmax(row / tau, 0)
        q, held = torch.zeros_like(p), 0.0
        for y in p.argsort(descending=True).tolist():
            if held >= top_p:
                break
            q[y], held = p[y], held + p[y].item()
        rows.append(q / q.sum())
    return torch.stack(rows)


def nucleus_mistakes(logits, tau, top_p):
    """What wrong repairs give, by a sentence that says what is wrong."""

    def cut(logits, before=True, again=True, back=True, share=top_p, upward=False):
        p = logits.softmax(-1)
        mass, token = p.sort(-1, descending=not upward)
        held = mass.cumsum(-1) - mass * before
        mass = mass.masked_fill(held >= share, 0.0)
        if again:
            mass = mass / mass.sum(-1, keepdim=True)
        return torch.zeros_like(p).scatter(-1, token, mass) if back else mass

    right = cut(logits / tau)
    p = (logits / tau).softmax(-1)
    alone = p * (p >= top_p)
    most = p.argmax(-1, keepdim=True)
    flat = (logits / tau).masked_fill(right == 0, 0.0).softmax(-1)
    after = (logits / tau).masked_fill(cut(logits) == 0, -torch.inf).softmax(-1)
    mass, token = p.sort(-1, descending=True)
    held = mass.cumsum(-1) - mass
    wide = mass.masked_fill(held - mass.roll(1, -1) * (held > 0) >= top_p, 0.0)
    wide = wide / wide.sum(-1, keepdim=True)
    return {
        "Both bugs are still there: look at a hot and at a sure row.":
            cut(logits * tau, before=False),
        "The logits are divided by the temperature, not multiplied.": cut(logits * tau),
        "The temperature is gone; the logits are divided by it.": cut(logits),
        "The temperature is gone, and the token that reaches the share is missing.":
            cut(logits, before=False),
        "The token with which the share is reached belongs to the nucleus.":
            cut(logits / tau, before=False),
        "The nucleus is cut before the temperature is applied; it comes after.": after,
        "The nucleus is not normalised: divide by its sum.":
            cut(logits / tau, again=False),
        "The sorted masses must go back to their tokens.":
            cut(logits / tau, back=False),
        "The nucleus begins with the most probable token, not with the least.":
            cut(logits / tau, upward=True),
        "Nothing is cut.": p,
        "Each token alone is compared with the share; add them up first.":
            alone / alone.sum(-1, keepdim=True),
        "Only the most probable token is left.":
            torch.zeros_like(p).scatter(-1, most, 1.0),
        "One token too many is kept.": torch.zeros_like(p).scatter(-1, token, wide),
        "The share that is cut off is top_p; it is the share to keep.":
            cut(logits / tau, share=1 - top_p),
        "A logit of 0 is not hidden, for exp(0) is 1.": flat,
    }  # fmt: skip


def check_nucleus(nucleus, logits, tau, top_p):
    want = right_nucleus(logits, tau, top_p)
    lines = nucleus_mistakes(logits, tau, top_p)
    check(call(nucleus, logits, tau, top_p), want, lines, what="q")


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="temperature",
    points=0.5,
    hidden=False,
    failure_message="A high temperature makes a distribution flat, a low one sharp.",
)
def test_temperature(nucleus):
    for seed in seeds():
        (logits,) = normal(seed, (3, 7))
        check_nucleus(nucleus, 0.4 * logits, 2.0, 0.8)
        check_nucleus(nucleus, 0.4 * logits, 0.5, 0.8)


@test_case(
    name="nucleus",
    points=1,
    hidden=False,
    failure_message="The token with which the share is reached belongs to the nucleus; a sure row keeps one token.",
)
def test_nucleus(nucleus):
    for seed in seeds():
        (logits,) = normal(seed, (5, 11), dtype=torch.float64)
        logits[0, 3] += 9.0  # sure of one token
        for top_p in (0.5, 0.8):
            check_nucleus(nucleus, logits, 1.5, top_p)
        unchanged(nucleus, logits, 1.5, 0.8)
