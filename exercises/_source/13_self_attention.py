# %% [markdown]
# # Exercise 13: self-attention
#
# You write self-attention under a mask and attention with several heads, repair
# positions that run and are wrong, and work out order and cost by hand.
#
# 10 points, about 45 minutes. You need chapter 13 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` queries, `n` keys. A mask is True where a key is
# *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. A model is trained through questions 1 to 3:
# gradients must flow back through your answers, and `.item()`, `.detach()` or numpy
# would cut them off.

# %% imports
import torch

# %% helpers
import math

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
# ## Question 1: self-attention under a mask
#
# Every word asks, and every visible word of its own sentence answers:
#
# $$q_t = W_Q x_t, \quad k_i = W_K x_i, \quad v_i = W_V x_i, \qquad
# e_{t,i} = \frac{q_t^\top k_i}{\sqrt{d_k}}, \qquad
# \alpha_t = \operatorname{softmax}(e_t), \qquad c_t = \sum_i \alpha_{t,i} v_i$$
#
# The softmax runs over the visible keys of each query; a hidden key has the weight 0.
# $d_k$ is the width of a query, not that of a word. Every query sees at least one key.

# %% [raw]
# # BEGIN SOLUTION


# %%
def self_attention(x, W_Q, W_K, W_V, mask):
    """Contexts and weights of every word.

    x [b, n, d], W_Q [d_k, d], W_K [d_k, d], W_V [d_v, d],
    mask bool [b, n, n] or [b, 1, n], True = visible;
    returns c [b, n, d_v], alpha [b, n, n], in this order.
    """
    # BEGIN SOLUTION
    Q, K, V = x @ W_Q.T, x @ W_K.T, x @ W_V.T
    e = Q @ K.mT / Q.shape[-1] ** 0.5
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha @ V, alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def self_inputs(seed, lengths, d, d_k, d_v, causal, dtype=torch.float32):
    """Words and weights of ordinary size, and a mask for these lengths."""
    b, n = len(lengths), max(lengths)
    shapes = (b, n, d), (d_k, d), (d_k, d), (d_v, d)
    x, W_Q, W_K, W_V = normal(seed, *shapes, dtype=dtype)
    i = torch.arange(n)
    mask = (i < torch.tensor(lengths)[:, None])[:, None]
    if causal:
        mask = mask & (i <= i[:, None])
    return x, 0.7 * W_Q, 0.7 * W_K, W_V, mask


def right_self(x, W_Q, W_K, W_V, mask):
    """Query after query, over the visible keys only: c, alpha."""
    mask = mask.expand(len(x), x.shape[1], -1)
    contexts, weights = [], []
    for words, seen in zip(x, mask, strict=True):
        for t in range(len(words)):
            q, alpha = W_Q @ words[t], torch.zeros_like(words[:, 0])
            at = seen[t].nonzero()[:, 0]
            e = torch.stack([q @ (W_K @ words[i]) for i in at]) / math.sqrt(len(q))
            alpha = alpha.index_put((at,), torch.softmax(e, 0))
            weights.append(alpha)
            contexts.append(sum(alpha[i] * (W_V @ words[i]) for i in at))
    b, n, _ = x.shape
    return torch.stack(contexts).view(b, n, -1), torch.stack(weights).view(b, n, n)


