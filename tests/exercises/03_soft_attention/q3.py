# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
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
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def step_inputs(seed, lengths, d_e, d_s, d_h, d_a=11, dtype=torch.float32):
    """Random inputs of one step for sentences of these lengths."""
    b, n = len(lengths), max(lengths)
    sizes = {
        "W_a": (d_a, d_s),
        "U_a": (d_a, d_h),
        "v_a": (d_a,),
        "W_ih": (3 * d_s, d_e + d_h),
        "W_hh": (3 * d_s, d_s),
        "b_ih": (3 * d_s,),
        "b_hh": (3 * d_s,),
    }
    inner = [(b, d_e), (b, d_s), (b, n, d_h)]
    Ey_prev, s_prev, h, *weights = normal(seed, *inner, *sizes.values(), dtype=dtype)
    w = {name: 0.7 * weight for name, weight in zip(sizes, weights, strict=True)}
    return Ey_prev, s_prev, h, ragged(lengths, n)[:, 0], w


def step_gru(y_prime, s_prev, w):
    return torch.gru_cell(y_prime, s_prev, w["W_ih"], w["W_hh"], w["b_ih"], w["b_hh"])


def step_by_loops(Ey_prev, s_prev, h, mask, w):
    """The right answer, word by word: s, c, alpha."""
    contexts, weights = [], []
    for b in range(len(h)):
        seen = [i for i in range(h.shape[1]) if mask[b, i]]
        query = w["W_a"] @ s_prev[b]
        e = [w["v_a"] @ torch.tanh(query + w["U_a"] @ h[b, i]) for i in seen]
        alpha = torch.softmax(torch.stack(e), 0)
        contexts.append(sum(a * h[b, i] for a, i in zip(alpha, seen)))
        zeros = torch.zeros_like(h[b, :, 0])
        weights.append(zeros.index_put((torch.tensor(seen),), alpha))
    c = torch.stack(contexts)
    return step_gru(torch.cat([Ey_prev, c], 1), s_prev, w), c, torch.stack(weights)


