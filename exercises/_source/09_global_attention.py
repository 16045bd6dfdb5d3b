# %% [markdown]
# # Exercise 9: global attention
#
# You write Luong's attention for all target positions at once, the score that looks at
# no source state, and repair a concat score. Then you count what all of it costs.
#
# 10 points, about 40 minutes. You need chapter 9 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` target positions, `n` words of the source. A mask
# is True where a word is *visible*; each sentence has a visible word at least, and
# hidden words have weight 0, exactly. Give back what your inputs are made of (their
# dtype, their device), and leave the inputs themselves as they are. A model is trained
# through questions 1 to 3: gradients must flow back through your answers, and
# `.item()`, `.detach()` or numpy would cut them off.

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
    """True where a word is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: attention for all positions at once
#
# Without input feeding the RNN runs through the whole target first. You get its states
# $s_1 \dots s_{T_y}$ and do the rest of Luong's global attention for all of them, with
# the score *general*:
#
# $$
# e_{t,i} = s_t^\top W_a h_i, \qquad
# \alpha_t = \operatorname{softmax}(e_t) \text{ over the visible words}, \qquad
# c_t = \sum_i \alpha_{t,i} h_i, \qquad
# \tilde s_t = \tanh(W_c [c_t; s_t])
# $$
#
# No loop over $t$ is needed, but none is forbidden.

# %% [raw]
# # BEGIN SOLUTION


# %%
def attentional_states(s, h, mask, W_a, W_c):
    """s~ and alpha of every position.

    s [b, m, d_s], h [b, n, d_h], mask bool [b, 1, n], True = visible,
    W_a [d_s, d_h], W_c [d_s, d_h + d_s];
    returns s_tilde [b, m, d_s], alpha [b, m, n], in this order.
    """
    # BEGIN SOLUTION
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Each position asks with its own s_t, and its weights sum to 1 over
  the visible words.
"""  # END TEST CONFIG


