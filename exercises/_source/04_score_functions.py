# %% [markdown]
# # Exercise 4: score functions
#
# You write a cosine score with a temperature, repair a bilinear one, carry a gradient
# back through the softmax by hand, and work out a page of small numbers.
#
# 10 points, about 45 minutes. You need chapter 4 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` queries, `n` keys. A mask is True where a key is
# *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. A model is trained through questions 1 and 2:
# gradients must flow back through your answers, and `.item()`, `.detach()` or numpy
# would cut them off. Question 3 *is* a gradient, and none needs to flow through it.

# %% imports
import math

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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: a cosine with a temperature
#
# The cosine compares directions only. It is at most 1, so it needs a factor before the
# softmax, the inverse temperature $\beta$:
#
# $$e_{t,i} = \beta \, \frac{q_t^\top k_i}{\lVert q_t \rVert \, \lVert k_i \rVert}$$
#
# Here $\lVert x \rVert = \sqrt{\sum_j x_j^2}$. How long the vectors are must not
# matter, anywhere between $10^{-5}$ and $10^5$. A vector of zeros, such as the state
# of a padded word, has no direction: all its scores are 0, and none is NaN.

# %% [raw]
# # BEGIN SOLUTION


# %%
def cosine_score(q, k, beta):
    """e = beta cos(q, k), for every query with every key.

    q [b, m, d], k [b, n, d], beta a float; returns e [b, m, n].
    """
    # BEGIN SOLUTION
    q = torch.nn.functional.normalize(q, dim=-1)
    k = torch.nn.functional.normalize(k, dim=-1)
    return beta * q @ k.mT
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_cosine(q, k, beta):
    """One entry after another."""
    rows = []
    for queries, keys in zip(q, k, strict=True):
        for x in queries:
            for y in keys:
                length = (x @ x).sqrt() * (y @ y).sqrt()
                rows.append(beta * (x @ y) / length if length > 0 else 0 * (x @ y))
    return torch.stack(rows).view(len(q), q.shape[1], k.shape[1])


