# %% [markdown]
# # Exercise 10: local attention
#
# You write the window of local attention and the whole of local-p, repair a local-m
# that runs and is wrong, and work out one window by hand.
#
# 10 points, about 45 minutes. You need chapter 10 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` steps of the decoder, `n` states of the source.
# Places count from 0. A mask is True where a state is *visible*. Give back what your
# inputs are made of (their dtype, their device), and leave the inputs themselves as
# they are. Gradients must flow back through your answers to questions 2 and 3:
# `.item()`, `.detach()` or numpy would cut them off.

# %% imports
import torch

# %% helpers
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


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: the window
#
# Step $t$ looks at the places that lie at most $D$ from its place $p_t$, rounded:
#
# $$M_{t,i} = \bigl[\, |i - \mathrm{round}(p_t)| \le D \,\bigr]
# \quad\text{and}\quad i < T_x$$
#
# Each sentence of the batch has its own length $T_x \le n$; what lies behind it is
# padding, which nobody sees. At an end the window is *cut*: it is neither shifted nor
# does it go round to the other end. So a row may see fewer than $2D + 1$ places, or
# none. (No $p_t$ of the tests lies half-way between two places.)

# %% [raw]
# # BEGIN SOLUTION


# %%
def window(p, lengths, n, D):
    """M: which of the places 0 ... n - 1 does each step see?

    p [b, m] real, lengths [b] int, n and D int, D >= 0;
    returns bool [b, m, n].
    """
    # BEGIN SOLUTION
    i = torch.arange(n, device=p.device)
    near = (i - p.round()[..., None]).abs() <= D
    return near & (i < lengths[:, None, None])
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_window(p, lengths, n, D):
    """Place by place."""
    seen = torch.zeros(*p.shape, n, dtype=torch.bool)
    for b, row in enumerate(p.tolist()):
        for t, place in enumerate(row):
            for i in range(int(lengths[b])):
                seen[b, t, i] = abs(i - round(place)) <= D
    return seen


def window_mistakes(p, lengths, n, D):
    """What a wrong window is, by a sentence that says what is wrong."""
    i = torch.arange(n)
    real = i < lengths[:, None, None]
    x = i - p.round()[..., None]
    last = (lengths[:, None] - 1).to(p)
    moved = torch.minimum(p.round().clamp(min=D), (last - D).clamp(min=0))
    size = lengths[:, None, None]
    return {
        "Padding is visible: places behind a sentence's length are hidden.":
            x.abs() <= D,
        "The window is upside down: True means visible.": ~((x.abs() <= D) & real),
        "The window is too narrow: |i - p| = D is inside.": (x.abs() < D) & real,
        "The place p + D is missing: a slice ends before its end.":
            (x >= -D) & (x < D) & real,
        "The place p - D is missing.": (x > -D) & (x <= D) & real,
        "The window is D wide in all; it reaches D to each side.":
            (2 * x.abs() <= D) & real,
        "The window reaches 2D to each side; D is enough.": (x.abs() <= 2 * D) & real,
        "The place was cut to a whole number, not rounded.":
            ((i - p.floor()[..., None]).abs() <= D) & real,
        "The place was rounded up.": ((i - p.ceil()[..., None]).abs() <= D) & real,
        "The place is not rounded: its fraction takes part in the comparison.":
            ((i - p[..., None]).abs() <= D) & real,
        "The window looks back only.": (x <= 0) & (x >= -D) & real,
        "The window looks ahead only.": (x >= 0) & (x <= D) & real,
        "The window is cut at the ends, not shifted inside.":
            ((i - moved[..., None]).abs() <= D) & real,
        "The window goes round the end; it is cut there.":
            ((x % size).minimum(-x % size) <= D) & real,
        "Places count from 0; here they count from 1.":
            ((x + 1).abs() <= D) & (i + 1 < size),
        "Places count from 0; here they count from 1 inside the window.":
            ((x + 1).abs() <= D) & real,
        "Everybody has the first sentence's length.":
            (x.abs() <= D) & (i < lengths[0]),
        "The last word of a sentence is hidden too: i < T_x.":
            (x.abs() <= D) & (i < lengths[:, None, None] - 1),
        "One place behind the sentence is visible: i < T_x.":
            (x.abs() <= D) & (i <= lengths[:, None, None]),
        "Padding alone is hidden; the window is missing.":
            real.expand(*p.shape, n),
    }  # fmt: skip


