# %% [markdown]
# # Exercise 3: soft attention
#
# You write the five lines of Bahdanau's attention yourself: score, weights, context,
# input, state. Then you repair an attention that runs and is wrong, and work out one
# small case by hand.
#
# 10 points, about 45 minutes. You need chapter 3 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` queries, `n` keys. A mask is True where a key is
# *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. A model is trained through questions 1 to 4:
# gradients must flow back through your answers, and `.item()`, `.detach()` or numpy
# would cut them off.

# %% imports
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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: the additive score
#
# How well does key $k_i$ answer query $q_t$? Bahdanau's network has one hidden layer:
# it adds a projection of each, bends the sum, and reads one number off it.
#
# $$e_{t,i} = v_a^\top \tanh(W_a q_t + U_a k_i)$$
#
# Every query meets every key, so the sum needs an axis for each. No loop over queries
# or keys is needed, but none is forbidden.

# %% [raw]
# # BEGIN SOLUTION


# %%
def additive_score(q, k, W_a, U_a, v_a):
    """e = v_aᵀ tanh(W_a q + U_a k), for every query with every key.

    q [b, m, d_q], k [b, n, d_k], W_a [d_a, d_q], U_a [d_a, d_k], v_a [d_a];
    returns e [b, m, n].
    """
    # BEGIN SOLUTION
    query = (q @ W_a.T)[:, :, None]  # [b, m, 1, d_a]
    key = (k @ U_a.T)[:, None]  # [b, 1, n, d_a]
    return torch.tanh(query + key) @ v_a
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_score(q, k, W_a, U_a, v_a):
    """One entry after another."""
    rows = []
    for queries, keys in zip(q, k):
        for query in queries:
            x = [torch.tanh(W_a @ query + U_a @ key) for key in keys]
            rows.append(torch.stack(x) @ v_a)
    return torch.stack(rows).view(len(q), q.shape[1], k.shape[1])


