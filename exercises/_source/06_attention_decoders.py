# %% [markdown]
# # Exercise 6: attention decoders
#
# You wire input feeding, the third shape, yourself; then you choose what is written:
# one step of beam search, a nucleus that is cut wrongly, and a small search tree that
# fits on paper.
#
# 10 points, about 45 minutes. You need chapter 6 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `n` words of the source. A mask is True where a word
# is *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. A model is trained through question 1:
# gradients must flow back through your answer there. Nothing is trained through
# questions 2 and 3.

# %% imports
import math

import torch

# %% helpers
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


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: one step with input feeding
#
# Step first, then attend with the *new* state, and hand what came of it to the next
# step:
#
# $$
# \begin{aligned}
# s_t &= \operatorname{GRU}([E y_{t-1}; \tilde s_{t-1}],\, s_{t-1}) \\
# e_{t,i} &= s_t^\top W_a h_i, \qquad \alpha_t = \operatorname{softmax}(e_t)
#     \quad\text{over the visible words} \\
# c_t &= \textstyle\sum_i \alpha_{t,i} h_i \\
# \tilde s_t &= \tanh(W_c [c_t; s_t])
# \end{aligned}
# $$
#
# The GRU is given: `gru(x, s_prev, w)`. All weights are in one dictionary `w`, under
# the names of the equations. Every sentence has at least one visible word, and hidden
# words have weight 0, exactly.


# %% given
def gru(x, s_prev, w):
    """One step of a GRU.

    x [b, d_e + d_s], s_prev [b, d_s]; returns s [b, d_s].
    PyTorch names the weights on the input `ih`, those on the old state `hh`.
    """
    biases = w["b_ih"], w["b_hh"]
    return torch.gru_cell(x, s_prev, w["W_ih"], w["W_hh"], *biases)


# %% [raw]
# # BEGIN SOLUTION


# %%
def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    """One step: s, then e, alpha, c, then s~.

    Ey_prev [b, d_e], the embedding of y_{t-1}; s_prev [b, d_s];
    s_tilde_prev [b, d_s]; h [b, n, d_h]; mask bool [b, n], True = visible;
    w has W_a [d_s, d_h], W_c [d_s, d_h + d_s], and what `gru` needs.
    Returns s [b, d_s], s_tilde [b, d_s], alpha [b, n], in this order.
    """
    # BEGIN SOLUTION
    x = torch.cat([Ey_prev, s_tilde_prev], -1)
    s = gru(x, s_prev, w)
    e = ((s @ w["W_a"])[:, None] @ h.mT)[:, 0]
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = (alpha[:, None] @ h)[:, 0]
    s_tilde = torch.tanh(torch.cat([c, s], -1) @ w["W_c"].T)
    return s, s_tilde, alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The GRU reads [E y_{t-1}; s~_{t-1}] and steps first; then its new
  state asks.
"""  # END TEST CONFIG


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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: s~ is tanh(W_c [c; s]), with the context first and the new state;
  gradients reach every input.
"""  # END TEST CONFIG


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


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A sentence must give the same step alone as in a batch with longer
  ones, whatever its padding holds; or a size is taken for granted.
