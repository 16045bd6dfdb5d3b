# %% [markdown]
# # Exercise 11: hierarchical attention
#
# You write attention pooling with a learned query, put it on two levels, repair two
# poolings that run and are wrong, and work out one small document by hand.
#
# 10 points, about 45 minutes. You need chapter 11 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` texts in a batch, `s` sentences of a document, `n` words of a sentence;
# what lies behind a length is padding and holds *arbitrary* numbers. Give back what
# your inputs are made of (their dtype, their device), and leave the inputs themselves
# as they are. Gradients must flow back through your answers to questions 1 to 3:
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


def pooled(states, W, bias, u):
    """The states of one text, without padding, pooled one after the other."""
    if not len(states):
        return states.sum(0), states.sum(-1)
    e = torch.stack([u @ torch.tanh(W @ x + bias) for x in states])
    alpha = torch.softmax(e, 0)
    return alpha @ states, alpha


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: pooling by attention
#
# No decoder asks here; the query is learned. In the letters of the paper, with a
# *context vector* $u$:
#
# $$
# e_i = u^\top \tanh(W h_i + w), \qquad
# \alpha = \operatorname{softmax}(e), \qquad c = \sum_i \alpha_i h_i
# $$
#
# over the words $i < T_x$ of each text; padding has weight exactly 0. A text may be
# empty, $T_x = 0$: then $\alpha = 0$ and $c = 0$, and nothing is NaN. The average is
# one of the states $h_i$ themselves, not of the hidden layer.

# %% [raw]
# # BEGIN SOLUTION


# %%
def attention_pool(h, lengths, W, w, u):
    """c and alpha of each text.

    h [b, n, d_h], lengths [b] int, W [d_a, d_h], w [d_a], u [d_a];
    returns c [b, d_h], alpha [b, n].
    """
    # BEGIN SOLUTION
    real = torch.arange(h.shape[1], device=h.device) < lengths[:, None]
    e = torch.tanh(h @ W.T + w) @ u
    alpha = e.masked_fill(~real, torch.finfo(e.dtype).min).softmax(-1)
    alpha = alpha.masked_fill(~real, 0.0)  # an empty text is all zeros
    return (alpha[:, None] @ h)[:, 0], alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_pool(h, lengths, W, w, u):
    """Text by text, over the real words only."""
    contexts, rows = [], []
    for states, length in zip(h, lengths.tolist()):
        c, alpha = pooled(states[:length], W, w, u)
        contexts.append(c)
        rows.append(torch.cat([alpha, h.new_zeros(h.shape[1] - length)]))
    return torch.stack(contexts), torch.stack(rows)


def pool_mistakes(h, lengths, W, w, u):
    """What wrong weights are, by a sentence that says what is wrong."""
    real = torch.arange(h.shape[1]) < lengths[:, None]
    x = h @ W.T + w

    def soft(e, seen=real):
        return e.masked_fill(~seen, -1e9).softmax(-1) * seen

    e = torch.tanh(x) @ u
    count = lengths[:, None].clamp(min=1)
    return {
        "Padding has weight: hide what lies behind each length.": e.softmax(-1),
        "The mask came after the softmax: the weights of a text sum to 1.":
            e.softmax(-1) * real,
        "The mask is upside down: i < T_x is visible.":
            e.masked_fill(real, -1e9).softmax(-1),
        "A score of 0 is not hidden, for exp(0) is 1.": (e * real).softmax(-1),
        "The softmax ran over the batch, not over the words.":
            e.masked_fill(~real, -1e9).softmax(0) * real,
        "The tanh is missing.": soft(x @ u),
        "There is a tanh too many, around the score.": soft(torch.tanh(e)),
        "The bias w is missing, or outside the tanh, where the softmax cancels it.":
            soft(torch.tanh(h @ W.T) @ u),
        "u is missing: it weighs the hidden layer.": soft(torch.tanh(x).sum(-1)),
        "The bend is tanh, not the logistic function.": soft(torch.sigmoid(x) @ u),
        "The bend is tanh, not ReLU.": soft(torch.relu(x) @ u),
        "This score has no factor 1 / sqrt d.": soft(e / len(u) ** 0.5),
        "All words weigh the same; the scores decide.": real / count.to(h),
        "All weight is on the best word: argmax instead of softmax.":
            torch.zeros_like(e).scatter(
                -1, e.masked_fill(~real, -1e9).argmax(-1, keepdim=True), 1.0
            ) * real,
        "The weights are not normalised.": e.exp() * real,
        "Everybody has the first text's length.": soft(e, real[:1].expand_as(e)),
        "The last word is hidden too: i < T_x.":
            soft(e, torch.arange(h.shape[1]) < lengths[:, None] - 1),
    }  # fmt: skip