def self_mistakes(x, W_Q, W_K, W_V, mask):
    """What known mistakes give: sentence -> c, alpha."""
    Q, K, V = x @ W_Q.T, x @ W_K.T, x @ W_V.T
    e, d_k, d = Q @ K.mT, Q.shape[-1], x.shape[-1]
    hide, n = ~mask, x.shape[1]
    scaled = e / math.sqrt(d_k)
    hidden = scaled.masked_fill(hide, -1e9)
    late = scaled.softmax(-1) * mask
    sentences = {
        "The scores are not divided by the root of d_k.":
            e.masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by d_k, not by its root.":
            (e / d_k).masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by the root of the words' width; d_k is the queries'.":
            (e / math.sqrt(d)).masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by the root of the length; d_k is a width.":
            (e / math.sqrt(n)).masked_fill(hide, -1e9).softmax(-1),
        "The scores are multiplied by the root of d_k.":
            (e * math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "The mask is not used.": scaled.softmax(-1),
        "The mask is upside down: True means visible.":
            scaled.masked_fill(mask, -1e9).softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": late,
        "The softmax ran over the queries, not over the keys (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the keys (the last axis).":
            hidden.softmax(0) * mask,
        "Queries and keys are exchanged: row t belongs to query t.":
            scaled.mT.masked_fill(hide, -1e9).softmax(-1),
        "The mask is transposed: row t says what query t sees.":
            scaled.masked_fill(hide.expand_as(e).mT, -1e9).softmax(-1),
        "The queries are projected as keys; W_Q is missing.":
            (K @ K.mT / math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "The keys are projected as queries; W_K is missing.":
            (Q @ Q.mT / math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            (scaled * mask).softmax(-1),
        "Everybody has the first sentence's mask.":
            scaled.masked_fill(hide[:1], -1e9).softmax(-1),
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
    }  # fmt: skip
    right = hidden.softmax(-1)
    found = {text: (alpha @ V, alpha) for text, alpha in sentences.items()}
    found["The results come in the order c, alpha."] = right, right @ V
    found["The words themselves are averaged; W_V is missing."] = right @ x, right
    found["The keys are averaged; a context is made of values."] = right @ K, right
    found["The weights are transposed in the average."] = right.mT @ V, right
    found["Those are the scores; the weights are their softmax."] = right @ V, scaled
    return found


def compare_self(function, inputs):
    """c and alpha of a learner's function beside the right ones."""
    want = right_self(*inputs)
    mistakes = self_mistakes(*inputs)
    out = unpack(call(function, *inputs), "c, alpha")
    for k, what in ((1, "alpha"), (0, "c")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Project, score, scale, hide, softmax over the keys, average the
  values, in this order.
"""  # END TEST CONFIG


def test_every_word_reads_its_own_sentence(self_attention):
    for seed, causal in zip(seeds(), (False, True, True), strict=True):
        inputs = self_inputs(seed, (7, 3), 5, 3, 2, causal)
        want = right_self(*inputs)
        mistakes = self_mistakes(*inputs)
        out = unpack(call(self_attention, *inputs), "c, alpha")
        for k, what in ((1, "alpha"), (0, "c")):
            wrong = {text: both[k] for text, both in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the inputs' dtype, leave them as they are, and let gradients
  reach the words and the weights.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(self_attention):
    inputs = self_inputs(seeds()[0], (5, 2, 4), 7, 3, 5, True, torch.float64)
    compare_self(self_attention, inputs)
    unchanged(self_attention, *inputs)
    differentiable(self_attention, right_self, inputs, to=(0, 1, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Take every size from the inputs, one word or one sentence included;
  padding and large scores must not matter.
"""  # END TEST CONFIG


def test_other_sizes_and_large_padding(self_attention):
    settings = ((1,), 3, 2, 5, False), ((5, 1, 3), 5, 7, 3, True), ((4,), 2, 1, 1, True)
    dtypes = torch.float32, torch.float64, torch.float64
    for seed in seeds(5)[3:]:
        for setting, dtype in zip(settings, dtypes, strict=True):
            x, *rest, mask = self_inputs(seed, *setting, dtype)
            # behind the end of a sentence stands whatever was left there
            end = torch.tensor(setting[0])[:, None, None]
            x = torch.where(torch.arange(x.shape[1])[:, None] < end, x, 50.0)
            inputs = x, *rest, mask
            compare_self(self_attention, inputs)
            unchanged(self_attention, *inputs)
        differentiable(self_attention, right_self, inputs, to=(0, 1, 2, 3))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: several heads
#
# Head $j$ owns the $j$-th block of $d/n_\text{heads}$ rows of $W_Q$, $W_K$ and $W_V$,
# in their order. Each head attends by itself, with its own width $d_\text{head} =
# d/n_\text{heads}$ under the root. The heads are joined in their order, and $W_O$ mixes
# them:
#
# $$\text{head}_j = \operatorname{softmax}\Bigl(
# \frac{q {W_Q^j}^\top (k {W_K^j}^\top)^\top}{\sqrt{d_\text{head}}}\Bigr)
# \, v {W_V^j}^\top, \qquad
# C = [\text{head}_1; \dots; \text{head}_{n_\text{heads}}]\, W_O^\top$$
#
# There is no mask here. Queries, keys and values may come from different sequences, so
# $m$ need not be $n$; keys and values come from the same.

# %% [raw]
# # BEGIN SOLUTION


# %%
def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    """Contexts of n_heads heads, joined and mixed.

    q [b, m, d], k [b, n, d], v [b, n, d], all four weights [d, d],
    n_heads a divisor of d; returns c [b, m, d].
    """
    # BEGIN SOLUTION
    Q, K, V = (
        (z @ W.T).unflatten(-1, (n_heads, -1)).transpose(1, 2)
        for z, W in ((q, W_Q), (k, W_K), (v, W_V))
    )  # [b, n_heads, m or n, d_head]
    alpha = (Q @ K.mT / Q.shape[-1] ** 0.5).softmax(-1)
    return (alpha @ V).transpose(1, 2).flatten(2) @ W_O.T
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def head_inputs(seed, b, m, n, d, n_heads, dtype=torch.float32):
    """Random inputs of ordinary size."""
    shapes = (b, m, d), (b, n, d), (b, n, d), (d, d), (d, d), (d, d), (d, d)
    q, k, v, W_Q, W_K, *rest = normal(seed, *shapes, dtype=dtype)
    return q, k, v, 0.5 * W_Q, 0.5 * W_K, *rest, n_heads


def right_heads(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    """Torch's own function, with the same weights."""
    c, _ = torch.nn.functional.multi_head_attention_forward(
        q.transpose(0, 1),
        k.transpose(0, 1),
        v.transpose(0, 1),
        q.shape[-1],
        n_heads,
        torch.cat([W_Q, W_K, W_V]),
        None,
        None,
        None,
        False,
        0.0,
        W_O,
        None,
        need_weights=False,
    )
    return c.transpose(0, 1)


def head_mistakes(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    """What a wrong answer is, by a sentence that says what is wrong."""
    (b, m, d), n = q.shape, k.shape[1]
    d_head = d // n_heads

    def split(z, W):
        return (z @ W.T).unflatten(-1, (n_heads, d_head)).transpose(1, 2)

    def mixed(z, W):  # words and heads in one pot
        return (z @ W.T).reshape(b, n_heads, z.shape[1], d_head)

    def stride(z, W):  # every n_heads-th row
        return (z @ W.T).unflatten(-1, (d_head, n_heads)).movedim(-1, 1)

    def join(heads):
        return heads.transpose(1, 2).flatten(2)

    Q, K, V = split(q, W_Q), split(k, W_K), split(v, W_V)
    e = Q @ K.mT
    alpha = (e / math.sqrt(d_head)).softmax(-1)
    heads = alpha @ V
    one = ((q @ W_Q.T) @ (k @ W_K.T).mT / math.sqrt(d)).softmax(-1) @ (v @ W_V.T)

    def again(cut):
        a, b_, c = cut(q, W_Q), cut(k, W_K), cut(v, W_V)
        return (a @ b_.mT / math.sqrt(d_head)).softmax(-1) @ c

    def per_head(d_root):
        return join((e / d_root).softmax(-1) @ V) @ W_O.T

    tq, tk, tv = split(q, W_Q.T), split(k, W_K.T), split(v, W_V.T)
    transposed = (tq @ tk.mT / math.sqrt(d_head)).softmax(-1) @ tv
    return {
        "W_O is missing.": join(heads),
        "W_O is transposed: the rows of a weight are its outputs.": join(heads) @ W_O,
        "W_Q, W_K and W_V are transposed: the rows of a weight are its outputs.":
            join(transposed) @ W_O.T,
        "One head of full width: n_heads is not used.": one @ W_O.T,
        "The root is that of d; each head has its own width, d / n_heads.":
            per_head(math.sqrt(d)),
        "The scores are not divided by the root of d_head.": per_head(1.0),
        "The scores are divided by d_head, not by its root.": per_head(d_head),
        "The scores are divided by the root of the number of heads.":
            per_head(math.sqrt(n_heads)),
        "A reshape mixed words with heads: split the last axis, then exchange axes.":
            join(again(mixed)) @ W_O.T,
        "The heads are joined by a reshape that mixes words with heads; exchange the "
        "axes first.": heads.reshape(b, m, d) @ W_O.T,
        "Both ways a reshape mixed words with heads: split the last axis, then "
        "exchange axes.": again(mixed).reshape(b, m, d) @ W_O.T,
        "A head owns a block of neighbouring rows, not every n_heads-th row.":
            join(again(stride)) @ W_O.T,
        "The heads are joined entry by entry; join them one after the other.":
            heads.permute(0, 2, 3, 1).flatten(2) @ W_O.T,
        "The heads are joined in reverse.": join(heads.flip(1)) @ W_O.T,
        "The softmax ran over the queries, not over the keys.":
            join((e / math.sqrt(d_head)).softmax(-2) @ V) @ W_O.T,
        "The softmax ran over the heads, not over the keys.":
            join((e / math.sqrt(d_head)).softmax(1) @ V) @ W_O.T,
        "The heads share averaged weights; each has weights of its own.":
            join(alpha.mean(1, keepdim=True) @ V) @ W_O.T,
        "The values are not projected: W_V is missing.":
            join(alpha @ split(v, torch.eye(d, dtype=v.dtype))) @ W_O.T,
        "The keys are averaged; a head averages the values.":
            join(alpha @ split(k, W_V)) @ W_O.T,
        "The projected keys are averaged; a head averages the values.":
            join(alpha @ K) @ W_O.T,
        "The heads are added, not joined.":
            heads.sum(1).repeat(1, 1, n_heads) @ W_O.T,
        "Only the first head reads; each head has its own block.":
            join(heads[:, :1].expand_as(heads)) @ W_O.T,
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Split the last axis into heads, attend in each, join the heads in
  their order, then mix them by W_O.
"""  # END TEST CONFIG


def test_heads_against_torch(multi_head):
    for seed, (m, n, d, n_heads) in zip(
        seeds(), ((5, 7, 6, 3), (7, 7, 15, 3), (3, 5, 10, 2)), strict=True
    ):
        inputs = head_inputs(seed, 2, m, n, d, n_heads)
        want = right_heads(*inputs)
        mistakes = head_mistakes(*inputs)
        check(call(multi_head, *inputs), want, mistakes, what="c")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the inputs' dtype, leave them as they are, and let gradients
  reach queries, keys, values and all four weights.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(multi_head):
    inputs = head_inputs(seeds()[0], 3, 2, 5, 14, 7, torch.float64)
    want = right_heads(*inputs)
    mistakes = head_mistakes(*inputs)
    check(call(multi_head, *inputs), want, mistakes, what="c")
    unchanged(multi_head, *inputs)
    differentiable(multi_head, right_heads, inputs, to=(0, 1, 2, 3, 4, 5, 6))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One head, as many heads as entries, one query or one key are cases
  like any other.
"""  # END TEST CONFIG


def test_one_head_many_heads_one_word(multi_head):
    settings = (1, 3, 5, 7, 1), (2, 5, 3, 5, 5), (3, 1, 7, 6, 2), (2, 7, 1, 22, 11)
    dtypes = (torch.float32, torch.float64) * 2
    for seed in seeds(5)[3:]:
        for setting, dtype in zip(settings, dtypes, strict=True):
            inputs = head_inputs(seed, *setting, dtype)
            want = right_heads(*inputs)
            mistakes = head_mistakes(*inputs)
            check(call(multi_head, *inputs), want, mistakes, what="c")
        unchanged(multi_head, *inputs)
        differentiable(multi_head, right_heads, inputs, to=(0, 2, 6))


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
# The function below should add to every word the sinusoids of its *place*, which are
# the same in every sentence. With places $t$ and pairs $i$ counted from 0:
#
# $$p_{t,2i} = \sin\bigl(t / 10000^{2i/d}\bigr), \qquad
# p_{t,2i+1} = \cos\bigl(t / 10000^{2i/d}\bigr)$$
#
# It runs, the shape is right, a model built on it trains, and it is wrong in two
# places. Predict first: give it nothing but zeros. Which rows of the result must be
# equal, which must differ, and what stands in the very first row? Then measure, and
# repair it. $d$ is even.

# %% [raw]
# # BEGIN SOLUTION


# %%
def add_positions(x):
    """x [b, n, d] plus the sinusoids of each word's place; the same shape."""
    d = x.shape[2]
    i = torch.arange(d // 2, dtype=torch.float64, device=x.device)
    """ # BEGIN PROMPT
    place = torch.arange(len(x), device=x.device)[:, None, None]
    angle = place / 10000 ** (2 * i / d)
    p = torch.cat([angle.sin(), angle.cos()], -1)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    place = torch.arange(x.shape[1], device=x.device)[:, None]
    angle = place / 10000 ** (2 * i / d)
    p = torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)
    # END SOLUTION
    return x + p.to(x.dtype)


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_places(x):
    """Number after number."""
    n, d = x.shape[1:]
    p = torch.empty(n, d, dtype=torch.float64)
    for t in range(n):
        for i in range(d // 2):
            angle = t / 10000 ** (2 * i / d)
            p[t, 2 * i], p[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return torch.stack([sentence + p.to(x.dtype) for sentence in x])


def place_mistakes(x):
    """What wrong repairs give, by a sentence that says what is wrong."""
    b, n, d = x.shape
    i = torch.arange(d // 2, dtype=torch.float64)

    def table(places, power=2 * i / d, first=torch.sin, second=torch.cos, base=1e4):
        angle = places[:, None] / base**power
        return torch.stack([first(angle), second(angle)], -1).flatten(-2).to(x.dtype)

    def halves(places):
        angle = places[:, None] / 10000 ** (2 * i / d)
        return torch.cat([angle.sin(), angle.cos()], -1).to(x.dtype)

    t, s = torch.arange(n).double(), torch.arange(b).double()
    right = table(t)
    turned = torch.stack(
        [(t[:, None] * 10000 ** (2 * i / d)).sin(),
         (t[:, None] * 10000 ** (2 * i / d)).cos()], -1
    ).flatten(-2).to(x.dtype)  # fmt: skip
    return {
        "Both bugs are still there: give it zeros, and compare two sentences.":
            x + halves(s)[:, None],
        "The places number the sentences of the batch; number the words.":
            x + table(s)[:, None],
        "The sines stand in the first half, the cosines in the second; they take "
        "turns.": x + halves(t),
        "Places are counted from 0, here from 1.": x + table(t + 1),
        "The exponent is i/d here; it is 2i/d.": x + table(t, power=i / d),
        "The exponent is 4i/d here; it is 2i/d.": x + table(t, power=4 * i / d),
        "Sine and cosine are exchanged.":
            x + table(t, first=torch.cos, second=torch.sin),
        "There are sines only; the odd columns are cosines.":
            x + table(t, second=torch.sin),
        "There are cosines only; the even columns are sines.":
            x + table(t, first=torch.cos),
        "The angle is a quotient, not a product.": x + turned,
        "The base is 10000.": x + table(t, base=1e3),
        "The places run backwards.": x + table(t.flip(0)),
        "The words are missing: add the positions to x.": right.expand_as(x),
        "The words are multiplied by the positions; add them.": x * right,
        "The positions are taken off, not added.": x - right,
        "The words are multiplied by the root of d; here they stay as they are.":
            x * math.sqrt(d) + right,
        "The positions go on counting from sentence to sentence.":
            x + table(torch.arange(b * n).double()).view(b, n, d),
        "Each place adds up all places before it.": x + right.cumsum(0),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With zeros for words, all sentences must come out equal and all places
  different, and the first place is 0, 1, 0, 1, and so on.
"""  # END TEST CONFIG


def test_every_word_gets_its_place(add_positions):
    for seed in seeds():
        (x,) = normal(seed, (3, 7, 10))
        want = right_places(x)
        mistakes = place_mistakes(x)
        check(call(add_positions, x), want, mistakes, what="the result")
    unchanged(add_positions, x)
    differentiable(add_positions, right_places, (x,))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One sentence, as many sentences as words, one pair of columns and
  double precision are cases like any other.
"""  # END TEST CONFIG


def test_other_sizes(add_positions):
    settings = (1, 5, 2), (5, 5, 6), (2, 130, 14), (7, 1, 22)
    dtypes = (torch.float32, torch.float64) * 2
    for seed in seeds(5)[3:]:
        for shape, dtype in zip(settings, dtypes, strict=True):
            (x,) = normal(seed, shape, dtype=dtype)
            want = right_places(x)
            mistakes = place_mistakes(x)
            check(call(add_positions, x), want, mistakes, what="the result")
        unchanged(add_positions, x)
        differentiable(add_positions, right_places, (x,))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: by hand
#
# **a.** Row $t$ below has the scores of query $t$; a causal mask hides the future.
# What are the weights of the *second* row?
#
# | | $i=1$ | $i=2$ | $i=3$ |
# |--|--|--|--|
# | $t=1$ | $0$ | $\ln 2$ | $\ln 4$ |
# | $t=2$ | $0$ | $\ln 3$ | $\ln 5$ |
# | $t=3$ | $\ln 2$ | $\ln 6$ | $0$ |
#
# **b.** Without positions or mask, the words 1, 2, 3, 4 get contexts number 1, 2, 3,
# 4. Now the words stand in the order 3, 1, 4, 2. Predict: which contexts (by their old
# numbers) come out, from first to last?
#
# **c.** How many multiplications does a layer of self-attention need for $n = 100$
# words of width $d = 50$: $4nd^2$ for projections and $2n^2d$ for scores and contexts?
# Up to which length $n$, with $d = 50$, are these at most a GRU's $6nd^2$?
#
# **d.** Convolutions with windows of 7 places, 3 to each side, are stacked. How many
# layers until the last of 100 places can depend on the first?

# %% [raw]
# # BEGIN SOLUTION

# %%
causal_row = [1 / 4, 3 / 4, 0]  # SOLUTION
contexts_after = [3, 1, 4, 2]  # SOLUTION
multiplications = 2_000_000  # SOLUTION
longest = 50  # SOLUTION
layers_needed = 33  # SOLUTION

# %% [markdown]
# The second row sees 1 and 3, so the weights are 1/4 and 3/4. The contexts move with
# their words. $4 \cdot 100 \cdot 2500 + 2 \cdot 10000 \cdot 50 = 1000000 + 1000000$,
# and $4nd^2 + 2n^2d \le 6nd^2$ means $n \le d$. Each layer of convolution carries 3
# places further, and 99 have to be crossed.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The second row sees itself and the first key, and its weights sum
  to 1.
"""  # END TEST CONFIG


def test_second_row(causal_row):
    e = torch.tensor([1.0, 3.0, 5.0], dtype=torch.float64).log()
    mistakes = {
        "The future is not hidden.": e.softmax(0).tolist(),
        "The mask came after the softmax: weights must sum to 1.": [1 / 9, 3 / 9, 0],
        "A word sees itself, too.": [1, 0, 0],
        "Not normalised: divide by the sum.": [1, 3, 0],
        "exp(0) is 1, not 0: the first key has a weight too.": [0, 1, 0],
        "The hidden key has a weight too, 0: three numbers, please.": [1 / 4, 3 / 4],
        "The past is hidden, and the future is not.": [0, 3 / 8, 5 / 8],
        "That is the second column; a row is a query.": [2 / 11, 3 / 11, 6 / 11],
        "Equal weights would be those of equal scores.": [1 / 2, 1 / 2, 0],
        "That is the third row.": [2 / 9, 6 / 9, 1 / 9],
    }
    want = e[:2].softmax(0).tolist() + [0.0]
    check(causal_row, want, mistakes, what="causal_row", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A context is a function of a word and of the set around it.
"""  # END TEST CONFIG


def test_contexts_move_with_their_words(contexts_after):
    order = [2, 0, 3, 1]
    x = torch.eye(4, dtype=torch.float64) * torch.tensor([1.0, 2.0, 3.0, 4.0])
    old = (x @ x.T).softmax(-1) @ x
    new = (x[order] @ x[order].T).softmax(-1) @ x[order]
    want = [int((old - c).norm(dim=1).argmin()) + 1 for c in new]
    mistakes = {
        "That would be so if contexts belonged to places; they belong to words.":
            [1, 2, 3, 4],
        "That is the inverse order: which new place each old word has.": [2, 4, 1, 3],
        "Counted from 0; the question counts from 1.": [2, 0, 3, 1],
        "That is the reverse order.": [2, 4, 1, 3][::-1],
    }  # fmt: skip
    check(contexts_after, want, mistakes, what="contexts_after")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Both terms count, and the inequality can be divided by 2nd.
"""  # END TEST CONFIG


def test_cost(multiplications, longest):
    n, d = 100, 50
    want = 4 * n * d**2 + 2 * n**2 * d
    mistakes = {
        "The projections are left out.": 2 * n**2 * d,
        "Scores and contexts are left out.": 4 * n * d**2,
        "n and d are exchanged.": 4 * d * n**2 + 2 * d**2 * n,
        "Scores or contexts are left out: both cost n^2 d.": 4 * n * d**2 + n**2 * d,
    }
    check(multiplications, want, mistakes, what="multiplications")
    fits = [k for k in range(1, 1000) if 4 * k * d**2 + 2 * k**2 * d <= 6 * k * d**2]
    mistakes = {
        "At n = d the two are equal, and equal is allowed.": d - 1,
        "Without the projections it would be so; they count.": 3 * d,
        "The terms are 4nd^2 and 2n^2d; divide by 2nd.": 2 * d,
        "The remaining 2nd^2 is divided by 2nd once more.": 1,
        "Twice n is left on one side: divide by 2nd.": d // 2,
    }
    check(longest, len(fits), mistakes, what="longest")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A layer carries 3 places further, and 99 have to be crossed.
"""  # END TEST CONFIG


def test_layers(layers_needed):
    reach, layers = 0, 0
    while reach < 99:
        reach, layers = reach + 3, layers + 1
    mistakes = {
        "From the first to the last of 100 places there are 99 steps.": 34,
        "A layer carries 3 places to each side, not 7.": 15,
        "A layer carries 3 places to each side, not 6.": 17,
        "That is self-attention; a convolution sees its window only.": 1,
        "That is an RNN: one place a step.": 99,
        "Windows grow by 6 with each layer, and half of that lies on this side.": 16,
        "Windows of 7 overlap; they grow by 3 on this side.": 14,
    }
    check(layers_needed, layers, mistakes, what="layers_needed")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