"""  # END TEST CONFIG


def test_padding_never_matters(feeding_step):
    names = "s", "s_tilde", "alpha"
    for seed in seeds(5)[3:]:
        *given, h, mask, w = step_inputs(
            seed, (2, 7, 3, 1), d_e=5, d_s=7, d_h=2, dtype=torch.float64
        )
        h = torch.where(mask[..., None], h, 10.0)
        want = step_by_loops(*given, h, mask, w)
        lines = step_mistakes(*given, h, mask, w)
        out = unpack(call(feeding_step, *given, h, mask, w), "s, s_tilde, alpha")
        for part, what in enumerate(names):
            mistakes = {k: v[part] for k, v in lines.items()}
            check(out[part], want[part], mistakes, what=what)
        unchanged(feeding_step, *given, h, mask, w)
        differentiable(
            feeding_step, step_by_loops, (*given, h, mask, w), to=(0, 1, 2, 3)
        )
        alone = *(x[:1] for x in given), h[:1, :2], mask[:1, :2], w
        right = want[0][:1], want[1][:1], want[2][:1, :2]
        out = unpack(call(feeding_step, *alone), "s, s_tilde, alpha")
        for found, expected, what in zip(out, right, names, strict=True):
            check(found, expected, what=f"{what} of a sentence alone")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: one step of beam search
#
# A beam holds $K$ prefixes of *one* sentence; prefix $k$ has the log-probability
# `total[k]`. The decoder has looked at all of them and says how probable each next
# token is: `log_p[k, y]` is $\log p(y \mid \text{prefix } k, x)$. Every prefix may be
# extended by every token. Give back the `width` most probable extensions of all, the
# most probable first: which prefix each one extends, by which token, and its
# log-probability.
#
# Treat EOS like any other token here. If there are fewer than `width` extensions, give
# back all of them. No two are equally probable. Positions and tokens are int64, as
# PyTorch's indices are, and count from 0.

# %% [raw]
# # BEGIN SOLUTION


# %%
def beam_step(log_p, total, width):
    """The best extensions of all prefixes.

    log_p [K, V], total [K], width a number;
    returns parent [w], token [w], new_total [w] with w = min(width, K * V).
    """
    # BEGIN SOLUTION
    every = (total[:, None] + log_p).flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return flat // log_p.shape[1], flat % log_p.shape[1], new_total
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def beam_inputs(seed, K, V, spread=4.0, dtype=torch.float32):
    """log p of each token after each prefix, and of the prefixes."""
    logits, total = normal(seed, (K, V), (K,), dtype=dtype)
    return (2 * logits).log_softmax(-1), -3 - spread * total.abs()


def right_extensions(log_p, total, width):
    """All extensions in a list, sorted."""
    every = [
        (total[k].item() + log_p[k, y].item(), k, y)
        for k in range(len(total))
        for y in range(log_p.shape[1])
    ]
    best = sorted(every, reverse=True)[:width]
    value, parent, token = zip(*best, strict=True)
    return (
        torch.tensor(parent),
        torch.tensor(token),
        torch.tensor(value, dtype=log_p.dtype),
    )


def beam_mistakes(log_p, total, width):
    """What known mistakes give: sentence -> parent, token, new_total."""
    (K, V), w = log_p.shape, min(width, log_p.numel())

    def pick(every, largest=True):
        value, flat = every.flatten().topk(w, largest=largest)
        return flat // V, flat % V, value

    parent, token, value = pick(total[:, None] + log_p)
    alone = pick(log_p)
    chance = pick(total[:, None].exp() * log_p.exp())
    mixed = pick(total[:, None] + log_p.exp())
    own, best = log_p.max(1)
    order = (total + own).argsort(descending=True)[:w]
    first = total.argmax()
    top = (total[first] + log_p[first]).topk(min(w, V))
    flat = parent * V + token
    return {
        "The new total is that of the whole prefix, not of the last token alone.":
            (parent, token, log_p[parent, token]),
        "The prefix's own log-probability is not added.": alone,
        "The prefix's own log-probability is added only afterwards: it must decide.":
            (alone[0], alone[1], alone[2] + total[alone[0]]),
        "The new total is that of the extension, not of the old prefix.":
            (parent, token, total[parent]),
        "Those are the worst extensions, not the best.": pick(
            total[:, None] + log_p, False
        ),
        "Those are probabilities; the totals are logarithms.": chance,
        "A logarithm and a probability are added.": mixed,
        "The best comes first; here it comes last.":
            (parent.flip(0), token.flip(0), value.flip(0)),
        "The order of the results is parent, token, new_total.": (
            token, parent, value
        ),
        "That is the place in the flattened table; a token is the rest after "
        "dividing by V.": (parent, flat, value),
        "That is the place in the flattened table; a prefix is the place over V.":
            (flat, token, value),
        "The table has V columns: divide by V, not by K.": (flat // K, flat % K, value),
        "Each prefix gives one extension only; one prefix may give several.":
            (order, best[order], (total + own)[order]),
        "Only the best prefix is extended; the others may overtake it.":
            (torch.full((len(top[1]),), int(first)), top[1], top[0]),
        "The table was flattened the other way round: tokens times prefixes.":
            (flat % K, flat // K, value),
    }  # fmt: skip


def joint(parts):
    """All three in one table, so that a mistake is known by all of them."""
    return torch.stack([part.double() for part in parts])


def check_beam(beam_step, log_p, total, width):
    want = right_extensions(log_p, total, width)
    lines = beam_mistakes(log_p, total, width)
    right, known = joint(want), {text: joint(v) for text, v in lines.items()}
    found = unpack(call(beam_step, log_p, total, width), "parent, token, new_total")
    rows = [x for x in found if isinstance(x, torch.Tensor) and x.ndim == 1]
    if len(rows) == 3 and len({len(row) for row in rows}) == 1:
        check(joint(rows), right, known, what="[parent, token, new_total]")
    for part, what in enumerate(("parent", "token", "new_total")):
        check(found[part], want[part], what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Add each prefix's total to its row, look for the best entries of the
  whole table, and turn each place into a row and a column.
"""  # END TEST CONFIG