def step_mistakes(Ey_prev, s_prev, h, mask, w):
    """What known mistakes give: sentence -> s, c, alpha."""

    def attend(
        query, hide=mask, bend=torch.tanh, axis=1, v_a=True, root=False, keys=True
    ):
        x = bend((query @ w["W_a"].T)[:, None] + keys * (h @ w["U_a"].T))
        e = x @ w["v_a"] if v_a else x.sum(-1)
        e = e / math.sqrt(len(w["v_a"])) if root else e
        alpha = e.masked_fill(~hide, -1e9).softmax(axis) * mask.any(axis, True)
        return (alpha[:, None] @ h)[:, 0], alpha

    def finish(c, alpha):
        return step_gru(torch.cat([Ey_prev, c], 1), s_prev, w), c, alpha

    c, alpha = attend(s_prev)
    s = finish(c, alpha)[0]
    zero = torch.zeros_like
    early = step_gru(torch.cat([Ey_prev, zero(c)], 1), s_prev, w)
    everything = attend(s_prev, hide=torch.ones_like(mask))
    late = everything[1] * mask
    e = torch.tanh((s_prev @ w["W_a"].T)[:, None] + h @ w["U_a"].T) @ w["v_a"]
    raw = e.exp() * mask
    blank = h * mask[..., None]
    x = torch.tanh((s_prev @ w["W_a"].T)[:, None] + blank @ w["U_a"].T)
    flat = (x @ w["v_a"]).softmax(1)
    total = (h * mask[..., None]).sum(1)
    mean = total / mask.sum(1, keepdim=True)
    low = e.masked_fill(~mask, -3.0).softmax(1)
    single = torch.sigmoid(e) * mask
    project = (s_prev @ w["W_a"].T)[:, None] * (h @ w["U_a"].T)
    dot = project.sum(-1).masked_fill(~mask, -1e9).softmax(1)
    two = attend(s_prev)[1].masked_fill(~mask, -1e9).softmax(1) * mask
    best = zero(alpha).scatter(1, alpha.argmax(1, keepdim=True), 1.0)
    y_prime = torch.cat([Ey_prev, c], 1)
    found = {
        "The query is s_{t-1}: attend first, then step the GRU.": (
            step_gru(torch.cat([Ey_prev, c], 1), early, w),
            *attend(early),
        ),
        "The weights come from the new state s_t, not from s_{t-1}.": (s, *attend(s)),
        "The mask is not used: padding has weight.": finish(*everything),
        "The mask is upside down: True means visible.": finish(*attend(s_prev, ~mask)),
        "The mask came after the softmax: weights must sum to 1.": finish(
            (late[:, None] @ h)[:, 0], late
        ),
        "The softmax ran over the batch, not over the words.": finish(
            *attend(s_prev, axis=0)
        ),
        "The weights are not normalised: divide by their sum.": finish(
            (raw[:, None] @ h)[:, 0], raw
        ),
        "States set to 0 are not hidden, for they still get a score.": finish(
            (flat[:, None] @ blank)[:, 0], flat
        ),
        "The tanh in the score is missing.": finish(*attend(s_prev, bend=lambda x: x)),
        "The query is missing from the score.": finish(*attend(zero(s_prev))),
        "The number that stands for minus infinity is not small enough.": finish(
            (low[:, None] @ h)[:, 0], low
        ),
        "That is e; the softmax over the visible words is missing.": finish(
            ((e * mask)[:, None] @ h)[:, 0], e
        ),
        "The softmax was taken twice.": finish((two[:, None] @ h)[:, 0], two),
        "v_a is missing from the score.": finish(*attend(s_prev, v_a=False)),
        "The score is not divided by a root.": finish(*attend(s_prev, root=True)),
        "The weights are no softmax: each is a logistic function alone.": finish(
            (single[:, None] @ h)[:, 0], single
        ),
        "The score is additive, no dot product of the projections.": finish(
            (dot[:, None] @ h)[:, 0], dot
        ),
        "Everybody has the first sentence's mask.": finish(
            *attend(s_prev, mask[:1].expand_as(mask))
        ),
        "The context is the last state alone, not the weighted sum.": finish(
            h[:, -1], alpha
        ),
        "The context is the last visible state alone, not the weighted sum.": finish(
            h[torch.arange(len(h)), mask.sum(1) - 1], alpha
        ),
        "The context needs no tanh.": finish(torch.tanh(c), alpha),
        "The context is not divided by the number of words.": finish(
            c / mask.sum(1, keepdim=True), alpha
        ),
        "The old state is added to the new one; the GRU has it already.": (
            s + s_prev,
            c,
            alpha,
        ),
        "The GRU steps twice.": (step_gru(torch.cat([Ey_prev, c], 1), s, w), c, alpha),
        "c is the context alone; that is y'.": (s, torch.cat([Ey_prev, c], 1), alpha),
        "The context is a plain mean; weigh the words by alpha.": finish(mean, alpha),
        "The key is missing from the score.": finish(*attend(s_prev, keys=False)),
        "The context is a plain sum; weigh the words by alpha.": finish(total, alpha),
        "The context is the best word alone, not the weighted sum.": finish(
            (best[:, None] @ h)[:, 0], best
        ),
        "The order is [E y; c], the embedding first.": (
            step_gru(torch.cat([c, Ey_prev], 1), s_prev, w),
            c,
            alpha,
        ),
        "The GRU continues from s_{t-1}, not from zeros.": (
            step_gru(y_prime, zero(s_prev), w),
            c,
            alpha,
        ),
        "The context does not reach the GRU.": (early, c, alpha),
        "The old state is returned where the new one belongs.": (s_prev, c, alpha),
        "The results come in the order s, c, alpha.": (c, s, alpha),
        "The results come in the order s, c, alpha; here c, alpha come first.": (
            c,
            alpha,
            s,
        ),
        "The results come in the order s, c, alpha; here alpha and c are exchanged.": (
            s,
            alpha,
            c,
        ),
        "The embedding does not reach the GRU.": (
            step_gru(torch.cat([zero(Ey_prev), c], 1), s_prev, w),
            c,
            alpha,
        ),
    }
    if w["v_a"].shape[0] == h.shape[-1]:
        keys = (alpha[:, None] @ (h @ w["U_a"].T))[:, 0]
        found["The context is made of the states h_i, not of U_a h_i."] = finish(
            keys, alpha
        )
    if s_prev.shape == c.shape:
        sentence = "The GRU's old state is s_{t-1}, not the context."
        found[sentence] = step_gru(y_prime, c, w), c, alpha
    return found