def context_mistakes(h, lengths, W, w, u):
    """The same for contexts of right weights."""
    _, alpha = right_pool(h, lengths, W, w, u)
    hidden = torch.tanh(h @ W.T + w)
    found = {
        "That is the sum of the states; weigh them.": h.sum(1),
        "The average is divided by the number of words once more.": (
            (alpha[:, None] @ h)[:, 0] / lengths[:, None].clamp(min=1)
        ),
    }
    if hidden.shape[-1] == h.shape[-1]:
        found["The hidden layer is averaged; average the states h themselves."] = (
            alpha[:, None] @ hidden
        )[:, 0]
    return found


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The score has a tanh, a bias and u; the softmax runs over the real
  words of each text.
"""  # END TEST CONFIG


def test_weights_and_contexts(attention_pool):
    for seed in seeds():
        h, W, w, u = normal(seed, (3, 7, 5), (5, 5), (5,), (5,))
        inputs = h, torch.tensor([4, 7, 2]), W, w, u
        want, weights = right_pool(*inputs)
        lines, others = pool_mistakes(*inputs), context_mistakes(*inputs)
        c, alpha = unpack(call(attention_pool, *inputs), "c, alpha")
        check(alpha, weights, lines, what="alpha")
        check(c, want, others, what="c")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: An empty text gives zeros and no NaN; keep the dtype, leave the inputs
  as they are, and let gradients reach h, W, w and u.
"""  # END TEST CONFIG


def test_empty_text_double_precision_and_gradients(attention_pool):
    h, W, w, u = normal(
        seeds()[0], (3, 5, 7), (11, 7), (11,), (11,), dtype=torch.float64
    )
    inputs = h, torch.tensor([5, 0, 3]), W, w, u
    want, weights = right_pool(*inputs)
    lines = pool_mistakes(*inputs)
    c, alpha = unpack(call(attention_pool, *inputs), "c, alpha")
    check(alpha, weights, lines, what="alpha")
    check(c, want, what="c")
    unchanged(attention_pool, *inputs)
    differentiable(attention_pool, right_pool, inputs, to=(0, 2, 3, 4))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Right for one size only. One text, one word, or states of width 1 are
  a batch like any other.