def places(seed, b, m, n, dtype=torch.float32):
    """Places from one before the first to one behind the last, none half-way."""
    made = torch.Generator().manual_seed(seed)
    whole = torch.randint(-1, n + 1, (b, m), generator=made)
    part = (torch.rand(b, m, generator=made) - 0.5) * 0.9
    return (whole + part).to(dtype)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Compare |i - round(p)| with D for every place i, the places as a last
  axis, and hide the places from T_x on.
"""  # END TEST CONFIG


def test_windows_in_the_middle_and_at_the_ends(window):
    for seed in seeds():
        lengths = torch.tensor([7, 11, 5])
        inputs = places(seed, 3, 13, 11), lengths, 11, 2
        want = right_window(*inputs)
        mistakes = window_mistakes(*inputs)
        check(call(window, *inputs), want, mistakes, what="the window")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Leave p and the lengths as they are, and give back a bool tensor.
"""  # END TEST CONFIG


def test_double_precision_and_inputs_that_stay(window):
    inputs = (
        places(seeds()[0], 2, 5, 13, torch.float64),
        torch.tensor([13, 3]),
        13,
        3,
    )
    want = right_window(*inputs)
    mistakes = window_mistakes(*inputs)
    check(call(window, *inputs), want, mistakes, what="the window")
    unchanged(window, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The window is right for one size only. With D = 0 a step sees one
  place, with a large D the whole sentence, and a sentence may have one word.
"""  # END TEST CONFIG


def test_other_sizes(window):
    settings = (3, 5, 7, 0), (1, 1, 1, 1), (2, 3, 5, 11), (5, 2, 3, 1), (2, 7, 17, 4)
    for seed in seeds(5)[3:]:
        for b, m, n, D in settings:
            made = torch.Generator().manual_seed(seed)
            lengths = torch.randint(1, n + 1, (b,), generator=made)
            inputs = places(seed, b, m, n, torch.float64), lengths, n, D
            want = right_window(*inputs)
            check(call(window, *inputs), want, what="the window")
            unchanged(window, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: local-p
#
# The state says where to look, the window limits it, and a bell curve makes what is
# near count more. For each step, with $T_x$ the sentence's own length:
#
# $$
# \begin{aligned}
# p_t &= (T_x - 1)\,\sigma\bigl(v_p^\top \tanh(W_p s_t)\bigr) \\
# e_{t,i} &= s_t^\top W_a h_i \\
# \alpha_{t,i} &= \operatorname{softmax}_{i \in \text{window}}(e_{t,i})\;
# \exp\left(-\frac{(i - p_t)^2}{2 \sigma_D^2}\right), \qquad \sigma_D = \frac{D}{2} \\
# c_t &= \textstyle\sum_i \alpha_{t,i} h_i
# \end{aligned}
# $$
#
# The window of step $t$ holds the places $i < T_x$ with
# $|i - \mathrm{round}(p_t)| \le D$; here $D \ge 1$. Outside it $\alpha_{t,i}$ is
# exactly 0. The softmax sums to 1 inside the window, *then* the bell is multiplied on,
# and nothing is normalised again. The bell stands around $p_t$ itself, not around the
# rounded place: it is the only way for a gradient to reach $W_p$ and $v_p$.

# %% [raw]
# # BEGIN SOLUTION


# %%
def local_p(s, h, lengths, W_p, v_p, W_a, D):
    """c, alpha and p of local-p attention.

    s [b, m, d_s], h [b, n, d_h], lengths [b] int, W_p [d_p, d_s], v_p [d_p],
    W_a [d_s, d_h], D int; returns c [b, m, d_h], alpha [b, m, n], p [b, m].
    """
    # BEGIN SOLUTION
    p = (lengths[:, None] - 1) * torch.sigmoid(torch.tanh(s @ W_p.T) @ v_p)
    i = torch.arange(h.shape[1], device=h.device)
    near = (i - p.detach().round()[..., None]).abs() <= D
    near = near & (i < lengths[:, None, None])
    e = (s @ W_a @ h.mT).masked_fill(~near, -torch.inf)
    bell = torch.exp(-2 * ((i - p[..., None]) / D) ** 2)
    alpha = e.softmax(-1) * bell
    return alpha @ h, alpha, p
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_local_p(s, h, lengths, W_p, v_p, W_a, D):
    """Step by step, over the states inside the window only."""
    alphas, p = [], []
    for b, n in enumerate(lengths.tolist()):
        for state in s[b]:
            place = (n - 1) * torch.sigmoid(v_p @ torch.tanh(W_p @ state))
            middle = round(place.item())
            seen = torch.arange(max(0, middle - D), min(n, middle + D + 1))
            weights = torch.softmax(h[b, seen] @ (state @ W_a), 0)
            weights = weights * torch.exp(-2 * (seen - place) ** 2 / D**2)
            alphas.append(h.new_zeros(h.shape[1]).index_put((seen,), weights))
            p.append(place)
    alpha = torch.stack(alphas).view(len(s), s.shape[1], -1)
    return alpha @ h, alpha, torch.stack(p).view(s.shape[:2])


def local_p_mistakes(s, h, lengths, W_p, v_p, W_a, D):
    """What wrong weights and places are, by a sentence that says what is wrong."""
    n, T = h.shape[1], lengths[:, None]
    x = torch.tanh(s @ W_p.T) @ v_p
    i = torch.arange(n)
    real = i < lengths[:, None, None]
    e = s @ W_a @ h.mT

    def places(p):
        return (i - p.round()[..., None]).abs()

    def bell(p, wide=D / 2):
        return torch.exp(-((i - p[..., None]) ** 2) / (2 * wide**2))

    def soft(scores, seen):
        hidden = scores.masked_fill(~seen, -1e9)
        return hidden.softmax(-1) * seen

    p = (T - 1) * torch.sigmoid(x)
    near = (places(p) <= D) & real
    right = soft(e, near)
    norm = right * bell(p)
    wrong_p = {
        "p is T_x - 1 times the share, not T_x times; places count from 0.":
            T * torch.sigmoid(x),
        "p is T_x - 1 times the share, not T_x times, and the count starts at 0, "
        "not at 1.": T * torch.sigmoid(x) - 1,
        "The place is a share of the sentence's own length, not of the width n.":
            (n - 1) * torch.sigmoid(x),
        "The place is a share of the sentence's own length; here it is a share of n, "
        "not of n - 1 either.": n * torch.sigmoid(x),
        "The logistic function is missing: the place must lie in the sentence.":
            (T - 1) * x,
        "The tanh is missing.": (T - 1) * torch.sigmoid(s @ W_p.T @ v_p),
        "The share is a logistic function, not a tanh.": (T - 1) * torch.tanh(x),
        "That is the share alone; times T_x - 1 it is a place.": torch.sigmoid(x),
        "The place is rounded; p itself is asked for, and needs its gradient.":
            p.round(),
        "v_p is missing from the place.":
            (T - 1) * torch.sigmoid(torch.tanh(s @ W_p.T).sum(-1)),
    }  # fmt: skip
    wrong_alpha = {
        "The bell is missing: multiply each weight by it.": right,
        "The weights are normalised again after the bell (to add its logarithm to the "
        "scores does that too); they sum to less than 1.":
            norm / norm.sum(-1, keepdim=True),
        "The bell was put on the scores; it is multiplied onto the weights.":
            soft(e * bell(p), near),
        "The bell is too wide: sigma is D/2, not D.": right * bell(p, D),
        "The 2 in front of sigma squared is missing.": right * bell(p, D / 2 / 2**0.5),
        "The bell is too narrow: the square of D/2 was taken twice, or D was.":
            right * bell(p, (D / 2) ** 2),
        "The distance is squared in the bell.":
            right * torch.exp(-(i - p[..., None]).abs() / (2 * (D / 2) ** 2)),
        "The bell stands around the rounded place; it belongs around p.":
            right * bell(p.round()),
        "The window is missing: the bell alone reaches everywhere.":
            soft(e, real.expand_as(e)) * bell(p),
        "The softmax saw the whole sentence; hide what is outside the window first.":
            soft(e, real.expand_as(e)) * near * bell(p),
        "Padding is visible.": soft(e, places(p) <= D) * bell(p),
        "The window is too narrow: |i - p| = D is inside.":
            soft(e, (places(p) < D) & real) * bell(p),
        "The window was laid around p without rounding.":
            soft(e, ((i - p[..., None]).abs() <= D) & real) * bell(p),
        "The window was laid around p cut to a whole number, not rounded.":
            soft(e, ((i - p.floor()[..., None]).abs() <= D) & real) * bell(p),
        "The place p + D is missing from the window.":
            soft(e, (places(p) <= D) & (i - p.round()[..., None] < D) & real) * bell(p),
        "The score has no factor 1 / sqrt d here.":
            soft(e / h.shape[-1] ** 0.5, near) * bell(p),
        "The softmax is missing.": e * near * bell(p),
        "The bell alone makes no weights; the scores are missing.": bell(p) * near,
    }  # fmt: skip
    if W_a.shape[0] == W_a.shape[1]:
        wrong_alpha["W_a is the other way round in the score."] = soft(
            s @ W_a.T @ h.mT, near
        ) * bell(p)
    if s.shape[-1] == h.shape[-1]:
        wrong_alpha["W_a is missing from the score."] = soft(s @ h.mT, near) * bell(p)
    for sentence, q in list(wrong_p.items())[:9]:
        seen = (places(q) <= D) & real
        wrong_alpha.setdefault(sentence, soft(e, seen) * bell(q))
    return wrong_p, wrong_alpha


def inputs_p(seed, b, m, n, d_s, d_h, d_p, D, dtype=torch.float32):
    """States, lengths and weights of ordinary size."""
    sizes = (b, m, d_s), (b, n, d_h), (d_p, d_s), (d_p,), (d_s, d_h)
    s, h, W_p, v_p, W_a = normal(seed, *sizes, dtype=dtype)
    made = torch.Generator().manual_seed(seed)
    lengths = torch.randint((n + 1) // 2, n + 1, (b,), generator=made)
    lengths[0] = n
    v_p = 2 * v_p / d_p**0.5
    return s, h, lengths, W_p / d_s**0.5, v_p, W_a / d_s**0.5, D


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The place is T_x - 1 times a logistic function, T_x being each
  sentence's own length.
"""  # END TEST CONFIG


def test_places(local_p):
    for seed in seeds():
        inputs = inputs_p(seed, 3, 5, 11, 7, 7, 13, 2)
        _, _, want = right_local_p(*inputs)
        mistakes, _ = local_p_mistakes(*inputs)
        _, _, p = unpack(call(local_p, *inputs), "c, alpha, p")
        check(p, want, mistakes, what="p")


# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: Softmax over the scores inside the window, then times the bell, and
  then nothing more; the context is the sum of alpha times h.
"""  # END TEST CONFIG


def test_weights_and_contexts(local_p):
    for seed in seeds():
        inputs = inputs_p(seed, 3, 5, 11, 7, 7, 13, 2)
        want, weights, _ = right_local_p(*inputs)
        _, mistakes = local_p_mistakes(*inputs)
        c, alpha, _ = unpack(call(local_p, *inputs), "c, alpha, p")
        check(alpha, weights, mistakes, what="alpha")
        check(c, want, what="c")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the dtype, leave the inputs as they are, and let gradients reach
  the states and all the weights; the place through the bell.
"""  # END TEST CONFIG


def test_gradients_and_double_precision(local_p):
    inputs = inputs_p(seeds()[0], 2, 3, 7, 5, 11, 13, 3, torch.float64)
    want, weights, _ = right_local_p(*inputs)
    _, mistakes = local_p_mistakes(*inputs)
    c, alpha, _ = unpack(call(local_p, *inputs), "c, alpha, p")
    check(alpha, weights, mistakes, what="alpha")
    check(c, want, what="c")
    unchanged(local_p, *inputs)
    differentiable(local_p, right_local_p, inputs, to=(0, 1, 3, 4, 5))


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Right for one size only, or without a way back for the gradient at
  another size.
"""  # END TEST CONFIG


def test_other_sizes(local_p):
    settings = (1, 1, 1, 3, 2, 5, 1), (2, 7, 17, 5, 3, 2, 4), (3, 2, 5, 2, 7, 3, 11)
    for seed in seeds(5)[3:]:
        for sizes in settings:
            inputs = inputs_p(seed, *sizes, dtype=torch.float64)
            want, weights, place = right_local_p(*inputs)
            wrong_p, mistakes = local_p_mistakes(*inputs)
            c, alpha, p = unpack(call(local_p, *inputs), "c, alpha, p")
            check(p, place, wrong_p, what="p")
            check(alpha, weights, mistakes, what="alpha")
            check(c, want, what="c")
        unchanged(local_p, *inputs)
        differentiable(local_p, right_local_p, inputs, to=(0, 1, 3, 4, 5))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: a window that cuts itself off
#
# This local-m reads its window by slicing, so that it scores no state outside. It
# should compute, for the one step $t$ (counted from 0) and all sentences of a batch,
#
# $$\alpha = \operatorname{softmax}_{|i - t| \le D}(q^\top h_i), \qquad
# c = \sum_i \alpha_i h_i$$
#
# cut at both ends of the source, with $c = 0$ and $\alpha = 0$ where nothing is left
# in the window. It runs, and a model built on it even learns something. Predict first:
# which states does it read for $D = 2$ at $t = 5$, and at $t = 1$? Then print them,
# and repair it. (There is no padding in this question, and the score has no factor.)

# %% [raw]
# # BEGIN SOLUTION


# %%
def local_m_step(q, h, t, D):
    """c and alpha of local-m at step t.

    q [b, d], h [b, n, d], t and D int; returns c [b, d], alpha [b, n].
    """
    """ # BEGIN PROMPT
    left, right = t - D, t + D
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    left, right = max(0, t - D), t + D + 1
    # END SOLUTION
    inside = h[:, left:right]  # [b, at most 2 D + 1, d]
    weights = (inside @ q[:, :, None])[..., 0].softmax(-1)
    c = (weights[:, None] @ inside)[:, 0]
    alpha = torch.zeros_like(h[:, :, 0])
    alpha[:, left:right] = weights
    return c, alpha


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_step(q, h, t, D):
    """Sentence by sentence, state by state."""
    contexts, rows = [], []
    for query, states in zip(q, h):
        seen = [i for i in range(len(states)) if abs(i - t) <= D]
        weights = states.new_zeros(len(states))
        if seen:
            e = torch.stack([states[i] @ query for i in seen])
            weights = weights.index_put((torch.tensor(seen),), e.softmax(0))
        rows.append(weights)
        contexts.append(weights @ states)
    return torch.stack(contexts), torch.stack(rows)


def step_mistakes(q, h, t, D):
    """What wrong repairs give, by a sentence that says what is wrong."""
    e = (h @ q[:, :, None])[..., 0]
    n, i = h.shape[1], torch.arange(h.shape[1])

    def soft(scores, seen):
        seen = seen.expand_as(scores)
        return scores.masked_fill(~seen, -1e9).softmax(-1) * seen

    sliced = torch.zeros(n, dtype=torch.bool)
    sliced[t - D : t + D] = True
    wrapped = torch.zeros(n, dtype=torch.bool)
    wrapped[t - D : t + D + 1] = True
    middle = min(max(t, D), max(n - 1 - D, 0))
    shifted = (i - middle).abs() <= D
    near = (i - t).abs() <= D
    round_it = ((i - t) % n).minimum((t - i) % n) <= D
    return {
        "A negative start counts from the end, and t + D is missing: both bugs are "
        "still there.": soft(e, sliced),
        "A negative start of a slice counts from the end; begin at 0.":
            soft(e, wrapped),
        "The state t + D is missing: a slice ends before its end.":
            soft(e, near & (i < t + D)),
        "The state t - D is missing.": soft(e, near & (i > t - D)),
        "The window is cut at the ends, not shifted inside.": soft(e, shifted),
        "The window goes round the end; it is cut there.": soft(e, round_it),
        "The window is one place too far right.": soft(e, (i - t - 1).abs() <= D),
        "All states are read; the window is missing.": e.softmax(-1),
        "The softmax saw the whole source; hide what is outside the window first.":
            e.softmax(-1) * near,
        "There is a factor in the score; it has none here.":
            soft(e / h.shape[-1] ** 0.5, near),
        "The window is one place too wide.": soft(e, (i - t).abs() <= D + 1),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Print left and right for t = 1 and for t = 5, and the states that
  `h[:, left:right]` then holds.
"""  # END TEST CONFIG


def test_every_step_of_a_source(local_m_step):
    for seed in seeds():
        q, h = normal(seed, (3, 5), (3, 11, 5))
        for t in (5, 4, 1, 0, 2, 9, 10):
            want, weights = right_step(q, h, t, 2)
            mistakes = step_mistakes(q, h, t, 2)
            c, alpha = unpack(call(local_m_step, q, h, t, 2), "c, alpha")
            check(alpha, weights, mistakes, what=f"alpha at t = {t}")
            check(c, want, what=f"c at t = {t}")
        unchanged(local_m_step, q, h, 5, 2)
        differentiable(local_m_step, right_step, (q, h, 5, 2), to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Another D, another length, or a step behind the end of the source,
  where the window may be empty.
"""  # END TEST CONFIG


def test_other_windows(local_m_step):
    for seed in seeds(5)[3:]:
        for b, n, d, D in (2, 7, 3, 0), (1, 5, 2, 4), (3, 3, 7, 1), (2, 13, 5, 3):
            q, h = normal(seed, (b, d), (b, n, d), dtype=torch.float64)
            for t in range(n + D + 3):
                want, weights = right_step(q, h, t, D)
                mistakes = step_mistakes(q, h, t, D)
                c, alpha = unpack(call(local_m_step, q, h, t, D), "c, alpha")
                check(alpha, weights, mistakes, what=f"alpha at t = {t}, D = {D}")
                check(c, want, what=f"c at t = {t}, D = {D}")
            unchanged(local_m_step, q, h, 1, D)
            differentiable(local_m_step, right_step, (q, h, 1, D), to=(0, 1))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: one window by hand
#
# A source of $T_x = 7$ states, places counted from 0, and local-p with $D = 2$. At some
# step $v_p^\top \tanh(W_p s_t) = \ln 2$, and the scores are
#
# | $i$ | 0 | 1 | 2 | 3 | 4 | 5 | 6 |
# |--|--|--|--|--|--|--|--|
# | $e_i$ | $\ln 9$ | $\ln 5$ | $0$ | $\ln 2$ | $\ln 3$ | $0$ | $0$ |
#
# 1. Where is $p = (T_x - 1)\,\sigma(\ln 2)$?
# 2. Which places are visible? A list, in order.
# 3. What do the seven weights $\alpha_i$ of question 2's formula sum to?
# 4. A source of 500 states, a target of 20 words, $D = 10$, no window cut at an end:
#    how many scores does local attention compute for the whole sentence if it gathers
#    its windows? (For global attention it would be $500 \cdot 20$.)
#
# Three decimals are enough, and so is an expression in `math.exp` (after `import
# math`).

# %% [raw]
# # BEGIN SOLUTION

# %%
import math  # SOLUTION NO PROMPT

place_by_hand = 4  # SOLUTION
visible_by_hand = [2, 3, 4, 5, 6]  # SOLUTION
sum_by_hand = (3 + 3 * math.exp(-0.5) + 2 * math.exp(-2)) / 8  # SOLUTION
scores_by_hand = 420  # SOLUTION

# %% [markdown]
# $\sigma(\ln 2) = 2/3$, so $p = 6 \cdot 2/3 = 4$, and the window holds 2 to 6. Inside
# it $\exp e = (1, 2, 3, 1, 1)$ with the sum 8: places 0 and 1, whatever their scores,
# take no part. With $\sigma_D = 1$ the bell is $1$ at a distance of 0, $e^{-1/2}$ at 1
# and $e^{-2}$ at 2. So the weights sum to
# $(3 + (2 + 1)\,e^{-1/2} + (1 + 1)\,e^{-2})/8 \approx 0.636$. Each of the 20 steps
# scores $2D + 1 = 21$ states: 420 scores, not 10 000.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
import math

# %%
""" # BEGIN TEST CONFIG
points: 0.25
failure_message: The logistic function of ln 2 is 1 / (1 + exp(-ln 2)); the place is
  that share of T_x - 1.
"""  # END TEST CONFIG


def test_place_by_hand(place_by_hand):
    share = torch.sigmoid(torch.tensor(2.0, dtype=torch.float64).log()).item()
    mistakes = {
        "T_x - 1 times the share, not T_x times: places count from 0.": 7 * share,
        "That is the share alone.": share,
        "1 / (1 + 2) would be the logistic function of -ln 2.": 2.0,
        "ln 2 is what the logistic function is taken of, not the share.": (
            6 * math.log(2)
        ),
        "Places count from 0, not from 1.": 5.0,
        "The logistic function is not the exponential.": 12.0,
    }
    want = 6 * share
    check(place_by_hand, want, mistakes, what="place_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
failure_message: All places i with |i - 4| <= 2, from the first to the last.
"""  # END TEST CONFIG


def test_visible_by_hand(visible_by_hand):
    mistakes = {
        "p + D is inside too.": [2, 3, 4, 5],
        "p - D is inside too.": [3, 4, 5, 6],
        "|i - p| = D is inside.": [3, 4, 5],
        "Places count from 0, not from 1.": [3, 4, 5, 6, 7],
        "The window looks both ways.": [4, 5, 6],
        "That is a mask; the places are asked for.": [0, 0, 1, 1, 1, 1, 1],
        "The bell makes weights small, the window alone makes them 0.": [4],
        "First and last place only; list those between them too.": [2, 6],
        "That is the window around 3.": [1, 2, 3, 4, 5],
    }
    want = list(range(2, 7))
    check(visible_by_hand, want, mistakes, what="visible_by_hand")


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Softmax over the five visible places, each times exp(-distance^2 / 2),
  and then the sum.
"""  # END TEST CONFIG


def test_sum_by_hand(sum_by_hand):
    e = torch.tensor([9.0, 5, 1, 2, 3, 1, 1], dtype=torch.float64)
    far = torch.tensor([4.0, 3, 2, 1, 0, 1, 2], dtype=torch.float64)
    bell = torch.exp(-(far**2) / 2)
    inside = e * (far <= 2)
    mistakes = {
        "The bell is missing, or the weights were normalised again.": 1.0,
        "The softmax saw the whole source.": ((inside * bell).sum() / e.sum()).item(),
        "The weights are not normalised before the bell.": (inside * bell).sum().item(),
        "sigma is D/2 = 1, not D.": (inside @ torch.exp(-(far**2) / 8) / 8).item(),
        "The 2 in front of sigma squared is missing.": (
            (inside @ torch.exp(-(far**2)) / 8).item()
        ),
        "The distance is squared in the bell.": (
            (inside @ torch.exp(-far / 2) / 8).item()
        ),
        "That is the sum of the bell alone.": bell[2:].sum().item(),
        "The window is missing.": (e @ bell / e.sum()).item(),
    }
    want = (inside @ bell / 8).item()
    check(sum_by_hand, want, mistakes, what="sum_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Each step scores 2D + 1 states, whatever the length of the source.
"""  # END TEST CONFIG


def test_scores_by_hand(scores_by_hand):
    mistakes = {
        "That is global attention.": 10000,
        "A window holds 2D + 1 states, its middle too.": 400,
        "D to each side: 2D + 1 states, not D.": 200,
        "D to each side: 2D + 1 states, not D + 1.": 220,
        "That is one step; there are 20.": 21,
        "Every target word has a window, not every source word.": 10500,
        "Counted for both sides of the sentence.": 520 * 21,
    }
    want = 20 * 21
    check(scores_by_hand, want, mistakes, what="scores_by_hand")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