OK_FORMAT = False
name = "q3"
points = 3


@test_case(
    name="weights and context come from the old state",
    points=1,
    hidden=False,
    failure_message="The query is s_{t-1}, the softmax runs over the visible words, and the context is the sum of the states h_i themselves.",
)
def test_weights_and_context_come_from_the_old_state(bahdanau_step):
    for seed in seeds():
        Ey_prev, s_prev, h, mask, w = step_inputs(seed, (5, 2, 3), d_e=3, d_s=5, d_h=7)
        _, c_want, alpha_want = step_by_loops(Ey_prev, s_prev, h, mask, w)
        lines = step_mistakes(Ey_prev, s_prev, h, mask, w)
        out = call(bahdanau_step, Ey_prev, s_prev, h, mask, w)
        _, c, alpha = unpack(out, "s, c, alpha")
        check(alpha, alpha_want, {k: v[2] for k, v in lines.items()}, what="alpha")
        check(c, c_want, {k: v[1] for k, v in lines.items()}, what="c")


@test_case(
    name="new state",
    points=1,
    hidden=False,
    failure_message="The GRU reads [E y_{t-1}; c_t] in that order, and continues from s_{t-1}.",
)
def test_new_state(bahdanau_step):
    for seed in seeds():
        # as wide as each other: an exchange shows in the values, not in an error
        *inputs, w = step_inputs(
            seed, (2, 5, 1), d_e=3, d_s=3, d_h=3, d_a=3, dtype=torch.float64
        )
        want = step_by_loops(*inputs, w)
        lines = step_mistakes(*inputs, w)
        found = unpack(call(bahdanau_step, *inputs, w), "s, c, alpha")
        for part, what in enumerate(("s", "c", "alpha")):
            mistakes = {k: v[part] for k, v in lines.items()}
            check(found[part], want[part], mistakes, what=what)
        unchanged(bahdanau_step, *inputs, w)
        differentiable(bahdanau_step, step_by_loops, (*inputs, w), to=(0, 1, 2))


@test_case(
    name="padding never matters",
    points=1,
    hidden=True,
    failure_message="A sentence must give the same step alone as in a batch with longer ones, whatever its padding holds; or a size is taken for granted.",
)
def test_padding_never_matters(bahdanau_step):
    for seed in seeds(5)[3:]:
        Ey_prev, s_prev, h, mask, w = step_inputs(
            seed, (2, 7, 3, 1), d_e=5, d_s=7, d_h=2, dtype=torch.float64
        )
        h = torch.where(mask[..., None], h, 10.0)
        want = step_by_loops(Ey_prev, s_prev, h, mask, w)
        out = unpack(call(bahdanau_step, Ey_prev, s_prev, h, mask, w), "s, c, alpha")
        for found, right, what in zip(out, want, ("s", "c", "alpha"), strict=True):
            check(found, right, what=what)
        unchanged(bahdanau_step, Ey_prev, s_prev, h, mask, w)
        inputs = Ey_prev, s_prev, h, mask, w
        differentiable(bahdanau_step, step_by_loops, inputs, to=(0, 1, 2))
        alone = Ey_prev[:1], s_prev[:1], h[:1, :2], mask[:1, :2], w
        out = unpack(call(bahdanau_step, *alone), "s, c, alpha")
        for found, right, what in zip(out, want, ("s", "c", "alpha"), strict=True):
            right = right[:1, :2] if what == "alpha" else right[:1]
            check(found, right, what=f"{what} of a sentence alone")
