# %% [markdown]
# # Exercise 12: attention with CNNs
#
# You give two sentences a note of where their matches stand (ABCNN-1), repair a
# weighted pooling that runs and is wrong (ABCNN-2), pool two sentences under each
# other's eyes, and work out sizes and chances by hand.
#
# 10 points, about 45 minutes. You need chapter 12 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` pairs in a batch, `n` words of the first sentence, `m` of the second. A mask
# is True where a word is *real*, False where it is padding. Give back what your inputs
# are made of (their dtype, their device), and leave the inputs themselves as they are.
# A model is trained through questions 1 to 3: gradients must flow back through your
# answers, and `.item()`, `.detach()` or numpy would cut them off.

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


def real(lengths):
    """True where a word is real: [b, n]."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: a note of where the match stands (ABCNN-1)
#
# The match matrix of a pair has no weights. Padding matches nothing:
#
# $$A_{i,j} = \frac{1}{1 + \lVert x_i - y_j \rVert}, \qquad
# A_{i,j} = 0 \text{ where } x_i \text{ or } y_j \text{ is padding}$$
#
# Every word is then given a second half, from one trained $W$ with a row for each
# *place*:
#
# $$x'_i = [x_i;\ \textstyle\sum_j A_{i,j} W_j], \qquad
# y'_j = [y_j;\ \textstyle\sum_i A_{i,j} W_i]$$
#
# $W$ has at least as many rows as the longer sentence has words; the first ones are
# used. $\lVert\cdot\rVert$ is the Euclidean length.

# %% [raw]
# # BEGIN SOLUTION


# %%
def with_notes(x, y, W, mask_x, mask_y):
    """Both sentences, twice as wide.

    x [b, n, d], y [b, m, d], W [n_max, d], mask_x bool [b, n],
    mask_y bool [b, m]; returns x' [b, n, 2d], y' [b, m, 2d], in this order.
    """
    # BEGIN SOLUTION
    A = 1 / (1 + (x[:, :, None] - y[:, None]).norm(dim=-1))
    A = A.masked_fill(~(mask_x[:, :, None] & mask_y[:, None]), 0.0)
    x_wide = torch.cat([x, A @ W[: y.shape[1]]], -1)
    y_wide = torch.cat([y, A.mT @ W[: x.shape[1]]], -1)
    return x_wide, y_wide
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def note_inputs(seed, x_lengths, y_lengths, d, n_max, dtype=torch.float32):
    """A batch of pairs of these lengths; padding is not zero."""
    mask_x, mask_y = real(x_lengths), real(y_lengths)
    b = len(x_lengths)
    shapes = (b, mask_x.shape[1], d), (b, mask_y.shape[1], d), (n_max, d)
    return *normal(seed, *shapes, dtype=dtype), mask_x, mask_y


def right_notes(x, y, W, mask_x, mask_y):
    """Word by word."""
    xs, ys = [], []
    for s in range(len(x)):
        A = {
            (i, j): 1 / (1 + ((x[s, i] - y[s, j]) ** 2).sum().sqrt())
            for i in range(x.shape[1])
            for j in range(y.shape[1])
            if mask_x[s, i] and mask_y[s, j]
        }
        for i in range(x.shape[1]):
            found = (A[i, j] * W[j] for j in range(y.shape[1]) if (i, j) in A)
            xs.append(torch.cat([x[s, i], sum(found, torch.zeros_like(W[0]))]))
        for j in range(y.shape[1]):
            found = (A[i, j] * W[i] for i in range(x.shape[1]) if (i, j) in A)
            ys.append(torch.cat([y[s, j], sum(found, torch.zeros_like(W[0]))]))
    wide = 2 * x.shape[-1]
    return (
        torch.stack(xs).view(*x.shape[:2], wide),
        torch.stack(ys).view(*y.shape[:2], wide),
    )


def note_mistakes(x, y, W, mask_x, mask_y):
    """What known mistakes give: sentence -> x', y'."""
    n, m = x.shape[1], y.shape[1]
    difference = x[:, :, None] - y[:, None]
    far = difference.norm(dim=-1)
    both = mask_x[:, :, None] & mask_y[:, None]
    A = (1 / (1 + far)) * both
    at_x, at_y = mask_x[:, :, None].expand_as(both), mask_y[:, None].expand_as(both)

    def notes(A):
        return (
            torch.cat([x, A @ W[:m]], -1),
            torch.cat([y, A.mT @ W[:n]], -1),
        )

    dots, exact = x @ y.mT, 1 / (1 + far)
    least = torch.finfo(x.dtype).min
    by_row = dots.masked_fill(~both, least).softmax(-1) * both
    sentences = {
        "Padding matches: set A to 0 there.": exact,
        "Padding of the second sentence still matches.": exact * at_x,
        "Padding of the first sentence still matches.": exact * at_y,
        "The mask is upside down: True means real.": exact * ~both,
        "One padding is enough to hide a pair; here both must be.":
            exact * (at_x | at_y),
        "The 1 below the line is missing: equal vectors would give infinity.":
            (1 / far) * both,
        "That is the distance; a match is large where the distance is small.":
            far * both,
        "The distance is squared; take its root.":
            (1 / (1 + far**2)) * both,
        "The distance is the sum of absolute differences, not the Euclidean one.":
            (1 / (1 + difference.abs().sum(-1))) * both,
        "That is exp(-distance); the match is 1 / (1 + distance).": (-far).exp() * both,
        "That is a dot product; the match is 1 / (1 + distance).": dots * both,
        "The rows of A are normalised; this matrix is not.":
            A / A.sum(-1, keepdim=True).clamp(min=1e-9),
        "A softmax was taken; this matrix has none.": by_row,
    }  # fmt: skip
    found = {text: notes(wrong) for text, wrong in sentences.items()}
    x_note, y_note = A @ W[:m], A.mT @ W[:n]
    found["The note comes second: [x; A W]."] = (
        torch.cat([x_note, x], -1), torch.cat([y_note, y], -1)
    )  # fmt: skip
    found["The note is joined to the word, not added."] = x + x_note, y + y_note
    found["The word itself is missing: [x; A W]."] = x_note, y_note
    found["A note is made of rows of W, not of the other sentence's words."] = (
        torch.cat([x, A @ y], -1), torch.cat([y, A.mT @ x], -1)
    )  # fmt: skip
    found["The last rows of W were used; the first word takes the first."] = (
        torch.cat([x, A @ W[-m:]], -1), torch.cat([y, A.mT @ W[-n:]], -1)
    )  # fmt: skip
    found["The results come in the order x', y'."] = notes(A)[::-1]
    if n == m:
        found["A is transposed: the first sentence's words are its rows."] = notes(A.mT)
        found["The second sentence needs the transposed A."] = (
            notes(A)[0], torch.cat([y, A @ W[:n]], -1)
        )  # fmt: skip
    return found


def compare_notes(function, inputs):
    """Both results of a learner's function beside the right ones."""
    want = right_notes(*inputs)
    mistakes = note_mistakes(*inputs)
    out = unpack(call(function, *inputs), "x_wide, y_wide")
    for k, what in ((0, "x'"), (1, "y'")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: First the distances, then the match, then 0 at padding, then the
  product with the first rows of W.
"""  # END TEST CONFIG


def test_notes_of_ragged_pairs(with_notes):
    for seed, lengths in zip(
        seeds(), (((5, 3), (7, 2)), ((5, 2), (4, 5)), ((3, 3), (3, 3))), strict=True
    ):
        inputs = note_inputs(seed, *lengths, 3, 11)
        want = right_notes(*inputs)
        mistakes = note_mistakes(*inputs)
        out = unpack(call(with_notes, *inputs), "x_wide, y_wide")
        for k, what in ((0, "x'"), (1, "y'")):
            wrong = {text: both[k] for text, both in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the inputs' dtype, leave them as they are, and let gradients
  reach both sentences and W.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(with_notes):
    inputs = note_inputs(seeds()[0], (7, 4, 2), (3, 5, 5), 2, 7, torch.float64)
    compare_notes(with_notes, inputs)
    unchanged(with_notes, *inputs)
    differentiable(with_notes, right_notes, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One word, one pair or one number a word are cases like any other, and
  large numbers in the padding must not matter.
"""  # END TEST CONFIG


def test_other_sizes(with_notes):
    settings = (
        ((1,), (1,), 5, 1),
        ((2, 7), (5, 1), 1, 7),
        ((3, 1, 2), (2, 2, 1), 11, 5),
    )
    dtypes = torch.float32, torch.float64, torch.float64
    for seed in seeds(5)[3:]:
        for setting, dtype in zip(settings, dtypes, strict=True):
            x, y, W, mask_x, mask_y = note_inputs(seed, *setting, dtype)
            x = torch.where(mask_x[..., None], x, 300.0)
            inputs = x, torch.where(mask_y[..., None], y, 300.0), W, mask_x, mask_y
            compare_notes(with_notes, inputs)
            unchanged(with_notes, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: find the two bugs (ABCNN-2)
#
# The rows $p_k$ and $q_j$ of two convolved sentences are compared, and a row of the
# first weighs as much as it matches the second in sum. With windows of $w$ rows, for
# $i = 1, \dots, n - w + 1$:
#
# $$A_{k,j} = \frac{1}{1 + \lVert p_k - q_j \rVert}, \quad
# \alpha_k = \sum_j A_{k,j}, \quad
# x_i = \sum_{k=i}^{i+w-1} \alpha_k\, p_k, \quad
# u = \frac{\sum_k \alpha_k\, p_k}{\sum_k \alpha_k}$$
#
# The function below runs, its shapes are right, and it is wrong in two places. Predict
# first: if all rows of $p$ are the same row, what must $u$ be? And if $w = 1$? Then
# measure, and repair it. There is no padding here.

# %% [raw]
# # BEGIN SOLUTION


# %%
def weighted_pooling(p, q, w):
    """w-ap and all-ap of the first sentence.

    p [b, n, d], q [b, m, d], w the width of the window;
    returns x [b, n - w + 1, d], u [b, d], in this order.
    """
    A = 1 / (1 + torch.cdist(p, q))
    alpha = A.sum(2)[..., None]  # [b, n, 1]
    """ # BEGIN PROMPT
    x = alpha[:, : alpha.shape[1] - w + 1] * p.unfold(1, w, 1).sum(-1)
    u = (alpha * p).mean(1)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    x = (alpha * p).unfold(1, w, 1).sum(-1)
    u = (alpha * p).sum(1) / alpha.sum(1)
    # END SOLUTION
    return x, u


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_pooling(p, q, w):
    """Row by row."""
    xs, us = [], []
    for rows, others in zip(p, q, strict=True):
        alpha = [
            sum(1 / (1 + ((r - o) ** 2).sum().sqrt()) for o in others) for r in rows
        ]
        for i in range(len(rows) - w + 1):
            xs.append(sum(alpha[k] * rows[k] for k in range(i, i + w)))
        us.append(sum(x * r for x, r in zip(alpha, rows, strict=True)) / sum(alpha))
    return torch.stack(xs).view(len(p), -1, p.shape[-1]), torch.stack(us)


def pooling_mistakes(p, q, w):
    """What wrong repairs give: sentence -> x, u."""
    n, m = p.shape[1], q.shape[1]
    A = 1 / (1 + (p[:, :, None] - q[:, None]).norm(dim=-1))
    alpha = A.sum(2)[..., None]

    def pools(alpha):
        return (alpha * p).unfold(1, w, 1).sum(-1), (alpha * p).sum(1) / alpha.sum(1)

    x, u = pools(alpha)
    late, early = alpha[:, : n - w + 1], alpha[:, w - 1 :]
    plain = p.unfold(1, w, 1).sum(-1)
    share = alpha / alpha.sum(1, keepdim=True)
    sentences = {
        "Weights are row sums; here the best match counts alone.": pools(
            A.amax(2)[..., None]
        ),
        "A softmax was taken over the weights; they are sums as they are.": pools(
            alpha.softmax(1)
        ),
        "The rows do not weigh the same: use alpha.": pools(
            torch.ones_like(alpha)
        ),
        "Weights are row sums, not row means.": pools(alpha / m),
        "The results come in the order x, u.": (u, x),
        "Each row has a weight of its own; here one weight is put on a whole window, "
        "its first row's.": (late * plain, u),
        "Each row has a weight of its own; here one weight is put on a whole window, "
        "its last row's.": (early * plain, u),
        "u is a weighted mean: divide by the sum of the weights, not by their number.":
            (x, (alpha * p).mean(1)),
        "u is a weighted mean: divide by the sum of the weights.":
            (x, (alpha * p).sum(1)),
        "w-ap adds up; it divides by nothing, not by w.": (x / w, u),
        "w-ap adds up; it divides by nothing, not by the weights in the window.": (
            x / alpha.unfold(1, w, 1).sum(-1), u
        ),
        "The largest row of a window was taken; w-ap adds up.": (
            (alpha * p).unfold(1, w, 1).amax(-1), u
        ),
        "The weights are shared out over the sentence first; in w-ap they stay as "
        "they are.": ((share * p).unfold(1, w, 1).sum(-1), u),
        "u is a mean over all rows of p, weighted; here it is the mean of w-ap.": (
            x, x.mean(1)
        ),
    }  # fmt: skip
    if n == m:
        sentences["The weights are column sums; the rows of A belong to p."] = pools(
            A.sum(1)[..., None]
        )
    return sentences


def compare_pooling(function, inputs):
    """Both results of a learner's function beside the right ones."""
    want = right_pooling(*inputs)
    mistakes = pooling_mistakes(*inputs)
    out = unpack(call(function, *inputs), "x, u")
    for k, what in ((0, "x"), (1, "u")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 0.75
failure_message: Weigh each row by its own alpha_k, then add up w of them at a time.
"""  # END TEST CONFIG


def test_rows_back_to_words(weighted_pooling):
    for seed, (n, m, w) in zip(
        seeds(), ((7, 5, 3), (5, 5, 2), (11, 3, 4)), strict=True
    ):
        inputs = *normal(seed, (2, n, 3), (2, m, 3)), w
        want = right_pooling(*inputs)
        mistakes = pooling_mistakes(*inputs)
        x, _ = unpack(call(weighted_pooling, *inputs), "x, u")
        check(x, want[0], {k: v[0] for k, v in mistakes.items()}, what="x")


# %%
""" # BEGIN TEST CONFIG
points: 0.75
failure_message: The weighted mean of equal rows is that row.
"""  # END TEST CONFIG


def test_one_vector_and_gradients(weighted_pooling):
    for seed, (n, m, w) in zip(
        seeds(), ((7, 5, 3), (5, 5, 2), (11, 3, 4)), strict=True
    ):
        inputs = *normal(seed, (2, n, 3), (2, m, 3), dtype=torch.float64), w
        want = right_pooling(*inputs)
        mistakes = pooling_mistakes(*inputs)
        _, u = unpack(call(weighted_pooling, *inputs), "x, u")
        check(u, want[1], {k: v[1] for k, v in mistakes.items()}, what="u")
    unchanged(weighted_pooling, *inputs)
    differentiable(weighted_pooling, right_pooling, inputs, to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A window of one row or of all rows, one row or one pair are cases like
  any other.
"""  # END TEST CONFIG


def test_other_windows(weighted_pooling):
    settings = (1, 5, 3, 2, 5), (3, 1, 7, 5, 1), (2, 5, 1, 1, 3)
    dtypes = torch.float32, torch.float64, torch.float32
    for seed in seeds(5)[3:]:
        for (b, n, m, d, w), dtype in zip(settings, dtypes, strict=True):
            inputs = *normal(seed, (b, n, d), (b, m, d), dtype=dtype), w
            compare_pooling(weighted_pooling, inputs)
            unchanged(weighted_pooling, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: attentive pooling
#
# A word counts as much as its *best* match in the other sentence:
#
# $$G = \tanh(X U Y^\top), \qquad
# \alpha = \operatorname{softmax}_i \bigl(\max_j G_{i,j}\bigr), \qquad
# \beta = \operatorname{softmax}_j \bigl(\max_i G_{i,j}\bigr)$$
#
# $$u = \sum_i \alpha_i x_i, \qquad v = \sum_j \beta_j y_j$$
#
# Padding enters twice, and must not count either time: a padded word is nobody's best
# match, and it gets the weight 0 in the softmax. All values of $G$ that are real may be
# negative. Every sentence has at least one real word.

# %% [raw]
# # BEGIN SOLUTION


# %%
def attentive_pooling(x, y, U, mask_x, mask_y):
    """Both sentences pooled, each under the eyes of the other.

    x [b, n, d], y [b, m, d], U [d, d], mask_x bool [b, n], mask_y bool [b, m];
    returns u [b, d], v [b, d], alpha [b, n], beta [b, m], in this order.
    """
    # BEGIN SOLUTION
    G = (x @ U @ y.mT).tanh()
    best_x = G.masked_fill(~mask_y[:, None], -torch.inf).amax(2)
    best_y = G.masked_fill(~mask_x[:, :, None], -torch.inf).amax(1)
    alpha = best_x.masked_fill(~mask_x, -torch.inf).softmax(-1)
    beta = best_y.masked_fill(~mask_y, -torch.inf).softmax(-1)
    u, v = (alpha[:, None] @ x)[:, 0], (beta[:, None] @ y)[:, 0]
    return u, v, alpha, beta
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def pool_inputs(seed, x_lengths, y_lengths, d, dtype=torch.float32, shift=0.0):
    """A batch of pairs of these lengths; shift makes the real G negative."""
    mask_x, mask_y = real(x_lengths), real(y_lengths)
    b, n, m = len(x_lengths), mask_x.shape[1], mask_y.shape[1]
    x, y, U = normal(seed, (b, n, d), (b, m, d), (d, d), dtype=dtype)
    x, y = x + shift, y - shift
    U = U / d if not shift else torch.eye(d, dtype=dtype) / (2 * d) + U / (40 * d)
    return x, y, U, mask_x, mask_y


def right_pools(x, y, U, mask_x, mask_y):
    """Pair by pair, without the padding."""
    out = [[], [], [], []]
    for s in range(len(x)):
        i, j = mask_x[s].nonzero()[:, 0], mask_y[s].nonzero()[:, 0]
        G = torch.tanh(x[s, i] @ U @ y[s, j].T)
        alpha = torch.softmax(torch.stack([row.max() for row in G]), 0)
        beta = torch.softmax(torch.stack([column.max() for column in G.T]), 0)
        out[0].append(alpha @ x[s, i])
        out[1].append(beta @ y[s, j])
        out[2].append(torch.zeros_like(x[s, :, 0]).index_put((i,), alpha))
        out[3].append(torch.zeros_like(y[s, :, 0]).index_put((j,), beta))
    return tuple(torch.stack(part) for part in out)


def pool_mistakes(x, y, U, mask_x, mask_y):
    """What known mistakes give: sentence -> u, v, alpha, beta."""
    low, mx, my = -1e9, ~mask_x, ~mask_y
    n, m = x.shape[1], y.shape[1]
    S = x @ U @ y.mT
    G = S.tanh()

    def pools(best_x, best_y, hide_x=mx, hide_y=my):
        alpha = best_x.masked_fill(hide_x, low).softmax(-1)
        beta = best_y.masked_fill(hide_y, low).softmax(-1)
        return (alpha[:, None] @ x)[:, 0], (beta[:, None] @ y)[:, 0], alpha, beta

    def best(G, fill=low):
        return (
            G.masked_fill(my[:, None], fill).amax(2),
            G.masked_fill(mx[:, :, None], fill).amax(1),
        )

    seen = (mask_x[:, :, None] & mask_y[:, None]).to(G)
    total = (G * seen).sum(2), (G * seen).sum(1)
    mean = total[0] / seen.sum(2).clamp(min=1), total[1] / seen.sum(1).clamp(min=1)
    u, v, alpha, beta = pools(*best(G))
    raw = best(G)
    none = torch.zeros_like(mx), torch.zeros_like(my)
    plain = [(z * k[..., None]).sum(1) for z, k in ((x, alpha), (y, beta))]
    worst = (
        G.masked_fill(my[:, None], 1e9).amin(2),
        G.masked_fill(mx[:, :, None], 1e9).amin(1),
    )
    found = {
        "The masks are not used: padding is read.": pools(
            G.amax(2), G.amax(1), *none
        ),
        "Padding counts as a best match: hide it before the maximum, too.": pools(
            G.amax(2), G.amax(1)
        ),
        "Padding has weight: hide it before the softmax, too.": pools(*best(G), *none),
        "A padded 0 is larger than a negative match: fill with -1 or less.": pools(
            *best(G, 0.0)
        ),
        "The tanh is missing.": pools(*best(S)),
        "U is transposed: x U y.": pools(*best((x @ U.T @ y.mT).tanh())),
        "U is missing.": pools(*best((x @ y.mT).tanh())),
        "The mean match counts here, not the best one.": pools(*mean),
        "The matches are added up; the best one counts.": pools(*total),
        "The worst match counts here, not the best one.": pools(*worst),
        "All words weigh the same; the matches decide.": pools(
            torch.zeros_like(G[:, :, 0]), torch.zeros_like(G[:, 0])
        ),
        "The results come in the order u, v, alpha, beta.": (alpha, beta, u, v),
        "u and v are exchanged.": (v, u, beta, alpha),
        "alpha and beta are exchanged.": (u, v, beta, alpha),
        "Those are the best matches; the weights are their softmax.": (
            u, v, *raw
        ),
        "The tanh came after the maximum of a softmax; first tanh, then the maximum.":
            pools(best(S)[0].softmax(-1).tanh(), best(S)[1].softmax(-1).tanh()),
        "The softmax of the best matches was taken twice.": pools(alpha, beta),
        "The scores are divided by a root; here they are not.": pools(
            *best((S / math.sqrt(x.shape[-1])).tanh())
        ),
        "A pooled sentence is a sum of words; its length was divided out again.": (
            plain[0] / n, plain[1] / m, alpha, beta
        ),
    }  # fmt: skip
    late = pools(*best(G), *none)
    cut = late[2] * mask_x, late[3] * mask_y
    found["The mask came after the softmax: weights must sum to 1."] = (
        (cut[0][:, None] @ x)[:, 0], (cut[1][:, None] @ y)[:, 0], *cut
    )  # fmt: skip
    if n == m:
        swapped = best(G)[::-1]
        found["Rows and columns are exchanged: a row of G belongs to x."] = pools(
            *swapped
        )
    return found


def compare_pools(function, inputs):
    """All four results of a learner's function beside the right ones."""
    want = right_pools(*inputs)
    mistakes = pool_mistakes(*inputs)
    out = unpack(call(function, *inputs), "u, v, alpha, beta")
    for k, what in ((2, "alpha"), (3, "beta"), (0, "u"), (1, "v")):
        wrong = {text: all_four[k] for text, all_four in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Hide padding before the maximum and again before the softmax; rows of
  G belong to x, columns to y.
"""  # END TEST CONFIG


def test_weights_and_pools(attentive_pooling):
    settings = (
        ((5, 3), (2, 7), 3, 0.0),
        ((4, 5), (5, 2), 5, 0.0),
        ((5, 2), (3, 7), 2, 1.5),
    )
    for seed, (n, m, d, shift) in zip(seeds(), settings, strict=True):
        inputs = pool_inputs(seed, n, m, d, shift=shift)
        want = right_pools(*inputs)
        mistakes = pool_mistakes(*inputs)
        out = unpack(call(attentive_pooling, *inputs), "u, v, alpha, beta")
        for k, what in ((2, "alpha"), (3, "beta"), (0, "u"), (1, "v")):
            wrong = {text: all_four[k] for text, all_four in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the inputs' dtype, leave them as they are, and let gradients
  reach both sentences and U.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(attentive_pooling):
    inputs = pool_inputs(seeds()[0], (7, 4, 2), (3, 5, 5), 3, torch.float64)
    compare_pools(attentive_pooling, inputs)
    unchanged(attentive_pooling, *inputs)
    differentiable(attentive_pooling, right_pools, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One word or one pair are cases like any other, and large numbers in
  the padding must not matter.
"""  # END TEST CONFIG


def test_other_sizes_and_large_padding(attentive_pooling):
    settings = (
        ((1,), (1,), 5, 0.0),
        ((2, 7), (5, 1), 3, 1.5),
        ((3, 1, 2), (2, 2, 1), 2, 0.0),
    )
    dtypes = torch.float32, torch.float64, torch.float64
    for seed in seeds(5)[3:]:
        for (n, m, d, shift), dtype in zip(settings, dtypes, strict=True):
            x, y, U, mask_x, mask_y = pool_inputs(seed, n, m, d, dtype, shift)
            x = torch.where(mask_x[..., None], x, 30.0)
            inputs = x, torch.where(mask_y[..., None], y, 30.0), U, mask_x, mask_y
            compare_pools(attentive_pooling, inputs)
            unchanged(attentive_pooling, *inputs)


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
# **a.** A sentence of 9 words goes through a *wide* convolution with $w = 4$. How many
# rows come out, and how many after w-ap with the same $w$? And with two such
# convolutions on top of each other and no pooling between: how many words can one row
# of the second depend on?
#
# **b.** $x_i = (1, 1)$ and $y_j = (4, 5)$. What is $A_{i,j} = 1/(1 + \lVert x_i - y_j
# \rVert)$?
#
# **c.** Attentive pooling, with this $G$ (three words of $x$, two of $y$, tanh already
# taken). What is $\alpha$? Three decimals.
#
# | | $j=1$ | $j=2$ |
# |--|--|--|
# | $i=1$ | $0.0$ | $0.5$ |
# | $i=2$ | $0.2$ | $-0.3$ |
# | $i=3$ | $0.5$ | $0.1$ |
#
# **d.** 40 % of some pairs are neutral, 35 % entailed, 25 % contradicted. A model can
# tell the neutral pairs, and nothing else. Predict the best accuracy it can have, as a
# share.

# %% [raw]
# # BEGIN SOLUTION

# %%
rows_and_words = [12, 9, 7]  # SOLUTION
match = 1 / 6  # SOLUTION
alpha_by_hand = [0.365, 0.270, 0.365]  # SOLUTION
best_accuracy = 0.75  # SOLUTION

# %% [markdown]
# $9 + 4 - 1 = 12$, and $12 - 4 + 1 = 9$; a second window of 4 rows spans
# $4 + 3 = 7$ words. The distance is $\sqrt{9 + 16} = 5$. The best matches are 0.5, 0.2
# and 0.5, so $\alpha$ goes like $e^{0.5}, e^{0.2}, e^{0.5}$. All neutral pairs are
# right, and of the others those with the more frequent label: 0.40 + 0.35.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A wide convolution adds w - 1 rows, and w-ap takes them away again.
"""  # END TEST CONFIG


def test_rows(rows_and_words):
    w, n = 4, 9
    wide = len(range(1 - w, n))
    seen = len({i + j for i in range(w) for j in range(w)})
    want = [wide, wide - w + 1, seen]
    mistakes = {
        "The convolution is wide: windows hang over both edges.": [6, 9, 7],
        "The convolution is wide, so there are n + w - 1 rows.": [6, 3, 7],
        "That is one edge too many: n + w - 1.": [13, 10, 7],
        "w-ap takes windows of the convolution's rows: w - 1 fewer.": [12, 12, 7],
        "w-ap slides by one row, not by w.": [12, 3, 7],
        "Two windows of 4 overlap: 4 + 3 words.": [12, 9, 8],
        "A row of the second sees 4 rows, each of 4 words.": [12, 9, 4],
        "Windows overlap; they are not multiplied.": [12, 9, 16],
    }
    check(rows_and_words, want, mistakes, what="rows_and_words")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The distance of (1, 1) and (4, 5) is a whole number.
"""  # END TEST CONFIG


def test_match(match):
    x, y = torch.tensor([1.0, 1.0]).double(), torch.tensor([4.0, 5.0]).double()
    mistakes = {
        "That is the distance.": 5,
        "The 1 below the line is missing.": 1 / 5,
        "The distance is squared; take its root.": 1 / 26,
        "The distance is Euclidean, not the sum of the differences.": 1 / 8,
        "That is exp(-distance).": math.exp(-5),
        "That is the dot product.": 9,
        "Two decimals are too few; a fraction is fine.": 0.17,
    }
    want = (1 / (1 + (x - y).norm())).item()
    check(match, want, mistakes, what="match", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A row of G belongs to a word of x; take its largest entry, then the
  softmax over the three.
"""  # END TEST CONFIG


def test_alpha(alpha_by_hand):
    G = torch.tensor([[0.0, 0.5], [0.2, -0.3], [0.5, 0.1]], dtype=torch.float64)
    best = G.amax(1)
    mistakes = {
        "That is beta: a row of G belongs to x.": G.amax(0).softmax(0).tolist(),
        "Those are the best matches; take their softmax.": best.tolist(),
        "The mean match counts here, not the best one.": G.mean(1).softmax(0).tolist(),
        "The matches are added up; the best one counts.": G.sum(1).softmax(0).tolist(),
        "The best matches are divided by their sum, without the exponential.": (
            best / best.sum()
        ).tolist(),
        "Not normalised: divide by the sum.": best.exp().tolist(),
        "All words weigh the same; the matches decide.": [1 / 3, 1 / 3, 1 / 3],
        "The worst match counts here, not the best one.": G.amin(1).softmax(0).tolist(),
        "The tanh is taken already.": best.tanh().softmax(0).tolist(),
        "Two decimals are too few; three are asked for.": [0.36, 0.27, 0.36],
    }
    want = best.softmax(0).tolist()
    check(alpha_by_hand, want, mistakes, what="alpha_by_hand", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: All neutral pairs, and the best constant answer for the rest.
"""  # END TEST CONFIG


def test_chance(best_accuracy):
    shares = [40, 35, 25]
    mistakes = {
        "The rest need not be a coin: one label is more frequent.": 0.70,
        "That counts the neutral pairs alone.": 0.40,
        "That is the rarer label.": 0.65,
        "That counts the others alone.": 0.35,
        "Among three equal labels it would be so.": 2 / 3,
        "That is per cent; a share lies between 0 and 1.": 75,
        "A model that draws in proportion does worse than one that decides.": (
            0.40 + 0.60 * ((35 / 60) ** 2 + (25 / 60) ** 2)
        ),
    }
    want = (shares[0] + max(shares[1:])) / 100
    check(best_accuracy, want, mistakes, what="best_accuracy", within=1e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