"""  # END TEST CONFIG


def test_other_sizes(attention_pool):
    settings = (1, 1, 3, 2, (1,)), (2, 13, 5, 3, (13, 0)), (5, 3, 1, 7, (1, 2, 3, 2, 1))
    for seed in seeds(5)[3:]:
        for b, n, d_h, d_a, lengths in settings:
            sizes = (b, n, d_h), (d_a, d_h), (d_a,), (d_a,)
            h, W, w, u = normal(seed, *sizes, dtype=torch.float64)
            inputs = h, torch.tensor(lengths), W, w, u
            want, weights = right_pool(*inputs)
            lines = pool_mistakes(*inputs)
            c, alpha = unpack(call(attention_pool, *inputs), "c, alpha")
            check(alpha, weights, lines, what="alpha")
            check(c, want, what="c")
        unchanged(attention_pool, *inputs)
        differentiable(attention_pool, right_pool, inputs, to=(0, 2, 3, 4))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: two levels
#
# Documents of sentences of words. The states $h_{i,j}$ of the words are given (to keep
# it short, no RNN reads the sentences). Pool the words of each sentence, then the
# sentences of each document, each level with weights of its own:
#
# $$
# \begin{aligned}
# \alpha_i &= \operatorname{softmax}_j\, u_w^\top \tanh(W_w h_{i,j} + b_w), &
# s_i &= \textstyle\sum_j \alpha_{i,j} h_{i,j} \\
# \beta &= \operatorname{softmax}_i\, u_s^\top \tanh(W_s s_i + b_s), &
# c &= \textstyle\sum_i \beta_i s_i
# \end{aligned}
# $$
#
# Give back the document's vector $c$ and each word's **share** in it,
# $\beta_i \alpha_{i,j}$, which sum to 1 over the document. A padded sentence has 0
# words; its $\beta$ and all its shares are exactly 0. Every document has at least one
# sentence, and every sentence that is not padding at least one word.

# %% [raw]
# # BEGIN SOLUTION


# %%
def two_levels(h, n_words, word, sentence):
    """c and the share of every word.

    h [b, s, n, d], n_words [b, s] int, 0 for a sentence that is padding;
    word = (W_w, b_w, u_w) and sentence = (W_s, b_s, u_s), with W [d_a, d],
    b [d_a], u [d_a]; returns c [b, d], share [b, s, n].
    """
    # BEGIN SOLUTION
    lowest = torch.finfo(h.dtype).min

    def pool(x, real, W, bias, u):
        e = torch.tanh(x @ W.T + bias) @ u
        weights = e.masked_fill(~real, lowest).softmax(-1) * real
        return (weights[..., None, :] @ x)[..., 0, :], weights

    i = torch.arange(h.shape[2], device=h.device)
    s, alpha = pool(h, i < n_words[..., None], *word)
    c, beta = pool(s, n_words > 0, *sentence)
    return c, beta[..., None] * alpha
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_levels(h, n_words, word, sentence):
    """Document by document, sentence by sentence."""
    vectors, shares = [], []
    for document, lengths in zip(h, n_words.tolist()):
        parts = [pooled(x[:n], *word) for x, n in zip(document, lengths) if n]
        c, beta = pooled(torch.stack([s for s, _ in parts]), *sentence)
        rows = torch.zeros(h.shape[1:3], dtype=h.dtype)
        for i, n in enumerate(lengths):
            if n:
                b = beta[sum(x > 0 for x in lengths[:i])]
                alpha = pooled(document[i, :n], *word)[1]
                place = torch.full((n,), i), torch.arange(n)
                rows = rows.index_put(place, b * alpha)
        vectors.append(c)
        shares.append(rows)
    return torch.stack(vectors), torch.stack(shares)


def level_mistakes(h, n_words, word, sentence):
    """What wrong shares are, by a sentence that says what is wrong."""
    real = torch.arange(h.shape[2]) < n_words[..., None]
    there = n_words > 0

    def soft(e, seen):
        return e.masked_fill(~seen, -1e9).softmax(-1) * seen

    def score(x, W, bias, u):
        return torch.tanh(x @ W.T + bias) @ u

    def read(weights, x):
        return (weights[..., None, :] @ x)[..., 0, :]

    e = score(h, *word)
    alpha = soft(e, real)
    s = read(alpha, h)
    f = score(s, *sentence)
    beta = soft(f, there)
    even = (real / n_words[..., None].clamp(min=1)).to(h)
    level = (there / there.sum(-1, keepdim=True)).to(h)
    flat = soft(e.flatten(1), real.flatten(1)).view_as(e)
    seen_all = e.softmax(-1)
    loose = read(seen_all, h)
    return {
        "A padded sentence has weight: hide it before the sentence softmax.":
            f.softmax(-1)[..., None] * alpha,
        "Padded words have weight on the word level.":
            soft(score(loose, *sentence), there)[..., None] * seen_all,
        "Those are alpha; a share is beta times alpha.": alpha,
        "Sentences weigh the same; beta decides.": level[..., None] * alpha,
        "Words of a sentence weigh the same; alpha decides.":
            soft(score(read(even, h), *sentence), there)[..., None] * even,
        "Words weigh the same in the share; alpha decides.": beta[..., None] * even,
        "That is one softmax over all words of the document: one level, not two.":
            flat,
        "The two levels have exchanged their weights.":
            soft(score(read(soft(score(h, *sentence), real), h), *word), there)[
                ..., None
            ] * soft(score(h, *sentence), real),
        "Both levels use the words' weights.":
            soft(score(s, *word), there)[..., None] * alpha,
        "Both levels use the sentences' weights.":
            soft(score(read(soft(score(h, *sentence), real), h), *sentence), there)[
                ..., None
            ] * soft(score(h, *sentence), real),
        "The sentence softmax ran over the batch.":
            (f.masked_fill(~there, -1e9).softmax(0) * there)[..., None] * alpha,
        "The word softmax ran over the sentences.":
            beta[..., None] * (e.masked_fill(~real, -1e9).softmax(1) * real),
        "beta and alpha are multiplied, not added.":
            (beta[..., None] + alpha) * real,
        "The mask of the words came after the softmax.":
            soft(score(read(seen_all * real, h), *sentence), there)[..., None]
            * seen_all * real,
    }  # fmt: skip


def inputs_of(seed, b, s, n, d, d_a, n_words, dtype=torch.float32):
    """States, lengths and the weights of two levels."""
    sizes = [(b, s, n, d)] + [(d_a, d), (d_a,), (d_a,)] * 2
    h, *rest = normal(seed, *sizes, dtype=dtype)
    return h, torch.tensor(n_words), tuple(rest[:3]), tuple(rest[3:])


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Pool the real words of each sentence, then the real sentences of each
  document; the share of a word is the product of its two weights.
"""  # END TEST CONFIG