def score_mistakes(q, k, W_a, U_a, v_a):
    """What a wrong score is, by a sentence that says what is wrong."""
    (b, m, _), n, d_a = q.shape, k.shape[1], len(v_a)
    query = (q @ W_a.T)[:, :, None].expand(b, m, n, d_a)
    key = (k @ U_a.T)[:, None].expand(b, m, n, d_a)
    tanh, x = torch.tanh, query + key
    want = tanh(x) @ v_a
    return {
        "The tanh is missing; without it the score is linear.": x @ v_a,
        "The tanh belongs around the sum, before v_a.": tanh(x @ v_a),
        "There is a tanh too many: v_a is the last step.": tanh(want),
        "Add first, then bend: tanh(a) + tanh(b) is not tanh(a + b).":
            (tanh(query) + tanh(key)) @ v_a,
        "The tanh bends the query alone; it belongs around the sum.":
            (tanh(query) + key) @ v_a,
        "The tanh bends the key alone; it belongs around the sum.":
            (query + tanh(key)) @ v_a,
        "The projections are added, not multiplied.": tanh(query * key) @ v_a,
        "That is a dot product of the projections.": (query * key).sum(-1),
        "The query is missing from the sum.": tanh(key) @ v_a,
        "The key is missing from the sum.": tanh(query) @ v_a,
        "The key is added, not subtracted.": tanh(query - key) @ v_a,
        "The query is added, not subtracted.": tanh(key - query) @ v_a,
        "v_a is missing: it weighs the hidden layer.": tanh(x).sum(-1),
        "v_a is missing: it weighs the hidden layer, a mean does not.":
            tanh(x).mean(-1),
        "v_a weighs the bent sum; here it weighs the sum before the tanh.":
            tanh(x * v_a).sum(-1),
        "The bend is tanh, not the logistic function.": torch.sigmoid(x) @ v_a,
        "The bend is tanh, not ReLU.": torch.relu(x) @ v_a,
        "The bend is tanh, not the exponential.": x.exp() @ v_a,
        "This score is not divided by a root of its width.": want / math.sqrt(d_a),
        "These are weights already; the softmax comes later.": want.softmax(-1),
        "These are weights already, over the queries; the softmax comes later.":
            want.softmax(1),
        "The axes are exchanged: [b, n, m], expected [b, m, n].": want.mT,
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One of the three weights, the sum or the tanh is not where the
  equation has it.
"""  # END TEST CONFIG


def test_every_query_meets_every_key(additive_score):
    for seed in seeds():
        inputs = normal(seed, (2, 3, 5), (2, 7, 11), (13, 5), (13, 11), (13,))
        want = right_score(*inputs)
        mistakes = score_mistakes(*inputs)
        check(call(additive_score, *inputs), want, mistakes, what="e")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Take every size from the inputs, keep their dtype, leave them as they
  are, and let gradients reach them.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(additive_score):
    sizes = (3, 2, 7), (3, 5, 11), (13, 7), (13, 11), (13,)
    inputs = normal(seeds()[0], *sizes, dtype=torch.float64)
    want = right_score(*inputs)
    mistakes = score_mistakes(*inputs)
    check(call(additive_score, *inputs), want, mistakes, what="e")
    unchanged(additive_score, *inputs)
    differentiable(additive_score, right_score, inputs, to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The score is right for one size only; take every size from the inputs,
  one sentence, one query or one key included.
"""  # END TEST CONFIG


def test_other_sizes(additive_score):
    sizes = (
        (1, 1, 5, 3, 2, 7),
        (5, 7, 1, 2, 3, 3),
        (7, 5, 5, 5, 5, 5),
        (1, 3, 2, 2, 5, 1),
    )
    dtypes = torch.float32, torch.float64, torch.float32, torch.float64
    for seed in seeds(5)[3:]:
        for (b, m, n, d_q, d_k, d_a), dtype in zip(sizes, dtypes):
            shapes = (b, m, d_q), (b, n, d_k), (d_a, d_q), (d_a, d_k), (d_a,)
            inputs = normal(seed, *shapes, dtype=dtype)
            want = right_score(*inputs)
            check(call(additive_score, *inputs), want, what="e")
        unchanged(additive_score, *inputs)
        differentiable(additive_score, right_score, inputs, to=(0, 1))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: weights that ignore padding
#
# A short sentence in a batch is filled up with padding, and padding must get no weight
# at all: not a small one, 0. With $M_{t,i} = 1$ where key $i$ is visible:
#
# $$\alpha_{t,i} = \frac{M_{t,i} \exp e_{t,i}}{\sum_{j=1}^{T_x} M_{t,j} \exp e_{t,j}}$$
#
# Three things go wrong in practice, and your function should survive them. A row may
# have no visible key at all: then all its weights are 0, and none is NaN. A padded key
# may have by far the largest score. And the scores may be half precision, where $-10^9$
# does not exist.

# %% [raw]
# # BEGIN SOLUTION


# %%
def masked_softmax(e, mask):
    """alpha: softmax of e over the visible keys, exactly 0 on the others.

    e [b, m, n], mask bool [b, m, n] or [b, 1, n], True = visible;
    returns alpha [b, m, n].
    """
    # BEGIN SOLUTION
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    # a row of -inf alone gives NaN, and every weight of such a row is hidden
    return alpha.masked_fill(~mask, 0.0)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_weights(e, mask):
    """Row by row, over the visible keys only."""
    rows = []
    for scores, seen in zip(e.flatten(0, 1), mask.expand_as(e).flatten(0, 1)):
        row = torch.zeros_like(scores)
        if seen.any():
            row = row.masked_scatter(seen, scores[seen].softmax(0))
        rows.append(row)
    return torch.stack(rows).view_as(e)


def weight_mistakes(e, mask):
    """What wrong weights are, by a sentence that says what is wrong."""
    hidden, far = e.masked_fill(~mask, -1e9), e.masked_fill(~mask, -20.0)
    late, raw = e.softmax(-1) * mask, e.exp() * mask
    zeroed = e * mask
    count = mask.sum(-1, keepdim=True)
    return {
        "The mask is not used: padding has weight.": e.softmax(-1),
        "The mask is upside down: True means visible.":
            e.masked_fill(mask, -1e9).softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": late,
        "The softmax ran over the queries, not over the keys (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the keys (the last axis).":
            hidden.softmax(0) * mask,
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            zeroed.softmax(-1),
        "A score of 0 takes part in the sum, for exp(0) is 1; use minus infinity.":
            zeroed.softmax(-1) * mask,
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "All visible keys weigh the same; the scores decide.":
            (mask / count).expand_as(e).to(e),
        "The weights are not normalised: divide by their sum.": raw,
        "The weights are divided by the largest of them, not by their sum.":
            raw / raw.amax(-1, keepdim=True),
        "The weights are divided by all sums together, not row by row.":
            raw / raw.sum(),
        "The weights are divided by the number of keys, not by their sum.": raw / count,
        "These are logarithms of the weights.": hidden.log_softmax(-1),
        "These are logarithms of the weights, with 0 where a key is hidden.":
            hidden.log_softmax(-1) * mask,
        "The scores are normalised without the exponential.":
            zeroed / zeroed.sum(-1, keepdim=True),
        "The absolute scores are normalised, without the exponential.":
            (e.abs() * mask) / (e.abs() * mask).sum(-1, keepdim=True),
        "The positive scores are normalised, without the exponential.":
            (e.relu() * mask) / (e.relu() * mask).sum(-1, keepdim=True).clamp(min=1e-9),
        "All queries together sum to 1; each query should.":
            hidden.flatten(1).softmax(-1).view_as(e),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], -1e9).softmax(-1),
        "Softmax goes by exp(e), not by exp(-e).": (-e).masked_fill(
            ~mask, -1e9
        ).softmax(-1),
        "The scores are divided by a root; here they stay as they are.":
            (hidden / math.sqrt(e.shape[-1])).softmax(-1),
        "The softmax was taken twice.":
            (hidden.softmax(-1).masked_fill(~mask, -1e9)).softmax(-1),
        "A finite number stands where minus infinity belongs.": far.softmax(-1),
        "A finite number in place of minus infinity takes part in the sum.":
            far.softmax(-1) * mask,
        "Each logistic function stands alone; weights must sum to 1.":
            torch.sigmoid(e) * mask,
    }  # fmt: skip