def cosine_mistakes(q, k, beta):
    """What a wrong score is, by a sentence that says what is wrong."""
    long_q, long_k = q.norm(dim=-1, keepdim=True), k.norm(dim=-1, keepdim=True)
    unit_q, unit_k = q / long_q.clamp(min=1e-12), k / long_k.clamp(min=1e-12)
    cos, dot, d = unit_q @ unit_k.mT, q @ k.mT, q.shape[-1]
    by_axis = (q / q.norm(dim=1, keepdim=True)) @ (k / k.norm(dim=1, keepdim=True)).mT
    by_sum = (q / q.abs().sum(-1, True)) @ (k / k.abs().sum(-1, True)).mT
    return {
        "beta is missing: it multiplies the cosine.": cos,
        "beta divides here; it is an inverse temperature and multiplies.": cos / beta,
        "beta is added; it multiplies.": cos + beta,
        "beta is an exponent here; it multiplies.": cos**beta,
        "That is a dot product; nothing is divided by the lengths.": beta * dot,
        "That is a plain dot product: no lengths, no beta.": dot,
        "The length of the query is missing.": beta * q @ unit_k.mT,
        "The length of the key is missing.": beta * unit_q @ k.mT,
        "Divide by the lengths, not by their squares.":
            beta * dot / (long_q**2 * long_k.mT**2),
        "Divide by the product of the lengths, not by their sum.":
            beta * dot / (long_q + long_k.mT),
        "Divide by the product of the lengths, not by its root.":
            beta * dot / (long_q * long_k.mT).sqrt(),
        "The length runs over the words (axis 1), not over the entries (the last).":
            beta * by_axis,
        "The length is the root of the sum of squares, not a sum of absolute values.":
            beta * by_sum,
        "A cosine is not divided by the root of d as well.": beta * cos / math.sqrt(d),
        "These are weights already; the softmax comes later.":
            (beta * cos).softmax(-1),
        "That is a distance (1 - cos), not a similarity.": beta * (1 - cos),
        "The length of the whole batch is taken, not of each vector.":
            beta * dot / (q.norm() * k.norm()),
        "The negative cosines are cut off.": beta * cos.relu(),
        "The absolute value is taken: opposite is not the same.": beta * cos.abs(),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Divide each dot product by the lengths of both vectors, then multiply
  by beta.
"""  # END TEST CONFIG


def test_every_query_with_every_key(cosine_score):
    for seed, beta in zip(seeds(), (3.0, 0.5, 7.0), strict=True):
        inputs = *normal(seed, (2, 3, 5), (2, 7, 5)), beta
        want = right_cosine(*inputs)
        mistakes = cosine_mistakes(*inputs)
        check(call(cosine_score, *inputs), want, mistakes, what="e")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs, leave them as they are, and let gradients
  reach both.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(cosine_score):
    inputs = *normal(seeds()[0], (3, 2, 7), (3, 5, 7), dtype=torch.float64), 2.5
    want = right_cosine(*inputs)
    mistakes = cosine_mistakes(*inputs)
    check(call(cosine_score, *inputs), want, mistakes, what="e")
    unchanged(cosine_score, *inputs)
    differentiable(cosine_score, right_cosine, inputs, to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A vector of zeros scores 0, lengths from 1e-5 to 1e5 make no
  difference, and one sentence, one query or one key is a batch like any other.
"""  # END TEST CONFIG


def test_long_short_and_empty_vectors(cosine_score):
    sizes = (1, 3, 2, 5), (2, 1, 7, 3), (3, 5, 1, 2)
    for seed in seeds(5)[3:]:
        for b, m, n, d in sizes:
            q, k = normal(seed, (b, m, d), (b, n, d))
            want = right_cosine(q, k, 4.0)
            mistakes = cosine_mistakes(q, k, 4.0)
            for longer in (1e-5, 1e5):
                q_now, k_now = longer * q, longer * k
                dot = q_now @ k_now.mT
                root = q_now.norm(dim=-1)[..., None] * k_now.norm(dim=-1)[:, None]
                text = "A small number in the divisor is not small beside short ones: "
                added = {
                    f"{text}{small:g}.": 4 * dot / (root + small)
                    for small in (1e-6, 1e-7, 1e-8, 1e-9)
                } | {f"{text}the clamp.": 4 * dot / root.clamp(min=1e-8)}
                found = call(cosine_score, q_now, k_now, 4.0)
                check(found, want, {**mistakes, **added}, what="e")
            k[:, -1] = 0
            want = right_cosine(q, k, 4.0)
            check(call(cosine_score, q, k, 4.0), want, what="e")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: find the two bugs
#
# The function below should compute a bilinear attention whose scores have size about 1
# at every width. $W$ has $d_q$ rows and $d_k$ columns; after it, vectors of width $d_q$
# are multiplied:
#
# $$e_{t,i} = \frac{q_t^\top W k_i}{\sqrt{d_q}}, \qquad
# \alpha_t = \operatorname{softmax}(e_t) \text{ over the visible keys}, \qquad
# c_t = \sum_{i=1}^{T_x} \alpha_{t,i} v_i$$
#
# It runs, as long as queries and keys have the same width, a model built on it learns
# something, and it is wrong in two places. Predict first: which index of $W$ meets the
# query? And which length stands under the root? Then repair it. Afterwards it should
# also run with $d_q \ne d_k$.

# %% [raw]
# # BEGIN SOLUTION


# %%
def bilinear_attend(q, k, v, W, mask):
    """c = alpha @ v with alpha = softmax(qᵀ W k / √d_q) over visible keys.

    q [b, m, d_q], k [b, n, d_k], v [b, n, d_v], W [d_q, d_k],
    mask bool [b, 1, n], True = visible;
    returns c [b, m, d_v], alpha [b, m, n].
    """
    """ # BEGIN PROMPT
    e = q @ W.T @ k.mT
    e = e / math.sqrt(k.shape[1])
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    e = q @ W @ k.mT
    e = e / math.sqrt(q.shape[-1])
    # END SOLUTION
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_bilinear(q, k, v, W, mask):
    """Torch's own attention on W k, with the weights read off an identity."""
    fused = torch.nn.functional.scaled_dot_product_attention
    keys = torch.einsum("qk,bnk->bnq", W, k)
    eye = torch.eye(k.shape[1], dtype=k.dtype).expand(len(k), -1, -1)
    return fused(q, keys, v, mask), fused(q, keys, eye, mask)


def bilinear_mistakes(q, k, v, W, mask):
    """What wrong repairs give: sentence -> c, alpha."""
    d_q, d_k, n = q.shape[-1], k.shape[-1], k.shape[1]
    raw = q @ W @ k.mT
    root = math.sqrt(d_q)

    def weigh(e):
        return e.masked_fill(~mask, -1e4).softmax(-1)

    right = weigh(raw / root)
    sentences = {
        "The root is still that of the number of keys, not of the width.":
            weigh(raw / math.sqrt(n)),
        "The scale is gone: divide by the root of d_q.": weigh(raw),
        "Divide by the root of d_q, not by d_q.": weigh(raw / d_q),
        "The scale multiplies; it should divide.": weigh(raw * root),
        "The root is that of the keys' width; the product is of width d_q.":
            weigh(raw / math.sqrt(d_k)),
        "The root is that of the values' width; the product is of width d_q.":
            weigh(raw / math.sqrt(v.shape[-1])),
        "The root is that of the number of queries, not of the width.":
            weigh(raw / math.sqrt(q.shape[1])),
        "The scale came after the softmax; weights must sum to 1.":
            weigh(raw) / root,
        "The mask is gone: padding has weight.": (raw / root).softmax(-1),
        "The mask is upside down: it was right.":
            (raw / root).masked_fill(mask, -1e4).softmax(-1),
        "The mask came after the softmax; it was right before.":
            (raw / root).softmax(-1) * mask,
        "The softmax runs over the queries; it was right.":
            (raw / root).masked_fill(~mask, -1e4).softmax(1),
    }  # fmt: skip
    found = {text: (alpha @ v, alpha) for text, alpha in sentences.items()}
    if d_q == d_k:
        for text, e in {
            "W is still transposed: its rows meet the query.": q @ W.T @ k.mT / root,
            "Both bugs are still there.": q @ W.T @ k.mT / math.sqrt(n),
            "W is transposed, and the scale is gone.": q @ W.T @ k.mT,
            "W is gone: that is a scaled dot product.": q @ k.mT / root,
        }.items():
            found[text] = weigh(e) @ v, weigh(e)
    found["The results come in the order c, alpha."] = right, right @ v
    found["That is e; the weights are its softmax."] = right @ v, raw / root
    if v.shape == k.shape:
        text = "The weights average the keys; a context is made of values."
        found[text] = right @ k, right
    return found


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: W stands between the query (its rows) and the key (its columns), and
  the width of the query stands under the root.
"""  # END TEST CONFIG


def test_weights_and_context(bilinear_attend):
    for seed in seeds():
        q, k, v, W = normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 11), (5, 5))
        inputs = q, k, v, W, ragged((6, 4), 7)
        want = right_bilinear(*inputs)
        lines = bilinear_mistakes(*inputs)
        c, alpha = unpack(call(bilinear_attend, *inputs), "c, alpha")
        check(alpha, want[1], {s: x[1] for s, x in lines.items()}, what="alpha")
        check(c, want[0], {s: x[0] for s, x in lines.items()}, what="c")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs, leave them as they are, and let gradients
  reach queries, keys, values and W.
"""  # END TEST CONFIG


def test_gradients_and_inputs_that_stay(bilinear_attend):
    sizes = (3, 2, 7), (3, 5, 7), (3, 5, 2), (7, 7)
    q, k, v, W = normal(seeds()[1], *sizes, dtype=torch.float64)
    inputs = q, k, v, W, ragged((5, 2, 3), 5)
    want = right_bilinear(*inputs)
    lines = bilinear_mistakes(*inputs)
    c, alpha = unpack(call(bilinear_attend, *inputs), "c, alpha")
    check(alpha, want[1], {s: x[1] for s, x in lines.items()}, what="alpha")
    check(c, want[0], {s: x[0] for s, x in lines.items()}, what="c")
    unchanged(bilinear_attend, *inputs)
    differentiable(bilinear_attend, right_bilinear, inputs, to=(0, 1, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Queries and keys may have different widths, and one sentence, one query
  or one key is a batch like any other.
"""  # END TEST CONFIG


def test_different_widths(bilinear_attend):
    settings = (
        (3, 2, 5, 11, 7, (3, 7, 1)),
        (1, 1, 3, 2, 5, (5,)),
        (2, 3, 2, 7, 3, (1, 1)),
    )
    for seed in seeds(5)[3:]:
        for b, m, d_q, d_k, d_v, lengths in settings:
            n = max(lengths)
            shapes = (b, m, d_q), (b, n, d_k), (b, n, d_v), (d_q, d_k)
            inputs = *normal(seed, *shapes, dtype=torch.float64), ragged(lengths, n)
            want = right_bilinear(*inputs)
            lines = bilinear_mistakes(*inputs)
            c, alpha = unpack(call(bilinear_attend, *inputs), "c, alpha")
            check(alpha, want[1], {s: x[1] for s, x in lines.items()}, what="alpha")
            check(c, want[0], {s: x[0] for s, x in lines.items()}, what="c")
        unchanged(bilinear_attend, *inputs)
        differentiable(bilinear_attend, right_bilinear, inputs, to=(0, 1, 2, 3))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: back through the softmax
#
# Some loss $L$ depends on the weights, and $g_{t,i} = \partial L / \partial
# \alpha_{t,i}$ is known. The scores should learn, so you need $\partial L / \partial
# e_{t,j}$. With the derivative of the softmax,
#
# $$\frac{\partial \alpha_{t,i}}{\partial e_{t,j}} =
# \alpha_{t,i} (\delta_{ij} - \alpha_{t,j}),$$
#
# where $\delta_{ij}$ is 1 for $i = j$ and else 0, the chain rule gives a sum over $i$.
# Simplify it on paper until no $n \times n$ matrix is left, then write it. Hidden keys
# have the weight 0, and a row may consist of zeros alone: then its gradient is 0.

# %% [raw]
# # BEGIN SOLUTION


# %%
def softmax_gradient(alpha, g):
    """The gradient for the scores, from that for the weights.

    alpha [b, m, n], the weights; g [b, m, n], the gradient of a loss with
    respect to alpha; returns its gradient with respect to e [b, m, n].
    """
    # BEGIN SOLUTION
    mean = (alpha * g).sum(-1, keepdim=True)
    return alpha * (g - mean)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_gradient(alpha, g):
    """Autograd's own."""
    e = alpha.log().requires_grad_()
    (grad,) = torch.autograd.grad(e.softmax(-1), e, g)
    return grad


def gradient_mistakes(alpha, g):
    """What a wrong gradient is, by a sentence that says what is wrong."""
    mean = (alpha * g).sum(-1, True)
    return {
        "Only the diagonal is there; a score moves the other weights too.":
            alpha * (1 - alpha) * g,
        "The second term is missing: a score moves the other weights too.": alpha * g,
        "The factor alpha in front is missing.": g - mean,
        "Nothing was done: that is g.": g,
        "The mean of g has to be weighted by alpha.":
            alpha * (g - g.mean(-1, keepdim=True)),
        "The sum of g has to be weighted by alpha.":
            alpha * (g - g.sum(-1, keepdim=True)),
        "The weighted sum runs over the queries, not over the keys (the last axis).":
            alpha * (g - (alpha * g).sum(1, keepdim=True)),
        "The weighted sum runs over the batch, not over the keys (the last axis).":
            alpha * (g - (alpha * g).sum(0, keepdim=True)),
        "The weighted sum runs over everything; each query has its own.":
            alpha * (g - (alpha * g).sum()),
        "The second term is added; it is taken off.": alpha * (g + mean),
        "That is the gradient of the logarithm of the softmax.":
            g - alpha * g.sum(-1, True),
        "The weighted sum is there without its factor alpha.": alpha * g - mean,
        "The sign is wrong: g minus the weighted sum.": alpha * (mean - g),
        "Only the second term is there.": -alpha * mean,
        "alpha stands in front squared.": alpha**2 * (g - mean),
        "The weighted sum became a mean: do not divide by the number of keys.":
            alpha * (g - mean / g.shape[-1]),
        "The weights went through another softmax.":
            alpha.softmax(-1) * (g - (alpha.softmax(-1) * g).sum(-1, True)),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The sum over i has two parts, one for i = j and one for all i; work
  them out separately.
"""  # END TEST CONFIG


def test_gradient_as_autograd_has_it(softmax_gradient):
    for seed in seeds():
        e, g = normal(seed, (2, 3, 5), (2, 3, 5))
        inputs = e.softmax(-1), g
        want = right_gradient(*inputs)
        mistakes = gradient_mistakes(*inputs)
        check(call(softmax_gradient, *inputs), want, mistakes, what="the gradient")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs and leave them as they are; hidden keys
  have the weight 0, and 0 has no logarithm.
"""  # END TEST CONFIG


def test_hidden_keys_and_inputs_that_stay(softmax_gradient):
    e, g = normal(seeds()[0], (3, 2, 7), (3, 2, 7), dtype=torch.float64)
    mask = ragged((7, 2, 5), 7)
    inputs = e.masked_fill(~mask, -torch.inf).softmax(-1), g
    want = right_gradient(*inputs)
    mistakes = gradient_mistakes(*inputs)
    check(call(softmax_gradient, *inputs), want, mistakes, what="the gradient")
    unchanged(softmax_gradient, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some rows are hidden as a whole, some softmaxes are saturated, and one
  sentence, one query or one key is a batch like any other.
"""  # END TEST CONFIG


def test_other_sizes_saturated_and_empty_rows(softmax_gradient):
    for seed in seeds(5)[3:]:
        for (b, m, n), size, dtype in (
            ((1, 3, 2), 1.0, torch.float32),
            ((3, 1, 11), 30.0, torch.float64),
            ((2, 5, 1), 1.0, torch.float32),
            ((5, 2, 3), 100.0, torch.float64),
        ):
            e, g = normal(seed, (b, m, n), (b, m, n), dtype=dtype)
            alpha = (size * e).softmax(-1)
            want = right_gradient(alpha, g)
            mistakes = gradient_mistakes(alpha, g)
            found = call(softmax_gradient, alpha, g)
            check(found, want, mistakes, what="the gradient")
            empty = alpha.clone()
            empty[:, -1] = 0
            rest = want.clone()
            rest[:, -1] = 0
            found = call(softmax_gradient, empty, g)
            check(found, rest, gradient_mistakes(empty, g), what="the gradient")
        unchanged(softmax_gradient, alpha, g)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: five small numbers
#
# On paper; fractions such as `1 / 3` are fine, and so are three decimals.
#
# 1. The 64 entries of $q$ are independent, with mean 0 and standard deviation
#    $\frac12$; those of $k$ too, with standard deviation 1. What is the standard
#    deviation of $q^\top k$?
# 2. A cosine score, $\beta = \ln 27$. One key has the cosine 1 with the query, nine
#    have 0. Which weight does the first get?
# 3. Now twenty keys have 0, and the one with 1 should get the weight 0.9. How large
#    must $e^\beta$ be?
# 4. Queries of width 100, keys of width 200. How many weights has the general score
#    $q^\top W k$; the same with $W = V^\top U$ of rank 10 (both factors counted); the
#    additive score with $d_a = 50$? No biases.
# 5. $e_{t,i} = w_q^\top q_t + w_k^\top k_i$ with $w_k^\top k_1 = 0$,
#    $w_k^\top k_2 = \ln 3$ and $w_q^\top q_t = 100$. The two weights?

# %% [raw]
# # BEGIN SOLUTION

# %%
size_of_dot = 4  # SOLUTION
weight_of_match = 27 / 36  # SOLUTION
exp_beta = 180  # SOLUTION
numbers_of_weights = [20_000, 3_000, 15_050]  # SOLUTION
two_weights = [1 / 4, 3 / 4]  # SOLUTION

# %% [markdown]
# 1. Each product has the variance $\frac14 \cdot 1$, the sum $64 \cdot \frac14 = 16$.
# 2. $27 / (27 + 9)$. 3. $x / (x + 20) = 0.9$ gives $x = 180$.
# 4. $100 \cdot 200$; $10 \cdot (100 + 200)$; $50 \cdot (100 + 200 + 1)$.
# 5. The 100 cancels: $1 / (1 + 3)$ and $3 / (1 + 3)$.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Variances of independent terms add up; the variance of a product of two
  numbers with mean 0 is the product of their variances.
"""  # END TEST CONFIG


def test_size_of_dot(size_of_dot):
    mistakes = {
        "That is the variance; its root is asked for.": 16.0,
        "That is for standard deviation 1; here one of them is one half.": 8.0,
        "The deviations of the products do not add up, their variances do.": 32.0,
        "The product of the deviations has to be squared, then summed.": math.sqrt(32),
        "That is the size of one product; 64 of them are summed.": 0.5,
        "The number of entries counts by its root, not by itself.": 64.0,
        "That is what one divides by twice; one root is enough.": 2.0,
    }
    want = math.sqrt(64 * 0.5**2 * 1.0**2)
    check(size_of_dot, want, mistakes, what="size_of_dot", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The score of the match is beta, that of the others 0; take the
  exponentials.
"""  # END TEST CONFIG


def test_weight_of_match(weight_of_match):
    e = torch.tensor([27.0] + 9 * [1.0], dtype=torch.float64).log()
    cos = torch.tensor([1.0] + 9 * [0.0], dtype=torch.float64)
    mistakes = {
        "beta is left out.": cos.softmax(0)[0].item(),
        "Nine other keys, each with exp(0) = 1.": 27 / 28,
        "There are nine other keys, not ten.": 27 / 37,
        "exp(0) is 1, not 0: the others get something.": 1.0,
        "The scores are divided by their sum, without the exponential.":
            math.log(27) / (math.log(27) + 9),
        "That is the weight of all the others together.": 9 / 36,
        "beta divides here; it multiplies.":
            (cos / math.log(27)).softmax(0)[0].item(),
        "Equal weights would be those of equal scores.": 0.1,
    }  # fmt: skip
    want = e.softmax(0)[0].item()
    check(weight_of_match, want, mistakes, what="weight_of_match", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Write the weight of the match as a fraction with exp(beta) in it, set
  it to 0.9 and solve.
"""  # END TEST CONFIG


def test_exp_beta(exp_beta):
    weight, others = 0.9, 20
    mistakes = {
        "That is beta; its exponential is asked for.": math.log(180),
        "Twenty other keys, not 21.": 189.0,
        "Twenty other keys, not nineteen.": 171.0,
        "Solve x / (x + 20) = 0.9; the ratio is 9 to 1, not 10 to 1.": 200.0,
        "The ratio is 9 to 1 for all twenty together.": 9.0,
        "Solve for the weight 0.9, not for 0.1.": 20 / 9,
        "Solve x / (x + 20) = 0.9; that is 0.9 of 20.": 18.0,
        "That is for the largest cosine gap of 2; here it is 1.": math.sqrt(180),
    }
    want = others * weight / (1 - weight)
    check(exp_beta, want, mistakes, what="exp_beta", within=6e-3)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Count the entries of every matrix and vector; v_a is one of them.
"""  # END TEST CONFIG


def test_numbers_of_weights(numbers_of_weights):
    d_q, d_k, rank, d_a = 100, 200, 10, 50
    general, low, additive = d_q * d_k, rank * (d_q + d_k), d_a * (d_q + d_k + 1)
    mistakes = {
        "v_a has weights too.": [general, low, d_a * (d_q + d_k)],
        "The biases are not counted.": [general, low, d_a * (d_q + d_k + 2)],
        "Of the two factors only the one on the query is counted.":
            [general, rank * d_q, additive],
        "Of the two factors only the one on the key is counted.":
            [general, rank * d_k, additive],
        "The factors are two matrices beside each other: add their sizes.":
            [general, rank * d_q * d_k, additive],
        "A square matrix between the factors is not there.":
            [general, low + rank * rank, additive],
        "W is a matrix: its sizes are multiplied, not added.":
            [d_q + d_k, low, additive],
        "The additive score has one matrix for each, not a product of all sizes.":
            [general, low, d_a * d_q * d_k],
        "v_a is one vector; it is counted once.":
            [general, low, d_a * (d_q + d_k) + 1],
        "Three numbers are asked for.": [general, low],
    }  # fmt: skip
    want = [general, low, additive]
    check(numbers_of_weights, want, mistakes, what="numbers_of_weights")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: What is added to all scores of a row cancels in the softmax.
"""  # END TEST CONFIG


def test_two_weights(two_weights):
    e = 100 + torch.tensor([0.0, math.log(3)], dtype=torch.float64)
    mistakes = {
        "Softmax is not the share of the score.": (e / e.sum()).tolist(),
        "exp(0) is 1, not 0.": [0.0, 1.0],
        "Equal weights would be those of equal scores.": [0.5, 0.5],
        "The order is that of the keys.": [3 / 4, 1 / 4],
        "Not normalised: divide by the sum.": [1.0, 3.0],
        "One to three, so the parts are fourths.": [1 / 3, 2 / 3],
        "The share is 1 to 3, and they sum to 1.": [1 / 3, 1.0],
        "Those are per cent; the weights sum to 1.": [25.0, 75.0],
        "The exponential of ln 3 is 3; here ln 3 itself is used.":
            [1 / (1 + math.log(3)), math.log(3) / (1 + math.log(3))],
    }  # fmt: skip
    want = e.softmax(0).tolist()
    check(two_weights, want, mistakes, what="two_weights", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