def test_shares(two_levels):
    for seed in seeds():
        n_words = [[5, 2, 3], [4, 1, 0]]
        inputs = inputs_of(seed, 2, 3, 5, 7, 11, n_words)
        _, want = right_levels(*inputs)
        lines = level_mistakes(*inputs)
        _, share = unpack(call(two_levels, *inputs), "c, share")
        check(share, want, lines, what="share")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The document's vector is the sum of beta times the sentence vectors;
  padding takes no part, whatever numbers it holds.
"""  # END TEST CONFIG


def test_vectors(two_levels):
    for seed, dtype in zip(seeds(), (torch.float64, torch.float32, torch.float64)):
        n_words = [[2, 0, 0], [3, 5, 1]]
        inputs = inputs_of(seed, 2, 3, 5, 7, 11, n_words, dtype)
        want, shares = right_levels(*inputs)
        lines = {
            text: (x.flatten(1)[:, None] @ inputs[0].flatten(1, 2))[:, 0]
            for text, x in level_mistakes(*inputs).items()
        }
        rows = level_mistakes(*inputs)
        c, share = unpack(call(two_levels, *inputs), "c, share")
        check(c, want, lines, what="c")
        check(share, shares, rows, what="share")
    unchanged(two_levels, *inputs)
    differentiable(two_levels, right_levels, inputs, to=(0,))


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Another number of documents, sentences or words.
"""  # END TEST CONFIG


def test_other_sizes(two_levels):
    settings = (
        (1, 1, 1, 3, 2, [[1]]),
        (3, 2, 7, 5, 3, [[7, 1], [2, 0], [3, 6]]),
        (2, 5, 3, 1, 7, [[1, 3, 2, 1, 3], [2, 2, 0, 0, 0]]),
    )
    for seed in seeds(5)[3:]:
        for *sizes, n_words in settings:
            inputs = inputs_of(seed, *sizes, n_words, torch.float64)
            want, shares = right_levels(*inputs)
            lines = level_mistakes(*inputs)
            c, share = unpack(call(two_levels, *inputs), "c, share")
            check(share, shares, lines, what="share")
            check(c, want, what="c")
        unchanged(two_levels, *inputs)
        differentiable(two_levels, right_levels, inputs, to=(0,))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: two poolings, two bugs
#
# A bidirectional RNN gives $h_i = [\overrightarrow{h}_i; \overleftarrow{h}_i]$, with the
# forward state in the first half of the last axis. The function should give back
#
# - **last**: $[\overrightarrow{h}_{T_x}; \overleftarrow{h}_1]$, the state of each
#   direction when it has read *everything*;
# - **mean**: $\frac{1}{T_x} \sum_{i \le T_x} h_i$ over the real words.
#
# It runs, and is wrong in both. Predict first: which word has the backward RNN read
# last? And what does a short text's mean become in the company of a long one? Then
# repair it. (Here every text has at least one word.)

# %% [raw]
# # BEGIN SOLUTION