def test_best_extensions_of_all_prefixes(beam_step):
    for seed in seeds():
        check_beam(beam_step, *beam_inputs(seed, 3, 7), 3)
        # the best prefix is far ahead: most extensions are its own
        log_p, total = beam_inputs(seed, 3, 7)
        check_beam(beam_step, log_p, total + torch.tensor([0.0, 5.0, 0.0]), 5)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The width need not be the number of prefixes, the first step has one
  prefix, and neither table nor totals may change.
"""  # END TEST CONFIG


def test_first_step_and_inputs_that_stay(beam_step):
    for seed in seeds():
        log_p, total = beam_inputs(seed, 1, 11, dtype=torch.float64)
        check_beam(beam_step, log_p, total, 5)
        unchanged(beam_step, log_p, total, 5)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Few tokens or many prefixes, a width larger than all extensions, and
  tokens that are impossible must all work.
"""  # END TEST CONFIG


def test_other_sizes(beam_step):
    for seed in seeds(5)[3:]:
        for K, V, width in ((5, 2, 4), (2, 3, 11), (7, 5, 1), (4, 13, 8)):
            dtype = torch.float64 if K % 2 else torch.float32
            log_p, total = beam_inputs(seed, K, V, dtype=dtype)
            check_beam(beam_step, log_p, total, width)
            unchanged(beam_step, log_p, total, width)
        log_p, total = beam_inputs(seed, 3, 5)
        log_p[1] = torch.tensor([-torch.inf] * 4 + [0.0])  # sure of its next token
        check_beam(beam_step, log_p, total, 6)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: find the two bugs
#
# The function below should give the distribution that nucleus sampling draws from. It
# divides the logits by the temperature $\tau$ and takes the softmax $p$. The nucleus
# $S$ holds the most probable tokens, the most probable first, and no more of them than
# needed to reach together *at least* the share `top_p`. The token with which the share
# is reached belongs to it, so it is never empty. Then
#
# $$q(y) = \frac{p(y)}{\sum_{y' \in S} p(y')} \text{ for } y \in S, \qquad
# q(y) = 0 \text{ elsewhere.}$$
#
# It runs, mostly, and is wrong in two places. Predict first: for a very sure model and
# `top_p` = 0.5, how many tokens should be left? Then measure, and repair it.

# %% [raw]
# # BEGIN SOLUTION