def nothing(weights):
    if weights.any():
        raise Wrong(
            "a padded key has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Hide the padded scores first, then take the softmax over the keys
  (the last axis).
"""  # END TEST CONFIG


def test_padding_gets_nothing_and_the_rest_sums_to_one(masked_softmax):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        (e,) = normal(seed, (3, 5, 7), dtype=dtype)
        mask = ragged((6, 2, 4), 7)
        want = right_weights(e, mask)
        mistakes = weight_mistakes(e, mask)
        alpha = call(masked_softmax, e, mask)
        check(alpha, want, mistakes, what="alpha")
        nothing(alpha * ~mask)
        unchanged(masked_softmax, e, mask)
        differentiable(masked_softmax, right_weights, (e, mask))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A row of minus infinity alone gives NaN, and a row of -1e9 alone
  gives equal weights; set hidden weights to 0 at the end.
"""  # END TEST CONFIG


def test_row_without_a_visible_key_is_all_zero(masked_softmax):
    for seed in seeds():
        (e,) = normal(seed, (3, 2, 5))
        mask = ragged((5, 0, 3), 5)
        want = torch.zeros(3, 2, 5)
        for b, n in ((0, 5), (2, 3)):
            want[b, :, :n] = torch.softmax(e[b, :, :n], -1)
        uniform = e.masked_fill(~mask, -1e9).softmax(-1)
        mistakes = {"Equal scores give equal weights; set hidden ones to 0.": uniform}
        check(call(masked_softmax, e, mask), want, mistakes, what="alpha")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Something overflows; fill with minus infinity before the softmax, and
  leave the exponential to torch's own softmax.
"""  # END TEST CONFIG


def test_half_precision_and_very_large_scores(masked_softmax):
    kinds = torch.float32, torch.float16, torch.bfloat16
    for dtype, shift in [(dtype, shift) for dtype in kinds for shift in (700, -900)]:
        (e,) = normal(seeds()[0], (3, 2, 7))
        lengths = 4, 7, 2
        mask = ragged(lengths, 7)
        # padding has the largest scores by far
        e = (e + 500.0 * torch.arange(7) * ~mask + shift).to(dtype)
        want = torch.zeros(3, 2, 7, dtype=torch.float64)
        for b, n in enumerate(lengths):
            want[b, :, :n] = torch.softmax(e[b, :, :n].double(), -1)
        mistakes = {
            "The number that stands for minus infinity is not small enough.": (
                e.masked_fill(~mask, -20.0).softmax(-1) * mask
            ),
            "The number that stands for minus infinity is too large.": (
                e.masked_fill(~mask, -20.0).softmax(-1)
            ),
            "The softmax saw the padding; hide it before, not after.": torch.nan_to_num(
                e.softmax(-1) * mask / (e.softmax(-1) * mask).sum(-1, keepdim=True)
            ),
            "The largest score of all is taken off every row; take off its own largest "
            "visible one.": torch.nan_to_num(
                (e - e.max()).exp()
                * mask
                / ((e - e.max()).exp() * mask).sum(-1, keepdim=True)
            ),
        }
        what = f"alpha for {dtype} scores near {shift}"
        check(call(masked_softmax, e, mask), want.to(dtype), mistakes, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The mask may differ from query to query, some rows may see nothing,
  padding may have the largest score, and neither scores nor mask may change.
"""  # END TEST CONFIG


def test_a_mask_of_its_own_for_every_query(masked_softmax):
    for seed in seeds(5)[3:]:
        for (b, m, n), dtype in (
            ((2, 7, 5), torch.float64),
            ((1, 1, 3), torch.float32),
            ((5, 3, 11), torch.float16),
        ):
            e, draw = normal(seed, (b, m, n), (b, m, n))
            mask = draw > 0
            mask[0, 0] = False
            # visible scores near 300 or -300, row by row, hidden ones 300 higher
            sign = 1 - 2 * (torch.arange(b * m) % 2).view(b, m, 1)
            e = (e + 300 * sign + 300 * ~mask).to(dtype)
            want = torch.zeros(b, m, n, dtype=torch.float64)
            for row in range(b):
                for t in range(m):
                    seen = mask[row, t]
                    if seen.any():
                        want[row, t, seen] = torch.softmax(e[row, t, seen].double(), -1)
            first = e.masked_fill(~mask[:, :1], -torch.inf).softmax(-1)
            some = mask.any(1, keepdim=True)
            every = mask.all(1, keepdim=True)
            front = torch.arange(n) < mask.sum(-1, keepdim=True)
            shared = "The mask may differ from query to query; here all queries share "
            mistakes = {
                f"{shared}what any of them sees.": torch.nan_to_num(
                    e.masked_fill(~some, -torch.inf).softmax(-1)
                ),
                f"{shared}what all of them see.": torch.nan_to_num(
                    e.masked_fill(~every, -torch.inf).softmax(-1)
                ),
                "The visible keys need not come first; use the mask itself, not its "
                "length.": torch.nan_to_num(
                    e.masked_fill(~front, -torch.inf).softmax(-1)
                ),
                "The mask may differ from query to query; here the first row's is "
                "everybody's.": torch.nan_to_num(first) * mask[:, :1],
                "The mask may differ from query to query; here the first row's is "
                "everybody's, and a row of minus infinity alone gives NaN.": first,
                "The softmax saw the padding; hide it before, not after.": (
                    torch.nan_to_num(
                        e.softmax(-1) * mask / (e.softmax(-1) * mask).sum(-1, True)
                    )
                ),
                "The mask came after the softmax: weights must sum to 1.": (
                    e.softmax(-1) * mask
                ),
            }
            alpha = call(masked_softmax, e, mask)
            check(alpha, want.to(dtype), mistakes, what="alpha")
            nothing(alpha * ~mask)
        unchanged(masked_softmax, e, mask)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: one step of Bahdanau's decoder
#
# Attend with the *old* state, then step. In this order, and in no other:
#
# $$
# \begin{aligned}
# e_{t,i} &= v_a^\top \tanh(W_a s_{t-1} + U_a h_i) \\
# \alpha_t &= \operatorname{softmax}(e_t) \quad\text{over the visible words} \\
# c_t &= \textstyle\sum_i \alpha_{t,i} h_i \\
# y'_t &= [E y_{t-1}; c_t] \\
# s_t &= \operatorname{GRU}(y'_t, s_{t-1})
# \end{aligned}
# $$
#
# The GRU is given: `gru(y_prime, s_prev, w)`. All weights are in one dictionary `w`,
# under the names of the equations. Every sentence has at least one visible word.


# %% given
def gru(y_prime, s_prev, w):
    """One step of a GRU.

    y_prime [b, d_e + d_h], s_prev [b, d_s]; returns s [b, d_s].
    PyTorch names the weights on the input `ih`, those on the old state `hh`.
    """
    biases = w["b_ih"], w["b_hh"]
    return torch.gru_cell(y_prime, s_prev, w["W_ih"], w["W_hh"], *biases)


# %% [raw]
# # BEGIN SOLUTION


# %%
def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    """One step, in the order e, alpha, c, y', s.

    Ey_prev [b, d_e], the embedding of y_{t-1}; s_prev [b, d_s]; h [b, n, d_h];
    mask bool [b, n], True = visible; w has W_a [d_a, d_s], U_a [d_a, d_h],
    v_a [d_a], and what `gru` needs.
    Returns s [b, d_s], c [b, d_h], alpha [b, n], in this order.
    """
    # BEGIN SOLUTION
    query = (s_prev @ w["W_a"].T)[:, None]  # [b, 1, d_a]
    e = torch.tanh(query + h @ w["U_a"].T) @ w["v_a"]
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = (alpha[:, None] @ h)[:, 0]
    y_prime = torch.cat([Ey_prev, c], -1)
    s = gru(y_prime, s_prev, w)
    return s, c, alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The query is s_{t-1}, the softmax runs over the visible words, and
  the context is the sum of the states h_i themselves.
"""  # END TEST CONFIG


def test_weights_and_context_come_from_the_old_state(bahdanau_step):
    for seed in seeds():
        Ey_prev, s_prev, h, mask, w = step_inputs(seed, (5, 2, 3), d_e=3, d_s=5, d_h=7)
        _, c_want, alpha_want = step_by_loops(Ey_prev, s_prev, h, mask, w)
        lines = step_mistakes(Ey_prev, s_prev, h, mask, w)
        out = call(bahdanau_step, Ey_prev, s_prev, h, mask, w)
        _, c, alpha = unpack(out, "s, c, alpha")
        check(alpha, alpha_want, {k: v[2] for k, v in lines.items()}, what="alpha")
        check(c, c_want, {k: v[1] for k, v in lines.items()}, what="c")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The GRU reads [E y_{t-1}; c_t] in that order, and continues from
  s_{t-1}.
"""  # END TEST CONFIG


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


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A sentence must give the same step alone as in a batch with longer
  ones, whatever its padding holds; or a size is taken for granted.
"""  # END TEST CONFIG


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


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: find the two bugs
#
# The function below runs, its result has the right shape, a model built on it even
# learns something, and it is wrong in two places. It should compute, for every query,
#
# $$e_{t,i} = q_t^\top k_i, \qquad \alpha_t = \operatorname{softmax}(e_t),
# \qquad c_t = \sum_{i=1}^{T_x} \alpha_{t,i} v_i$$
#
# over the visible keys. Predict first: along which axis must the weights sum to 1, and
# which of `q`, `k`, `v` decides how wide a context is? Then measure, and repair it.

# %% [raw]
# # BEGIN SOLUTION


# %%
def attend(q, k, v, mask):
    """c = alpha @ v with alpha = softmax(q kᵀ) over the visible keys.

    q [b, m, d_k], k [b, n, d_k], v [b, n, d_v], mask bool [b, 1, n],
    True = visible; returns c [b, m, d_v], alpha [b, m, n].
    """
    e = q @ k.mT
    e = e.masked_fill(~mask, -1e4)
    """ # BEGIN PROMPT
    alpha = e.softmax(dim=1)
    c = alpha @ k
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    # END SOLUTION
    return c, alpha


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_attention(q, k, v, mask):
    """Torch's own, with the weights read off an identity in place of the values."""
    fused = torch.nn.functional.scaled_dot_product_attention
    eye = torch.eye(k.shape[1], dtype=k.dtype).expand(len(k), -1, -1)
    return fused(q, k, v, mask, scale=1.0), fused(q, k, eye, mask, scale=1.0)


def attend_mistakes(q, k, v, mask):
    """What wrong repairs give: sentence -> c, alpha."""
    e = q @ k.mT
    hidden, n = e.masked_fill(~mask, -1e4), k.shape[1]
    right = hidden.softmax(-1)
    over_queries = hidden.softmax(1)
    own = (k @ k.mT).masked_fill(~mask, -1e4).softmax(-1)
    d_k = q.shape[-1]
    sentences = {
        "Padding has weight now: the mask was right.": e.softmax(-1),
        "The mask was right; now it comes after the softmax.": e.softmax(-1) * mask,
        "The mask was right; now it is upside down.":
            e.masked_fill(mask, -1e4).softmax(-1),
        "This score has no factor: e = q k.": (hidden / math.sqrt(d_k)).softmax(-1),
        "This score has no factor, and no 1/d either: e = q k.":
            (e / d_k).masked_fill(~mask, -1e4).softmax(-1),
        "The sign of the score is wrong.": (-e).masked_fill(~mask, -1e4).softmax(-1),
        "The score is a dot product, not a distance.":
            (-torch.cdist(q, k)).masked_fill(~mask, -1e4).softmax(-1),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], -1e4).softmax(-1),
        "The softmax still runs over the queries; dividing by a sum comes too late.":
            over_queries / over_queries.sum(-1, keepdim=True),
        "One softmax is enough, over the keys; another runs over the queries.":
            over_queries.softmax(-1),
        "One softmax is enough, over the keys; another one over the queries is "
        "multiplied in.": over_queries * right,
        "The number that stands for minus infinity is not small enough.":
            e.masked_fill(~mask, -10.0).softmax(-1),
        "The score is a dot product, not a cosine.":
            (q / q.norm(dim=-1, keepdim=True)
             @ (k / k.norm(dim=-1, keepdim=True)).mT).masked_fill(~mask, -1e4)
            .softmax(-1),
        "The softmax ran over the batch, not over the keys.": hidden.softmax(0),
        "The softmax was taken twice.": right.masked_fill(~mask, -1e4).softmax(-1),
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "Queries and keys are both keys now; the queries ask.": own,
    }  # fmt: skip
    summed = None
    if v.shape == k.shape:
        summed = right @ (k + v)
        sentences["The scores compare queries with keys, not with values."] = (
            (q @ v.mT).masked_fill(~mask, -1e4).softmax(-1)
        )
    found = {text: (alpha @ v, alpha) for text, alpha in sentences.items()}
    if summed is not None:
        text = "The keys are added to the values; a context is made of values."
        found[text] = summed, right
    return {
        "The weights sum to 1 over the queries, not over the keys.": (
            over_queries @ v, over_queries
        ),
        "Both bugs are still there: look at alpha.sum(-1) first.": (
            over_queries @ k, over_queries
        ),
        "The weights average the keys; a context is made of values.": (
            right @ k, right
        ),
        "The context is a plain mean of the values; weigh them by alpha.": (
            v.mean(1, keepdim=True).expand_as(right @ v), right
        ),
        "The results come in the order c, alpha.": (right, right @ v),
        "That is e; the weights are its softmax.": (right @ v, hidden),
        "Those are logarithms of the weights.": (right @ v, right.log()),
        **found,
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Look at alpha.sum(-1), the sum over the keys; it has to be 1 for
  every query.
"""  # END TEST CONFIG


def test_weights(attend):
    for seed in seeds():
        inputs = *normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5)), ragged((6, 4), 7)
        _, want = right_attention(*inputs)
        lines = attend_mistakes(*inputs)
        _, alpha = unpack(call(attend, *inputs), "c, alpha")
        check(alpha, want, {k: v[1] for k, v in lines.items()}, what="alpha")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Look at what the weights average; a context is made of values.
"""  # END TEST CONFIG


def test_context(attend):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = (
            *normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 5), dtype=dtype),
            ragged((3, 7), 7),
        )
        want, weights = right_attention(*inputs)
        lines = attend_mistakes(*inputs)
        c, alpha = unpack(call(attend, *inputs), "c, alpha")
        check(c, want, {k: v[0] for k, v in lines.items()}, what="c")
        check(alpha, weights, {k: v[1] for k, v in lines.items()}, what="alpha")
        unchanged(attend, *inputs)
        differentiable(attend, right_attention, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The context is as wide as the values, whatever the width of the keys,
  and one sentence, one query or one key is a batch like any other.
"""  # END TEST CONFIG


def test_values_wider_than_keys(attend):
    settings = (3, 2, 5, 11, (3, 7, 1)), (1, 1, 3, 2, (5,)), (2, 3, 7, 1, (1, 1))
    for seed in seeds(5)[3:]:
        for b, m, d_k, d_v, lengths in settings:
            n = max(lengths)
            sizes = (b, m, d_k), (b, n, d_k), (b, n, d_v)
            inputs = *normal(seed, *sizes, dtype=torch.float64), ragged(lengths, n)
            want, weights = right_attention(*inputs)
            lines = attend_mistakes(*inputs)
            c, alpha = unpack(call(attend, *inputs), "c, alpha")
            check(alpha, weights, {k: v[1] for k, v in lines.items()}, what="alpha")
            check(c, want, {k: v[0] for k, v in lines.items()}, what="c")
        unchanged(attend, *inputs)
        differentiable(attend, right_attention, inputs, to=(0, 1, 2))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q5

# %% [markdown]
# ## Question 5: by hand
#
# Four keys have the scores and values below; the fourth is padding.
#
# | | $i=1$ | $i=2$ | $i=3$ | $i=4$ (hidden) |
# |--|--|--|--|--|
# | $e_i$ | $0$ | $\ln 2$ | $\ln 5$ | $\ln 8$ |
# | $v_i$ | $8$ | $4$ | $0$ | $100$ |
#
# Read the weights as probabilities: draw a position $I$ with $P(I = i) = \alpha_i$.
# Then the context is the expected value, $c = \mathbb{E}[v_I]$, and the variance
# $\sum_i \alpha_i (v_i - c)^2$ says how far *one* draw lies from it: what a hard
# attention, which reads one position only, would have to live with.
#
# Work all of it out on paper; fractions such as `1 / 3` are fine, and so are three
# decimals.

# %% [raw]
# # BEGIN SOLUTION

# %%
alpha_by_hand = [1 / 8, 2 / 8, 5 / 8, 0]  # SOLUTION
c_by_hand = 2  # SOLUTION
variance_by_hand = 8  # SOLUTION
# every score doubled: the weights again
alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]  # SOLUTION

# %% [markdown]
# $\exp e = (1, 2, 5)$ with the sum 8. So
# $c = (1 \cdot 8 + 2 \cdot 4 + 5 \cdot 0)/8 = 2$ and the variance is
# $(1 \cdot 36 + 2 \cdot 4 + 5 \cdot 4)/8 = 8$. Doubled scores square each exponential:
# $(1, 4, 25)$ with the sum 30. The weights become sharper, which is what a factor on
# the scores does.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.25
failure_message: Each weight is exp(e_i) over the sum of the visible ones.
"""  # END TEST CONFIG


def test_weights_by_hand(alpha_by_hand):
    e = torch.tensor([1.0, 2.0, 5.0, 8.0], dtype=torch.float64).log()
    mistakes = {
        "The hidden key takes part in the sum.": e.softmax(0).tolist(),
        "Hidden means weight 0 for the rest to share: the weights sum to 1.": [
            1 / 16,
            2 / 16,
            5 / 16,
            0,
        ],
        "Not normalised: divide by the sum.": [1, 2, 5, 0],
        "That is argmax; a softmax gives each visible key something.": [0, 0, 1, 0],
        "The scores are divided by their sum, without the exponential.": (
            e[:3] / e[:3].sum()
        ).tolist()
        + [0],
        "The hidden key has a weight too, 0: four numbers, please.": [
            1 / 8,
            2 / 8,
            5 / 8,
        ],
        "exp(0) is 1, not 0: the first key has a weight too.": [0, 2 / 7, 5 / 7, 0],
        "Equal weights would be those of equal scores.": [1 / 3, 1 / 3, 1 / 3, 0],
        "The order is that of the keys, the first has the smallest score.": [
            5 / 8,
            2 / 8,
            1 / 8,
            0,
        ],
        "Those are per cent; the weights sum to 1.": [12.5, 25, 62.5, 0],
        "Two decimals are too few; three, or fractions, are enough.": [
            0.13,
            0.25,
            0.63,
            0,
        ],
    }
    want = e[:3].softmax(0).tolist() + [0.0]
    check(alpha_by_hand, want, mistakes, what="alpha_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
failure_message: The context is the sum of weight times value over the visible keys,
  and the weights are those of the first line.
"""  # END TEST CONFIG


def test_context_by_hand(c_by_hand):
    e = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64).log()
    v = torch.tensor([8.0, 4.0, 0.0], dtype=torch.float64)
    mistakes = {
        "The hidden value takes part.": 816 / 16,
        "That is the sum without weights.": 12.0,
        "That is the plain mean, without weights.": 4.0,
        "That is the value of the best key; the context is an average.": 0.0,
        "The weights are not normalised.": 16.0,
        "That is the plain mean, the hidden value included.": 28.0,
        "Value and weight belong to the same key.": 6.0,
    }
    want = (e.softmax(0) @ v).item()
    check(c_by_hand, want, mistakes, what="c_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The variance is the weighted mean of the squared distances to c, not
  their plain mean and not the root.
"""  # END TEST CONFIG


def test_variance_by_hand(variance_by_hand):
    alpha = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64) / 8
    v = torch.tensor([8.0, 4.0, 0.0], dtype=torch.float64)
    mistakes = {
        "That is the standard deviation, the root of the variance.": 8**0.5,
        "That is E[v^2]; the square of c is still to be taken off.": 12.0,
        "The squared distances are not weighted.": 44 / 3,
        "The squared distances are added, not weighted.": 44.0,
        "The distances are not squared.": 3.0,
        "The weighted squares are still to be divided by the sum of the weights.": 64.0,
        "The square of c is no variance.": 4.0,
    }
    want = (alpha @ (v - alpha @ v) ** 2).item()
    check(variance_by_hand, want, mistakes, what="variance_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Doubling a score squares its exponential; then divide by the new sum.
"""  # END TEST CONFIG


def test_doubled_scores(alpha_doubled):
    e = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64).log()
    mistakes = {
        "The same weights: a factor matters, an added constant would not.": (
            [1 / 8, 2 / 8, 5 / 8, 0]
        ),
        "The weights are doubled; they have to sum to 1.": [2 / 8, 4 / 8, 10 / 8, 0],
        "Not normalised: divide by the sum.": [1, 4, 25, 0],
        "The hidden key takes part in the sum.": [1 / 94, 4 / 94, 25 / 94, 64 / 94],
        "Hidden means weight 0 for the rest to share: the weights sum to 1.": (
            [1 / 94, 4 / 94, 25 / 94, 0]
        ),
        "That is argmax; doubled scores are sharper, not that sharp.": [0, 0, 1, 0],
        "Two decimals are too few; three, or fractions, are enough.": (
            [0.03, 0.13, 0.83, 0]
        ),
        "The scores are halved, not doubled.": (e / 2).softmax(0).tolist() + [0],
        "The hidden key has a weight too, 0: four numbers, please.": (
            [1 / 30, 4 / 30, 25 / 30]
        ),
    }
    want = (2 * e).softmax(0).tolist() + [0.0]
    check(alpha_doubled, want, mistakes, what="alpha_doubled", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
