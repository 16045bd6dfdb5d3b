# Made by exercises/_source/build.py from 09_global_attention.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a word is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


def global_inputs(seed, lengths, m, d_s, d_h, dtype=torch.float32):
    """Random s, h, mask, W_a, W_c."""
    b, n = len(lengths), max(lengths)
    shapes = (b, m, d_s), (b, n, d_h), (d_s, d_h), (d_s, d_h + d_s)
    s, h, W_a, W_c = normal(seed, *shapes, dtype=dtype)
    return s, h, ragged(lengths, n), 0.7 * W_a, 0.7 * W_c


def global_by_loops(s, h, mask, W_a, W_c):
    """The right answer, position by position: s~, alpha."""
    tildes, weights = [], []
    for b in range(len(s)):
        seen = [i for i in range(h.shape[1]) if mask[b, 0, i]]
        for s_t in s[b]:
            e = torch.stack([s_t @ (W_a @ h[b, i]) for i in seen])
            alpha = torch.softmax(e, 0)
            c = sum(a * h[b, i] for a, i in zip(alpha, seen, strict=True))
            tildes.append(torch.tanh(W_c @ torch.cat([c, s_t])))
            zeros = torch.zeros_like(h[b, :, 0])
            weights.append(zeros.index_put((torch.tensor(seen),), alpha))
    size = len(s), s.shape[1]
    return torch.stack(tildes).view_as(s), torch.stack(weights).view(*size, -1)


def global_mistakes(s, h, mask, W_a, W_c):
    """What known mistakes give: sentence -> s~, alpha."""
    low, zero, cat = -1e9, torch.zeros_like, torch.cat

    def finish(alpha, c=None, q=s, bend=torch.tanh):
        c = alpha @ h if c is None else c
        return bend(cat([c, q], -1) @ W_c.T), alpha

    e = s @ W_a @ h.mT
    hidden = e.masked_fill(~mask, low)
    alpha = hidden.softmax(-1)
    right, raw, late = finish(alpha), e.exp() * mask, e.softmax(-1) * mask
    old = cat([zero(s[:, :1]), s[:, :-1]], 1)
    early = (old @ W_a @ h.mT).masked_fill(~mask, low).softmax(-1)
    mean = ((h * mask.mT).sum(1) / mask.sum(-1))[:, None].expand_as(alpha @ h)
    best = zero(alpha).scatter(-1, alpha.argmax(-1, keepdim=True), 1.0)
    first = e.masked_fill(~mask[:1], low).softmax(-1)
    two = alpha.masked_fill(~mask, low).softmax(-1) * mask
    found = {
        "The mask is not used: padding has weight.": finish(e.softmax(-1)),
        "The mask is upside down: True means visible.":
            finish(e.masked_fill(mask, low).softmax(-1)),
        "The mask came after the softmax: weights must sum to 1.": finish(late),
        "The softmax ran over the positions t, not over the words (the last axis).":
            finish(hidden.softmax(1) * mask),
        "The softmax ran over the batch, not over the words (the last axis).":
            finish(hidden.softmax(0) * mask),
        "The weights are not normalised: divide by their sum.": finish(raw),
        "The softmax was taken twice.": finish(two),
        "All weight is on the best word: argmax instead of softmax.": finish(best),
        "Everybody has the first sentence's mask.": finish(first),
        "The new state asks; here the state one step before does.": finish(early),
        "This score is not divided by a root.":
            finish((hidden / math.sqrt(h.shape[-1])).softmax(-1)),
        "This score is not divided by a root of the state's width.":
            finish((hidden / math.sqrt(s.shape[-1])).softmax(-1)),
        "That is e; the softmax over the visible words is missing.": (right[0], e),
        "The context is a plain mean; weigh the words by alpha.": finish(alpha, mean),
        "The tanh around W_c [c; s] is missing.": finish(alpha, bend=lambda x: x),
        "The bend is tanh, not the logistic function.":
            finish(alpha, bend=torch.sigmoid),
        "The order is [c; s], the context first.":
            (torch.tanh(cat([s, alpha @ h], -1) @ W_c.T), alpha),
        "The state does not reach s~: it is joined with the context.":
            finish(alpha, q=zero(s)),
        "The context does not reach s~.": finish(alpha, zero(alpha @ h)),
        "The results come in the order s_tilde, alpha.": (alpha, right[0]),
    }  # fmt: skip
    if s.shape[-1] == h.shape[-1]:
        turned = (s @ W_a.T @ h.mT).masked_fill(~mask, low).softmax(-1)
        plain = (s @ h.mT).masked_fill(~mask, low).softmax(-1)
        found |= {
            "W_a is turned round: s_t stands on its left and h_i on its right.":
                finish(turned),
            "W_a is missing: that is the score dot.": finish(plain),
            "The context is made of the states h_i, not of W_a h_i.":
                finish(alpha, alpha @ (h @ W_a.T)),
        }  # fmt: skip
    return found


def check_global(attentional_states, *inputs):
    want, lines = global_by_loops(*inputs), global_mistakes(*inputs)
    found = unpack(call(attentional_states, *inputs), "s_tilde, alpha")
    for part, what in ((1, "alpha"), (0, "s_tilde")):
        mistakes = {k: v[part] for k, v in lines.items()}
        check(found[part], want[part], mistakes, what=what)
    nothing(found[1], inputs[2])


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="weights and states",
    points=1,
    hidden=False,
    failure_message="Each position asks with its own s_t, and its weights sum to 1 over the visible words.",
)
def test_weights_and_states(attentional_states):
    for seed in seeds():
        inputs = global_inputs(seed, (5, 2, 3), m=4, d_s=5, d_h=7)
        check_global(attentional_states, *inputs)


@test_case(
    name="equal widths and gradients",
    points=1,
    hidden=False,
    failure_message="s~ is tanh(W_c [c; s]) with the context first; gradients reach every input, and no input changes.",
)
def test_equal_widths_and_gradients(attentional_states):
    for seed in seeds():
        # as wide as each other: an exchange shows in the values, not in an error
        inputs = global_inputs(seed, (2, 5), m=3, d_s=3, d_h=3, dtype=torch.float64)
        check_global(attentional_states, *inputs)
        unchanged(attentional_states, *inputs)
        everything = 0, 1, 3, 4
        differentiable(attentional_states, global_by_loops, inputs, to=everything)


@test_case(
    name="other sizes",
    points=1,
    hidden=True,
    failure_message="One sentence, one position or one word is a batch like any other, and padding may hold anything.",
)
def test_other_sizes(attentional_states):
    settings = (
        ((1,), 1, 2, 3),
        ((7, 1, 4, 2), 2, 7, 2),
        ((3,), 5, 1, 4),
        ((2, 6), 1, 3, 3),
    )
    for seed in seeds(5)[3:]:
        for lengths, m, d_s, d_h in settings:
            s, h, mask, W_a, W_c = global_inputs(
                seed, lengths, m, d_s, d_h, dtype=torch.float64
            )
            h = torch.where(mask.mT, h, 10.0)
            inputs = s, h, mask, W_a, W_c
            check_global(attentional_states, *inputs)
            unchanged(attentional_states, *inputs)
            everything = 0, 1, 3, 4
            differentiable(attentional_states, global_by_loops, inputs, to=everything)