# %%
def nucleus(logits, tau, top_p):
    """q: softmax(logits / tau), cut to the nucleus and normalised again.

    logits [b, V]; tau > 0 and 0 < top_p < 1 are numbers; returns q [b, V].
    """
    """ # BEGIN PROMPT
    p = (logits * tau).softmax(-1)
    mass, token = p.sort(-1, descending=True)
    outside = mass.cumsum(-1) >= top_p
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    p = (logits / tau).softmax(-1)
    mass, token = p.sort(-1, descending=True)
    outside = mass.cumsum(-1) - mass >= top_p  # what is held before this token
    # END SOLUTION
    mass = mass.masked_fill(outside, 0.0)
    mass = mass / mass.sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter(-1, token, mass)


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A high temperature makes a distribution flat, a low one sharp.
"""  # END TEST CONFIG


def test_temperature(nucleus):
    for seed in seeds():
        (logits,) = normal(seed, (3, 7))
        check_nucleus(nucleus, 0.4 * logits, 2.0, 0.8)
        check_nucleus(nucleus, 0.4 * logits, 0.5, 0.8)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The token with which the share is reached belongs to the nucleus; a
  sure row keeps one token.
"""  # END TEST CONFIG


def test_nucleus(nucleus):
    for seed in seeds():
        (logits,) = normal(seed, (5, 11), dtype=torch.float64)
        logits[0, 3] += 9.0  # sure of one token
        for top_p in (0.5, 0.8):
            check_nucleus(nucleus, logits, 1.5, top_p)
        unchanged(nucleus, logits, 1.5, 0.8)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One row is a batch like any other; very sure rows, very small and very
  large shares must give numbers that sum to 1.
"""  # END TEST CONFIG


def test_other_rows(nucleus):
    for seed in seeds(5)[3:]:
        for b, V, scale in ((1, 2, 1.0), (4, 13, 5.0), (2, 23, 20.0)):
            (logits,) = normal(seed, (b, V), dtype=torch.float64)
            for tau, top_p in ((0.7, 0.05), (1.3, 0.97), (2.0, 0.6)):
                check_nucleus(nucleus, scale * logits, tau, top_p)
            unchanged(nucleus, logits, 0.7, 0.6)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: a search on paper
#
# A decoder knows two letters and EOS. Its probabilities, by what has been written:
#
# | written so far | $a$ | $b$ | EOS |
# |--|--|--|--|
# | nothing | $0.5$ | $0.4$ | $0.1$ |
# | $a$ | $0.3$ | $0.3$ | $0.4$ |
# | $b$ | $0.05$ | $0.05$ | $0.9$ |
# | two letters | $0$ | $0$ | $1$ |
#
# 1. How probable is the output that greedy search writes (EOS included)?
# 2. How probable is the best output that a beam of width 2 finds?
# 3. The score of an output with the length penalty is
#    $\log p(y \mid x) / \bigl((5 + |y|)/6\bigr)^{\gamma}$, with the natural logarithm,
#    and $|y|$ counts EOS. What is the score of "$b$ EOS" for $\gamma = 1$?
# 4. At which $\gamma$ does "$a\,a$ EOS" get the same score as "$b$ EOS"?
#
# Expressions are fine, `math.log` is imported, and three decimals are enough.

# %% [raw]
# # BEGIN SOLUTION

# %%
p_greedy = 0.5 * 0.4  # SOLUTION
p_beam = 0.4 * 0.9  # SOLUTION
score_b = math.log(0.36) / (7 / 6)  # SOLUTION
gamma_equal = math.log(math.log(0.15) / math.log(0.36)) / math.log(8 / 7)  # SOLUTION

# %% [markdown]
# Greedy search takes $a$ and then EOS: $0.5 \cdot 0.4 = 0.2$. A beam of two keeps $a$
# and $b$, and $b$ EOS has $0.4 \cdot 0.9 = 0.36$, more than anything that begins with
# $a$. With two tokens the penalty is $7/6$. Equal scores need
# $\log 0.15 / (8/6)^\gamma = \log 0.36 / (7/6)^\gamma$, so
# $(8/7)^\gamma = \log 0.15 / \log 0.36$: a $\gamma$ of 4.6, far beyond the usual 0.6
# to 1. A length penalty mends small differences only.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Greedy search takes the most probable token at each step; multiply
  what it takes, EOS included.
