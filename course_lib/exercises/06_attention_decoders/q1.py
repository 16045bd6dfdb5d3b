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


def step_inputs(seed, lengths, d_e, d_s, d_h, dtype=torch.float32):
    """Random inputs of one step for sentences of these lengths."""
    b, n = len(lengths), max(lengths)
    sizes = {
        "W_a": (d_s, d_h),
        "W_c": (d_s, d_h + d_s),
        "W_ih": (3 * d_s, d_e + d_s),
        "W_hh": (3 * d_s, d_s),
        "b_ih": (3 * d_s,),
        "b_hh": (3 * d_s,),
    }
    inner = [(b, d_e), (b, d_s), (b, d_s), (b, n, d_h)]
    *given, h = normal(seed, *inner, dtype=dtype)
    weights = normal(seed + 1, *sizes.values(), dtype=dtype)
    w = {name: 0.7 * weight for name, weight in zip(sizes, weights, strict=True)}
    mask = torch.arange(n) < torch.tensor(lengths)[:, None]
    return *given, h, mask, w


def own_gru(x, s_prev, w):
    return torch.gru_cell(x, s_prev, w["W_ih"], w["W_hh"], w["b_ih"], w["b_hh"])


def step_by_loops(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    """The right answer, word by word: s, s~, alpha."""
    s = own_gru(torch.cat([Ey_prev, s_tilde_prev], 1), s_prev, w)
    contexts, weights = [], []
    for b in range(len(h)):
        seen = [i for i in range(h.shape[1]) if mask[b, i]]
        e = [s[b] @ (w["W_a"] @ h[b, i]) for i in seen]
        alpha = torch.softmax(torch.stack(e), 0)
        contexts.append(sum(a * h[b, i] for a, i in zip(alpha, seen, strict=True)))
        zeros = torch.zeros_like(h[b, :, 0])
        weights.append(zeros.index_put((torch.tensor(seen),), alpha))
    joined = torch.cat([torch.stack(contexts), s], 1)
    return s, torch.tanh(joined @ w["W_c"].T), torch.stack(weights)


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


def step_mistakes(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    """What known mistakes give: sentence -> s, s~, alpha."""
    cat, zero, low = torch.cat, torch.zeros_like, -1e9
    s = own_gru(cat([Ey_prev, s_tilde_prev], 1), s_prev, w)

    def look(query):
        return ((query @ w["W_a"])[:, None] @ h.mT)[:, 0]

    def mix(alpha):
        return (alpha[:, None] @ h)[:, 0]

    def finish(s, alpha, c=None, bend=torch.tanh):
        c = mix(alpha) if c is None else c
        return s, bend(cat([c, s], 1) @ w["W_c"].T), alpha

    def step(x, old=s_prev):
        new = own_gru(x, old, w)
        return finish(new, look(new).masked_fill(~mask, low).softmax(1))

    e = look(s)
    alpha = e.masked_fill(~mask, low).softmax(1)
    c, right = mix(alpha), finish(s, alpha)
    old = look(s_prev).masked_fill(~mask, low).softmax(1)
    fed = look(s_tilde_prev).masked_fill(~mask, low).softmax(1)
    late, raw = e.softmax(1) * mask, e.exp() * mask
    best = zero(alpha).scatter(1, alpha.argmax(1, keepdim=True), 1.0)
    root = (e / math.sqrt(h.shape[-1])).masked_fill(~mask, low).softmax(1)
    root_s = (e / math.sqrt(s.shape[-1])).masked_fill(~mask, low).softmax(1)
    over_batch = e.masked_fill(~mask, low).softmax(0) * mask.any(0)
    two = alpha.masked_fill(~mask, low).softmax(1) * mask
    mean = (h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    found = {
        "The query is the new state s_t, not s_{t-1}.": finish(s, old),
        "The query is the new state s_t, not the fed s~.": finish(s, fed),
        "Nothing is fed: s~ of the last step does not reach the GRU.":
            step(cat([Ey_prev, zero(s_tilde_prev)], 1)),
        "s_{t-1} is fed where s~_{t-1} belongs.": step(cat([Ey_prev, s_prev], 1)),
        "The GRU's input is [E y; s~], the embedding first.":
            step(cat([s_tilde_prev, Ey_prev], 1)),
        "The embedding does not reach the GRU.":
            step(cat([zero(Ey_prev), s_tilde_prev], 1)),
        "The GRU continues from s_{t-1}, not from s~_{t-1}.":
            step(cat([Ey_prev, s_tilde_prev], 1), s_tilde_prev),
        "The GRU continues from s_{t-1}, not from zeros.":
            step(cat([Ey_prev, s_tilde_prev], 1), zero(s_prev)),
        "The GRU steps twice.": step(cat([Ey_prev, s_tilde_prev], 1), s),
        "The mask is not used: padding has weight.": finish(s, e.softmax(1)),
        "The mask is upside down: True means visible.":
            finish(s, e.masked_fill(mask, low).softmax(1)),
        "The mask came after the softmax: weights must sum to 1.": finish(s, late),
        "The softmax ran over the batch, not over the words.": finish(s, over_batch),
        "The weights are not normalised: divide by their sum.": finish(s, raw),
        "The softmax was taken twice.": finish(s, two),
        "All weight is on the best word: argmax instead of softmax.": finish(s, best),
        "This score is not divided by a root.": finish(s, root),
        "This score is not divided by a root of the state's width.":
            finish(s, root_s),
        "That is e; the softmax over the visible words is missing.":
            (s, right[1], e),
        "The context is a plain mean; weigh the words by alpha.":
            finish(s, alpha, mean),
        "The tanh around W_c [c; s] is missing.":
            finish(s, alpha, bend=lambda x: x),
        "The bend is tanh, not the logistic function.":
            finish(s, alpha, bend=torch.sigmoid),
        "The old state s_{t-1} is joined with c; it should be s_t.":
            (s, torch.tanh(cat([c, s_prev], 1) @ w["W_c"].T), alpha),
        "The fed s~_{t-1} is joined with c; it should be s_t.":
            (s, torch.tanh(cat([c, s_tilde_prev], 1) @ w["W_c"].T), alpha),
        "The order is [c; s], the context first.":
            (s, torch.tanh(cat([s, c], 1) @ w["W_c"].T), alpha),
        "The context does not reach s~.": finish(s, alpha, zero(c)),
        "The results come in the order s, s_tilde, alpha.": (right[1], s, alpha),
        "The results come in the order s, s_tilde, alpha; alpha is last.":
            (s, alpha, right[1]),
        "The old state is returned where the new one belongs.":
            (s_prev, right[1], alpha),
    }  # fmt: skip
    if s.shape[-1] == h.shape[-1]:
        turned = ((s @ w["W_a"].T)[:, None] @ h.mT)[:, 0]
        turned = turned.masked_fill(~mask, low).softmax(1)
        plain = (s[:, None] @ h.mT)[:, 0].masked_fill(~mask, low).softmax(1)
        keys = (alpha[:, None] @ (h @ w["W_a"].T))[:, 0]
        found |= {
            "W_a is turned round: it stands between s_t on the left and h_i on the "
            "right.": finish(s, turned),
            "W_a is missing from the score.": finish(s, plain),
            "The context is made of the states h_i, not of W_a h_i.":
                finish(s, alpha, keys),
        }  # fmt: skip
    return found


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="state and weights",
    points=1,
    hidden=False,
    failure_message="The GRU reads [E y_{t-1}; s~_{t-1}] and steps first; then its new state asks.",
)
def test_state_and_weights(feeding_step):
    for seed in seeds():
        inputs = step_inputs(seed, (5, 2, 3), d_e=3, d_s=5, d_h=7)
        want = step_by_loops(*inputs)
        lines = step_mistakes(*inputs)
        found = unpack(call(feeding_step, *inputs), "s, s_tilde, alpha")
        for part, what in ((0, "s"), (2, "alpha")):
            mistakes = {k: v[part] for k, v in lines.items()}
            check(found[part], want[part], mistakes, what=what)
        nothing(found[2], inputs[4])


@test_case(
    name="attentional state and gradients",
    points=1,
    hidden=False,
    failure_message="s~ is tanh(W_c [c; s]), with the context first and the new state; gradients reach every input.",
)
def test_attentional_state_and_gradients(feeding_step):
    for seed in seeds():
        # as wide as each other: an exchange shows in the values, not in an error
        *inputs, w = step_inputs(
            seed, (2, 5, 1), d_e=3, d_s=3, d_h=3, dtype=torch.float64
        )
        want = step_by_loops(*inputs, w)
        lines = step_mistakes(*inputs, w)
        found = unpack(call(feeding_step, *inputs, w), "s, s_tilde, alpha")
        for part, what in enumerate(("s", "s_tilde", "alpha")):
            mistakes = {k: v[part] for k, v in lines.items()}
            check(found[part], want[part], mistakes, what=what)
        unchanged(feeding_step, *inputs, w)
        differentiable(feeding_step, step_by_loops, (*inputs, w), to=(0, 1, 2, 3))