def test_weights_and_states(attentional_states):
    for seed in seeds():
        inputs = global_inputs(seed, (5, 2, 3), m=4, d_s=5, d_h=7)
        check_global(attentional_states, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: s~ is tanh(W_c [c; s]) with the context first; gradients reach every
  input, and no input changes.
"""  # END TEST CONFIG


def test_equal_widths_and_gradients(attentional_states):
    for seed in seeds():
        # as wide as each other: an exchange shows in the values, not in an error
        inputs = global_inputs(seed, (2, 5), m=3, d_s=3, d_h=3, dtype=torch.float64)
        check_global(attentional_states, *inputs)
        unchanged(attentional_states, *inputs)
        everything = 0, 1, 3, 4
        differentiable(attentional_states, global_by_loops, inputs, to=everything)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One sentence, one position or one word is a batch like any other, and
  padding may hold anything.
"""  # END TEST CONFIG


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


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: the score location
#
# Luong's fourth score gives every *place* of the source a number, from the state alone:
#
# $$\alpha_t = \operatorname{softmax}(W_a s_t)$$
#
# $W_a$ has a row for each place, up to the longest source that the model was built for.
# A batch may be shorter: its `n` words stand in the first `n` places, and places beyond
# them, like hidden words, take no part in the softmax. The weights of each position
# sum to 1 over its visible words.

# %% [raw]
# # BEGIN SOLUTION


# %%
def location_weights(s, W_a, mask):
    """alpha of every position, without a look at the source states.

    s [b, m, d_s], W_a [max_n, d_s], mask bool [b, 1, n] with n <= max_n,
    True = visible; returns alpha [b, m, n].
    """
    # BEGIN SOLUTION
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return e.masked_fill(~mask, -torch.inf).softmax(-1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def location_inputs(seed, lengths, m, d_s, max_n, extra=0, dtype=torch.float32):
    """Random s, W_a and a mask, `extra` places of which are hidden for all."""
    s, W_a = normal(seed, (len(lengths), m, d_s), (max_n, d_s), dtype=dtype)
    return s, W_a, ragged(lengths, max(lengths) + extra)


def location_by_loops(s, W_a, mask):
    """The right answer, position by position."""
    rows = []
    for b in range(len(s)):
        seen = torch.tensor([i for i in range(mask.shape[-1]) if mask[b, 0, i]])
        for s_t in s[b]:
            alpha = torch.softmax(torch.stack([W_a[i] @ s_t for i in seen]), 0)
            zeros = torch.zeros(mask.shape[-1], dtype=s.dtype)
            rows.append(zeros.index_put((seen,), alpha))
    return torch.stack(rows).view(len(s), s.shape[1], -1)


def location_mistakes(s, W_a, mask):
    """What wrong weights are, by a sentence that says what is wrong."""
    n, low = mask.shape[-1], -1e9
    whole = s @ W_a.T
    e, last = whole[..., :n], whole[..., -n:]
    hidden = e.masked_fill(~mask, low)
    alpha = hidden.softmax(-1)
    cut = whole.softmax(-1)[..., :n]
    return {
        "The softmax ran over all rows of W_a; places beyond the source take no part.":
            cut,
        "The softmax ran over all rows of W_a, hidden places included; then they were "
        "set to 0.": cut * mask,
        "The mask is not used: hidden words have weight.": e.softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": e.softmax(-1) * mask,
        "The mask is upside down: True means visible.":
            e.masked_fill(mask, low).softmax(-1),
        "The words stand in the first n places; these are the last.":
            last.masked_fill(~mask, low).softmax(-1),
        "The softmax ran over the positions t, not over the places (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the places (the last axis).":
            hidden.softmax(0) * mask,
        "Those are scores; the softmax is missing.": e,
        "Those are scores with 0 for hidden words; the softmax is missing.": e * mask,
        "The weights are not normalised: divide by their sum.": e.exp() * mask,
        "Each logistic function stands alone; weights must sum to 1.":
            torch.sigmoid(e) * mask,
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            (e * mask).softmax(-1),
        "A score of 0 takes part in the sum, for exp(0) is 1; use minus infinity.":
            (e * mask).softmax(-1) * mask,
        "Those are logarithms of the weights.": hidden.log_softmax(-1),
        "All weight is on the best place: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
        "Everybody has the first sentence's mask.":
            e.masked_fill(~mask[:1], low).softmax(-1),
        "This score is not divided by a root.":
            (hidden / math.sqrt(s.shape[-1])).softmax(-1),
        "Everybody has the weights of the first position.":
            alpha[:, :1].expand_as(alpha),
        "The softmax was taken twice.":
            alpha.masked_fill(~mask, low).softmax(-1) * mask,
        "All visible words weigh the same; W_a s_t decides.":
            (mask / mask.sum(-1, keepdim=True)).expand_as(e).to(e),
        "The bend does not belong here: the scores are W_a s_t.":
            torch.tanh(e).masked_fill(~mask, low).softmax(-1),
    }  # fmt: skip


def check_location(location_weights, *inputs):
    want, lines = location_by_loops(*inputs), location_mistakes(*inputs)
    alpha = call(location_weights, *inputs)
    check(alpha, want, lines, what="alpha")
    nothing(alpha, inputs[2])


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Cut the scores to the first n places, hide what is hidden, then take
  the softmax.
"""  # END TEST CONFIG


def test_shorter_than_the_longest(location_weights):
    for seed in seeds():
        inputs = location_inputs(seed, (5, 2, 3), m=4, d_s=7, max_n=11)
        check_location(location_weights, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs alone, and let gradients reach s and
  W_a.
"""  # END TEST CONFIG


def test_double_and_gradients(location_weights):
    for seed in seeds():
        inputs = location_inputs(seed, (3, 5), 2, 3, 7, dtype=torch.float64)
        check_location(location_weights, *inputs)
        unchanged(location_weights, *inputs)
        differentiable(location_weights, location_by_loops, inputs, to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The source may be as long as W_a allows, one word is a source, and a
  place may be hidden for all.
"""  # END TEST CONFIG


def test_other_sizes(location_weights):
    settings = ((7, 3), 2, 5, 7, 0), ((1,), 1, 3, 4, 0), ((2, 4, 1), 3, 4, 6, 2)
    for seed in seeds(5)[3:]:
        for lengths, m, d_s, max_n, extra in settings:
            inputs = location_inputs(
                seed, lengths, m, d_s, max_n, extra, dtype=torch.float64
            )
            check_location(location_weights, *inputs)
            unchanged(location_weights, *inputs)
            differentiable(location_weights, location_by_loops, inputs, to=(0, 1))


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
# The score *concat* should be
#
# $$e_{t,i} = v_a^\top \tanh(W_a [s_t; h_i])$$
#
# for every position with every word, with the state $s_t$ in front, so the first $d_s$
# columns of $W_a$ belong to it. The function below runs, a model built on it trains,
# and it is wrong in two places. Predict first: with one of the bugs, all rows of the
# alignment map are the same, whatever $s_t$ is. Which one, and why? Then measure, and
# repair both.

# %% [raw]
# # BEGIN SOLUTION


# %%
def concat_score(s, h, W_a, v_a):
    """e = v_aᵀ tanh(W_a [s; h]), for every position with every word.

    s [b, m, d_s], h [b, n, d_h], W_a [d_a, d_s + d_h], v_a [d_a];
    returns e [b, m, n].
    """
    b, m, n = len(s), s.shape[1], h.shape[1]
    states = s[:, :, None].expand(b, m, n, -1)
    words = h[:, None].expand(b, m, n, -1)
    """ # BEGIN PROMPT
    pairs = torch.cat([words, states], -1)
    return pairs @ W_a.T @ v_a
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    pairs = torch.cat([states, words], -1)
    return torch.tanh(pairs @ W_a.T) @ v_a
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def concat_by_loops(s, h, W_a, v_a):
    """One entry after another."""
    rows = [
        torch.stack([v_a @ torch.tanh(W_a @ torch.cat([s_t, h_i])) for h_i in words])
        for states, words in zip(s, h, strict=True)
        for s_t in states
    ]
    return torch.stack(rows).view(len(s), s.shape[1], h.shape[1])


def concat_mistakes(s, h, W_a, v_a):
    """What wrong repairs give, by a sentence that says what is wrong."""
    (b, m, d_s), n, tanh = s.shape, h.shape[1], torch.tanh
    states = s[:, :, None].expand(b, m, n, -1)
    words = h[:, None].expand(b, m, n, -1)
    x = torch.cat([states, words], -1) @ W_a.T
    y = torch.cat([words, states], -1) @ W_a.T
    own, theirs = states @ W_a[:, :d_s].T, words @ W_a[:, d_s:].T
    want = tanh(x) @ v_a
    return {
        "Both bugs are still there: look at the order of each pair, and for the bend.":
            y @ v_a,
        "The tanh is missing: softmax would cancel the state's part.": x @ v_a,
        "The state stands first in [s; h]; here the word does.": tanh(y) @ v_a,
        "The tanh belongs around W_a [s; h], before v_a.": tanh(x @ v_a),
        "The state stands first in [s; h], and the tanh belongs before v_a.":
            tanh(y @ v_a),
        "There is a tanh too many: v_a is the last step.": tanh(want),
        "The tanh bends the pair; it belongs around W_a times the pair.":
            tanh(torch.cat([states, words], -1)) @ W_a.T @ v_a,
        "Add first, then bend: tanh(a) + tanh(b) is not tanh(a + b).":
            (tanh(own) + tanh(theirs)) @ v_a,
        "The state is missing.": tanh(theirs) @ v_a,
        "The word is missing.": tanh(own) @ v_a,
        "v_a is missing: it weighs the hidden layer.": tanh(x).sum(-1),
        "v_a is missing: it weighs the hidden layer, a mean does not.":
            tanh(x).mean(-1),
        "The bend is tanh, not ReLU.": torch.relu(x) @ v_a,
        "The bend is tanh, not the logistic function.": torch.sigmoid(x) @ v_a,
        "This score is not divided by a root.": want / math.sqrt(len(v_a)),
        "These are weights already; the softmax comes later.": want.softmax(-1),
        "The axes are exchanged: [b, n, m], expected [b, m, n].": want.mT,
    }  # fmt: skip


def check_concat(concat_score, *inputs):
    want, lines = concat_by_loops(*inputs), concat_mistakes(*inputs)
    check(call(concat_score, *inputs), want, lines, what="e")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The state stands first, and the bend stands between W_a and v_a.
"""  # END TEST CONFIG


def test_score(concat_score):
    for seed in seeds():
        inputs = normal(seed, (2, 3, 5), (2, 7, 11), (13, 16), (13,))
        check_concat(concat_score, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs alone, and let gradients through.
"""  # END TEST CONFIG


def test_double_and_gradients(concat_score):
    for seed in seeds():
        inputs = normal(seed, (3, 2, 4), (3, 5, 4), (7, 8), (7,), dtype=torch.float64)
        check_concat(concat_score, *inputs)
        unchanged(concat_score, *inputs)
        differentiable(concat_score, concat_by_loops, inputs, to=(0, 1, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The score is right for some sizes only; take every size from the
  inputs, one sentence, one position or one word included.
"""  # END TEST CONFIG


def test_other_sizes(concat_score):
    sizes = (
        (1, 1, 1, 3, 2, 5),
        (4, 3, 3, 3, 3, 3),
        (1, 5, 2, 1, 7, 2),
        (5, 1, 4, 2, 2, 1),
    )
    for seed in seeds(5)[3:]:
        for b, m, n, d_s, d_h, d_a in sizes:
            shapes = (b, m, d_s), (b, n, d_h), (d_a, d_s + d_h), (d_a,)
            inputs = normal(seed, *shapes, dtype=torch.float64)
            check_concat(concat_score, *inputs)
            unchanged(concat_score, *inputs)
            differentiable(concat_score, concat_by_loops, inputs, to=(0, 1, 2, 3))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: what it costs
#
# A decoder has states of width $d_s = 500$, reads source states of width $d_h = 800$,
# and embeds its words in $d_e = 300$ numbers. There are no biases here.
#
# 1. How many weights has the score *general*, $s_t^\top W_a h_i$?
# 2. How many has *concat*, $v_a^\top \tanh(W_a [s_t; h_i])$, with a hidden layer of
#    $d_a = 200$?
# 3. The decoder is a GRU, with three blocks of rows in its input matrix. How many
#    weights does input feeding *add* to it?
# 4. A source of 20 words, a target of 30. The score *general* projects the 20 words
#    once, $u_i = W_a h_i$, and then takes $s_t^\top u_i$ at every step. How many
#    multiplications is that for the whole sentence, contexts and everything else left
#    out?
#
# Whole numbers; expressions such as `3 * 4` are fine.

# %% [raw]
# # BEGIN SOLUTION

# %%
n_general = 500 * 800  # SOLUTION
n_concat = 200 * (500 + 800) + 200  # SOLUTION
n_feeding = 3 * 500 * 500  # SOLUTION
n_products = 20 * 500 * 800 + 20 * 30 * 500  # SOLUTION

# %% [markdown]
# $W_a$ is 500 x 800 for *general*, 200 x 1300 for *concat*, plus 200 for $v_a$. Feeding
# makes the GRU's input 500 wider, for each of its $3 \cdot 500$ rows. The products:
# 8,000,000 for the keys, once, and 300,000 for 600 scores. Projected anew at each of
# the 30 steps, the keys alone would take 240,000,000: that is why the library calls
# `project` once a sentence.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: W_a has a row for each entry of s_t and a column for each of h_i.
"""  # END TEST CONFIG


def test_general(n_general):
    mistakes = {
        "The widths are multiplied, not added.": 1300,
        "W_a stands between a state and a word: 500 times 800.": 500 * 500,
        "W_a stands between a state and a word, not two words.": 800 * 800,
        "The embedding takes no part in the score.": 300 * 800,
        "The embedding takes no part in the score, the state does.": 300 * 500,
        "There are no biases here.": 500 * 800 + 500,
        "There are no biases, on neither side.": 500 * 800 + 800,
        "The score does not grow with the source or the target.": 500 * 800 * 20,
        "That is the score dot, which has none.": 0,
    }
    check(n_general, 400_000, mistakes, what="n_general")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: W_a reads the state and the word together, and v_a has weights too.
"""  # END TEST CONFIG


def test_concat(n_concat):
    mistakes = {
        "v_a has weights too.": 200 * 1300,
        "v_a is as wide as the hidden layer, 200.": 200 * 1300 + 1300,
        "The two widths are added: W_a reads [s; h].": 200 * 500 * 800 + 200,
        "W_a reads the state as well.": 200 * 800 + 200,
        "W_a reads the word as well.": 200 * 500 + 200,
        "There are no biases here.": 200 * 1300 + 400,
        "The embedding is not read.": 200 * 1600 + 200,
        "That is the score general.": 400_000,
    }
    check(n_concat, 260_200, mistakes, what="n_concat")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The input gets wider by the width of s~, for each row of the three
  blocks.
"""  # END TEST CONFIG


def test_feeding(n_feeding):
    mistakes = {
        "A GRU has three blocks of rows.": 500 * 500,
        "A GRU has three blocks of rows, an LSTM four.": 4 * 500 * 500,
        "What is fed is s~, as wide as a state, not the context.": 3 * 500 * 800,
        "Asked is what feeding adds; the embedding was there before.": 3 * 500 * 800,
        "The embedding was there before.": 3 * 500 * 300,
        "W_c is there without feeding, too.": 3 * 500 * 500 + 500 * 1300,
        "Both biases are left out here.": 3 * 500 * 500 + 3 * 500,
        "The matrix on the old state is no part of it.": 2 * 3 * 500 * 500,
    }
    check(n_feeding, 750_000, mistakes, what="n_feeding")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Twenty projections of 500 times 800, once, and 600 dot products of
  width 500.
"""  # END TEST CONFIG


def test_products(n_products):
    keys, scores = 20 * 500 * 800, 20 * 30 * 500
    mistakes = {
        "The words are projected once for the sentence, not at every step.": (
            30 * keys + scores
        ),
        "The scores themselves are missing.": keys,
        "The projection of the words is missing.": scores,
        "One word is projected; there are 20.": keys // 20 + scores,
        "After the projection the keys are as wide as the states, 500.": (
            keys + 20 * 30 * 800
        ),
        "Each of the 30 steps meets each of the 20 words.": keys + 50 * 500,
        "The words are projected, not the states.": 30 * 500 * 800 + scores,
        "There are 30 steps.": keys + 20 * 500,
        "There are 20 words.": keys + 30 * 500,
    }
    check(n_products, keys + scores, mistakes, what="n_products")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