"""  # END TEST CONFIG


def test_greedy(p_greedy):
    mistakes = {
        "EOS is a token too: multiply by its probability.": 0.5,
        "That is the output of a beam; greedy search takes a first.": 0.36,
        "After a, EOS is more probable than another a.": 0.15,
        "That is a logarithm; asked is a probability.": math.log(0.2),
        "Probabilities are multiplied, not added.": 0.9,
        "Greedy search takes the most probable token, which is a at first.": 0.1,
        "That is the last step alone.": 0.4,
        "The mean of the steps is no probability.": 0.45,
        "That is the mean by multiplying, the root: asked is the product.": 0.2**0.5,
    }
    check(p_greedy, 0.2, mistakes, what="p_greedy", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep two prefixes after the first step, extend both, and take the
  best that has ended.
"""  # END TEST CONFIG


def test_beam(p_beam):
    mistakes = {
        "That is what greedy search writes; a beam of 2 still has b.": 0.2,
        "EOS is a token too: multiply by its probability.": 0.4,
        "That is the last step alone; multiply by the first.": 0.9,
        "That is a logarithm; asked is a probability.": math.log(0.36),
        "Probabilities are multiplied, not added.": 1.3,
        "That is less probable than b and EOS.": 0.15,
        "Both outputs of the beam are added; asked is the best one.": 0.56,
        "The empty output was not kept: two others were better.": 0.1,
        "The outputs of one beam do not share their probability.": 0.36 / 0.56,
    }
    check(p_beam, 0.36, mistakes, what="p_beam", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The natural logarithm of the output's probability, over (5 + 2)/6.
"""  # END TEST CONFIG


def test_score(score_b):
    p = math.log(0.36)
    mistakes = {
        "EOS counts: b and EOS are two tokens.": p,
        "The penalty divides, it does not multiply.": p * 7 / 6,
        "A logarithm of a probability is negative.": -p * 6 / 7,
        "The natural logarithm is meant.": math.log10(0.36) * 6 / 7,
        "The natural logarithm is meant, not that to the base 2.": (
            math.log2(0.36) * 6 / 7
        ),
        "The logarithm is missing.": 0.36 * 6 / 7,
        "EOS has a probability too.": math.log(0.4) * 6 / 7,
        "That is the mean over the tokens; the penalty is another.": p / 2,
        "BOS does not count.": p * 6 / 8,
        "That is the score of a and EOS.": math.log(0.2) * 6 / 7,
    }
    check(score_b, p * 6 / 7, mistakes, what="score_b", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Set the two scores equal; (8/7) to the power of gamma is the ratio of
  the two logarithms.
"""  # END TEST CONFIG


def test_gamma(gamma_equal):
    ratio = math.log(0.15) / math.log(0.36)
    want = math.log(ratio) / math.log(8 / 7)
    mistakes = {
        "EOS counts: the lengths are 3 and 2.": math.log(ratio) / math.log(7 / 6),
        "The lengths stand in (5 + |y|)/6, not alone.": math.log(ratio) / math.log(1.5),
        "That is the ratio of the logarithms; gamma is in the exponent.": ratio,
        "The ratio is upside down, or the sign is wrong.": -want,
        "That is the ratio of the probabilities.": (
            math.log(0.36 / 0.15) / math.log(8 / 7)
        ),
        "Gamma is an exponent, not a factor.": ratio / (8 / 7),
        "After a, the second a has 0.3: the output has 0.15.": (
            math.log(math.log(0.2) / math.log(0.36)) / math.log(8 / 7)
        ),
        "Gamma is still to be solved for: take the logarithm of both sides.": (
            math.log(ratio)
        ),
        "Three decimals are asked for.": float(round(want)),
    }
    check(gamma_equal, want, mistakes, what="gamma_equal", within=2e-3)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