# %%
def last_and_mean(h, lengths):
    """The two plain poolings of bidirectional states.

    h [b, n, 2 d], lengths [b] int, 1 <= T_x <= n; returns last [b, 2 d],
    mean [b, 2 d].
    """
    """ # BEGIN PROMPT
    last = h[:, -1]
    mean = torch.mean(h, 1)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    d = h.shape[-1] // 2
    row = torch.arange(len(h), device=h.device)
    last = torch.cat([h[row, lengths - 1, :d], h[:, 0, d:]], -1)
    real = torch.arange(h.shape[1], device=h.device) < lengths[:, None]
    total = h.masked_fill(~real[..., None], 0.0).sum(1)
    mean = total / lengths[:, None]
    # END SOLUTION
    return last, mean


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_both(h, lengths):
    """Text by text."""
    d = h.shape[-1] // 2
    last, mean = [], []
    for states, n in zip(h, lengths.tolist()):
        last.append(torch.cat([states[n - 1, :d], states[0, d:]]))
        mean.append(sum(states[i] for i in range(n)) / n)
    return torch.stack(last), torch.stack(mean)


def both_mistakes(h, lengths):
    """What wrong repairs give: for last, and for mean."""
    d, n = h.shape[-1] // 2, h.shape[1]
    row = torch.arange(len(h))
    real = (torch.arange(n) < lengths[:, None])[..., None]
    end = h[row, lengths - 1]
    total = (h * real).sum(1)
    cat = torch.cat
    last = {
        "That is the last column, padding for a short text.": h[:, -1],
        "The backward state at the last word has read one word only; it ends at the "
        "first word.": end,
        "The forward state is taken from the last column, padding for a short text.": cat(
            [h[:, -1, :d], h[:, 0, d:]], -1
        ),
        "That is the first word's state; the forward RNN has read one word there.": h[
            :, 0
        ],
        "The directions are exchanged: forward ends at the last word.": cat(
            [h[:, 0, :d], end[:, d:]], -1
        ),
        "The halves come in the other order: forward first.": cat(
            [h[:, 0, d:], end[:, :d]], -1
        ),
        "The last word is at T_x - 1, counted from 0.": cat(
            [h[row, (lengths - 2).clamp(min=0), :d], h[:, 0, d:]], -1
        ),
    }
    mean = {
        "Padding takes part in the mean.": h.mean(1),
        "The sum runs over real words, and is divided by n; divide by T_x.": total / n,
        "The sum holds padding; only the divisor was repaired.":
            h.sum(1) / lengths[:, None],
        "That is the sum; divide by T_x.": total,
        "That is the largest entry of each; a mean is asked for.":
            h.masked_fill(~real, -torch.inf).amax(1),
        "Divide by T_x, not by T_x - 1.": total / (lengths[:, None] - 1).clamp(min=1),
    }  # fmt: skip
    return last, mean


# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: Print a row with padding; the backward direction ends at the first
  word, and the mean is over T_x words.
"""  # END TEST CONFIG


def test_last_and_mean(last_and_mean):
    for seed in seeds():
        (h,) = normal(seed, (3, 7, 10))
        inputs = h, torch.tensor([3, 7, 5])
        ends, means = right_both(*inputs)
        wrong_last, wrong_mean = both_mistakes(*inputs)
        last, mean = unpack(call(last_and_mean, *inputs), "last, mean")
        check(last, ends, wrong_last, what="last")
        check(mean, means, wrong_mean, what="mean")
    unchanged(last_and_mean, *inputs)
    differentiable(last_and_mean, right_both, inputs)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: One text, one word, or double precision; and padding may hold any
  number, infinity included.
"""  # END TEST CONFIG


def test_other_sizes_and_infinite_padding(last_and_mean):
    for seed in seeds(5)[3:]:
        for b, n, d, lengths in (
            (1, 1, 3, (1,)),
            (2, 5, 1, (1, 4)),
            (3, 2, 7, (2, 1, 2)),
        ):
            (h,) = normal(seed, (b, n, 2 * d), dtype=torch.float64)
            inputs = h, torch.tensor(lengths)
            real = torch.arange(n) < inputs[1][:, None]
            h[~real] = torch.inf
            ends, means = right_both(*inputs)
            last, mean = unpack(call(last_and_mean, *inputs), "last, mean")
            check(last, ends, what="last")
            check(mean, means, what="mean")
        unchanged(last_and_mean, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: a document by hand
#
# Two sentences. The first has two words, the second three; to keep it short every
# state is one number, and so is a sentence vector:
#
# | | word | $e$ | $h$ |
# |--|--|--|--|
# | sentence 1 | 1 | $0$ | $8$ |
# | | 2 | $\ln 3$ | $4$ |
# | sentence 2 | 1 | $\ln 2$ | $0$ |
# | | 2 | $\ln 7$ | $10$ |
# | | 3 | $0$ | $0$ |
#
# The scores of the two sentences are $\ln 4$ and $0$.
#
# 1. What are the sentence vectors $s_1$ and $s_2$?
# 2. What is the document's vector $c$?
# 3. What share $\beta_i \alpha_{i,j}$ does the last word of sentence 1 have in the
#    document?
# 4. With the mean on *both* levels instead of attention, what is $c$?
#
# Three decimals are enough, and so are fractions.

# %% [raw]
# # BEGIN SOLUTION

# %%
sentences_by_hand = [5, 7]  # SOLUTION
document_by_hand = 5.4  # SOLUTION
share_by_hand = 0.6  # SOLUTION
means_by_hand = 14 / 3  # SOLUTION

# %% [markdown]
# Sentence 1: $\exp e = (1, 3)$, so $\alpha = (1/4, 3/4)$ and
# $s_1 = 8/4 + 4 \cdot 3/4 = 5$. Sentence 2: $(2, 7, 1)$ with the sum 10, and
# $s_2 = 10 \cdot 7/10 = 7$. $\beta = (4/5, 1/5)$, so $c = 4 + 7/5 = 5.4$, and the
# second word's share is $4/5 \cdot 3/4 = 3/5$. With means the sentences are $6$ and
# $10/3$, and $c = (6 + 10/3)/2 = 14/3$; the mean of all five words would be $22/5$.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Softmax inside each sentence, then the weighted sum of its states.
"""  # END TEST CONFIG


def test_sentences_by_hand(sentences_by_hand):
    first = torch.tensor([1.0, 3.0], dtype=torch.float64)
    second = torch.tensor([2.0, 7.0, 1.0], dtype=torch.float64)
    h = torch.tensor([8.0, 4.0], dtype=torch.float64), torch.tensor([0.0, 10, 0])
    parts = [first / first.sum() @ h[0], second / second.sum() @ h[1].double()]
    want = [x.item() for x in parts]
    mistakes = {
        "Those are the means of the states; weigh them.": [6, 10 / 3],
        "The weights are not normalised.": [20, 70],
        "One softmax over all five words; each sentence has its own.": [
            20 / 14,
            70 / 14,
        ],
        "Those are the states of the best words; attention averages.": [4, 10],
        "Those are the sums of the states.": [12, 10],
        "The weights of sentence 1 are exchanged.": [7, 7],
        "exp(0) is 1, not 0.": [4, 70 / 9],
        "The order is that of the sentences.": [7, 5],
    }
    check(sentences_by_hand, want, mistakes, what="sentences_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The document is the sum of beta times the sentence vectors.
"""  # END TEST CONFIG


def test_document_by_hand(document_by_hand):
    beta = torch.tensor([4.0, 1.0], dtype=torch.float64) / 5
    want = (beta @ torch.tensor([5.0, 7.0], dtype=torch.float64)).item()
    mistakes = {
        "The sentences weigh 4 to 1, not the same.": 6.0,
        "The weights of the sentences are not normalised.": 27.0,
        "exp(0) is 1: the second sentence has a weight too.": 5.0,
        "The weights of the sentences are exchanged.": 6.6,
        "The sentences' scores are normalised with the exponential.": 20 / 4,
    }
    check(document_by_hand, want, mistakes, what="document_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A share is the weight of the sentence times that of the word in it.
"""  # END TEST CONFIG


def test_share_by_hand(share_by_hand):
    want = 4 / 5 * 3 / 4
    mistakes = {
        "That is alpha alone; times the weight of the sentence.": 0.75,
        "That is beta alone; times the weight of the word.": 0.8,
        "That is one softmax over all words.": 3 / 14,
        "The two weights are multiplied, not added.": 1.55,
        "That is the first word of sentence 1.": 0.2,
        "That is the value read from there; the share is its weight.": 2.4,
    }
    check(share_by_hand, want, mistakes, what="share_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: First the mean of each sentence, then the mean of the two means.
"""  # END TEST CONFIG


def test_means_by_hand(means_by_hand):
    want = (12 / 2 + 10 / 3) / 2
    mistakes = {
        "That is the mean of all five words; short sentences weigh more here.": 4.4,
        "The sentences are averaged too.": 28 / 3,
        "Attention is still on for the words.": 6.0,
        "Attention is still on for the sentences.": 6 * 4 / 5 + 10 / 3 / 5,
        "That is the mean of the sums.": 11.0,
    }
    check(means_by_hand, want, mistakes, what="means_by_hand", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
