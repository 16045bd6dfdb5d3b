# %% [markdown]
# # Exercise 7: visual attention
#
# You turn the output of a convolutional network into annotation vectors, write the
# gated context of Show, Attend and Tell, repair a penalty that runs and is wrong, and
# work out a small case by hand.
#
# 10 points, about 40 minutes. You need chapter 7 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` pictures in a batch, `m` words, `n` places of the grid. Give back what your
# inputs are made of (their dtype, their device), and leave the inputs themselves as
# they are. A model is trained through questions 1 to 3: gradients must flow back
# through your answers, and `.item()`, `.detach()` or numpy would cut them off.

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
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: annotation vectors
#
# A convolutional network gives `features` [b, d, R, C]: for each of `d` channels a map
# of `R` rows and `C` columns. The decoder wants a list of places [b, n, d] with
# $n = R \cdot C$, laid out row by row: place $i = r \cdot C + c$ is the one in row $r$
# and column $c$. So that it knows where it is, each place adds a vector for its row and
# one for its column:
#
# $$h_i = \mathrm{features}_{:, r, c} + \mathrm{row}_r + \mathrm{column}_c$$

# %% [raw]
# # BEGIN SOLUTION


# %%
def annotations(features, row, column):
    """h_i = features at (r, c) + row_r + column_c, with i = r * C + c.

    features [b, d, R, C], row [R, d], column [C, d]; returns h [b, R * C, d].
    """
    # BEGIN SOLUTION
    place = row[:, None] + column  # [R, C, d]
    return features.flatten(2).mT + place.flatten(0, 1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_annotations(features, row, column):
    """One place after another."""
    places = [
        features[:, :, r, c] + row[r] + column[c]
        for r in range(len(row))
        for c in range(len(column))
    ]
    return torch.stack(places, 1)


def annotation_mistakes(features, row, column):
    """What wrong vectors are, by a sentence that says what is wrong."""
    b, d, n_rows, n_columns = features.shape
    n = n_rows * n_columns
    place = (row[:, None] + column).flatten(0, 1)
    right = features.flatten(2).mT
    by_column = features.mT.flatten(2).mT
    other = (row + column[:, None]).flatten(0, 1)
    return {
        "A reshape to [b, n, d] mixes channels with places; move the axis.":
            features.reshape(b, n, d) + place,
        "The places are laid out column by column; i = r * C + c goes row by row.":
            by_column + other,
        "The features are laid out column by column, the positions row by row.":
            by_column + place,
        "The positions are laid out column by column, the features row by row.":
            right + other,
        "The positions are missing.": right,
        "The columns' vectors are missing.":
            right + row[:, None].expand(-1, n_columns, -1).flatten(0, 1),
        "The rows' vectors are missing.":
            right + column.expand(n_rows, -1, -1).flatten(0, 1),
        "The positions are added, not multiplied.": right * place,
        "Row and column are added, not multiplied.":
            right + (row[:, None] * column).flatten(0, 1),
        "The positions are added, not subtracted.": right - place,
        "The features are missing; these are positions only.":
            place.expand(b, -1, -1),
        "The row is that of i % R; it is that of i // C.":
            right + row[torch.arange(n) % n_rows] + column[torch.arange(n) % n_columns],
        "The positions are counted from the end.": right + place.flip(0),
        "The positions are averaged; they are added.": right + place / 2,
        "Features and positions are averaged; they are added.": (right + place) / 2,
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The order of the places, or what is added to them, is not that of
  the equation.
"""  # END TEST CONFIG


def test_places(annotations):
    for seed in seeds():
        inputs = normal(seed, (2, 3, 5, 7), (5, 3), (7, 3))
        want = right_annotations(*inputs)
        mistakes = annotation_mistakes(*inputs)
        check(call(annotations, *inputs), want, mistakes, what="h")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the dtype of the inputs, leave them as they are, and let
  gradients reach all three.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(annotations):
    shapes = (3, 7, 2, 5), (2, 7), (5, 7)
    inputs = normal(seeds()[0], *shapes, dtype=torch.float64)
    want = right_annotations(*inputs)
    check(call(annotations, *inputs), want, annotation_mistakes(*inputs), what="h")
    unchanged(annotations, *inputs)
    differentiable(annotations, right_annotations, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Take every size from the inputs; one picture, one row, one column or
  one channel is a grid like any other, and a grid may be square.
"""  # END TEST CONFIG


def test_other_grids(annotations):
    sizes = (1, 5, 1, 3), (2, 1, 3, 1), (1, 2, 1, 1), (3, 5, 3, 3), (2, 3, 3, 3)
    for seed in seeds(5)[3:]:
        for b, d, n_rows, n_columns in sizes:
            inputs = normal(
                seed, (b, d, n_rows, n_columns), (n_rows, d), (n_columns, d)
            )
            want = right_annotations(*inputs)
            mistakes = annotation_mistakes(*inputs)
            check(call(annotations, *inputs), want, mistakes, what="h")
        unchanged(annotations, *inputs)
        differentiable(annotations, right_annotations, inputs, to=(0, 1, 2))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: a look with a gate
#
# The scores `e` of one step are given. Every place is visible. The weights are their
# softmax over the places; the gate is one number a picture, computed from the state
# *before* the step; the context is the weighted mean of the places, turned down by the
# gate:
#
# $$\alpha_t = \mathrm{softmax}(e_t), \qquad
# \beta_t = \sigma(w_\beta^\top s_{t-1} + b_\beta), \qquad
# c_t = \beta_t \sum_{i=1}^{n} \alpha_{t,i} h_i$$
#
# Return all three. The weights that you return are those of the equation: they sum
# to 1, whatever the gate says.

# %% [raw]
# # BEGIN SOLUTION


# %%
def gated_look(e, s_prev, h, w_beta, b_beta):
    """One look: c = beta * sum_i alpha_i h_i.

    e [b, n], s_prev [b, d_s], h [b, n, d_h], w_beta [d_s], b_beta [] (a single
    number); returns c [b, d_h], alpha [b, n], beta [b].
    """
    # BEGIN SOLUTION
    alpha = e.softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, alpha, beta
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_look(e, s_prev, h, w_beta, b_beta):
    """One picture after another, in sums."""
    looks = []
    for scores, s, places in zip(e, s_prev, h, strict=True):
        weights = torch.exp(scores - scores.max())
        weights = weights / weights.sum()
        beta = 1 / (1 + torch.exp(-(w_beta * s).sum() - b_beta))
        read = sum(a * h_i for a, h_i in zip(weights, places, strict=True))
        looks.append((beta * read, weights, beta))
    return tuple(torch.stack(part) for part in zip(*looks, strict=True))


def look_mistakes(e, s_prev, h, w_beta, b_beta):
    """What wrong looks give: sentence -> c, alpha, beta."""
    alpha, x = e.softmax(-1), s_prev @ w_beta + b_beta
    beta = torch.sigmoid(x)
    no_bias = torch.sigmoid(s_prev @ w_beta)

    def read(weights, gate):
        return gate[:, None] * (weights[:, :, None] * h).sum(1)

    c, g = read(alpha, beta), beta[:, None]
    best = torch.zeros_like(e).scatter(-1, e.argmax(-1, keepdim=True), 1.0)
    wrong_axis, flat = e.softmax(0), torch.full_like(e, 1 / e.shape[1])
    gated = (g * e).softmax(-1)
    one = torch.ones_like(beta)
    return {
        "The gate turns the context down, not the weights: they sum to 1.":
            (c, alpha * g, beta),
        "The gate is applied twice.": (read(alpha * g, beta), alpha, beta),
        "The gate is applied twice, and once to the weights.":
            (read(alpha * g, beta), alpha * g, beta),
        "The gate is missing from the context.": (read(alpha, one), alpha, beta),
        "The gate acts on the scores; it belongs on the context.":
            (read(gated, one), gated, beta),
        "The softmax ran over the batch, not over the places.":
            (read(wrong_axis, beta), wrong_axis, beta),
        "The scores are no weights yet: the softmax is missing.":
            (read(e, beta), e, beta),
        "The exponentials are not divided by their sum.":
            (read(e.exp(), beta), e.exp(), beta),
        "Each logistic function stands alone; the weights must sum to 1.":
            (read(torch.sigmoid(e), beta), torch.sigmoid(e), beta),
        "All weight is on the best place: argmax instead of softmax.":
            (read(best, beta), best, beta),
        "All places weigh the same; the scores decide.": (read(flat, beta), flat, beta),
        "The gate has no sigmoid.": (read(alpha, x), alpha, x),
        "The gate is a sigmoid, not a tanh.": (read(alpha, x.tanh()), alpha, x.tanh()),
        "The gate is the wrong way round: beta, not 1 - beta.":
            (read(alpha, 1 - beta), alpha, 1 - beta),
        "The context is gated by 1 - beta.": (read(alpha, 1 - beta), alpha, beta),
        "The gate's bias is missing.": (read(alpha, no_bias), alpha, no_bias),
        "The gate is a mean over the batch; each picture has its own.":
            (read(alpha, beta.mean().expand_as(beta)), alpha,
             beta.mean().expand_as(beta)),
        "The context is a mean; weigh the places by alpha and do not divide again.":
            (c / e.shape[1], alpha, beta),
        "The results come in the order c, alpha, beta.": (alpha, c, beta),
        "Those are logarithms of the weights.": (c, alpha.log(), beta),
    }  # fmt: skip


def check_look(function, inputs):
    want = right_look(*inputs)
    lines = look_mistakes(*inputs)
    out = unpack(call(function, *inputs), "c, alpha, beta")
    for k in (1, 2, 0):
        mistakes = {text: values[k] for text, values in lines.items()}
        check(out[k], want[k], mistakes, what=("c", "alpha", "beta")[k])


def look_inputs(seed, b, n, d_s, d_h, dtype=torch.float32):
    shapes = (b, n), (b, d_s), (b, n, d_h), (d_s,), ()
    e, s, h, w, bias = normal(seed, *shapes, dtype=dtype)
    return 2 * e, s, h, w, bias.sign() + bias / 2  # no bias near 0


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Softmax over the places, sigmoid of one number a picture, and the
  gate on the context only.
"""  # END TEST CONFIG


def test_look(gated_look):
    for seed in seeds():
        check_look(gated_look, look_inputs(seed, 2, 7, 5, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Keep the dtype of the inputs, leave them as they are, and let
  gradients reach all of them.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(gated_look):
    inputs = look_inputs(seeds()[0], 3, 5, 2, 7, torch.float64)
    check_look(gated_look, inputs)
    unchanged(gated_look, *inputs)
    differentiable(gated_look, right_look, inputs, to=(0, 1, 2, 3, 4))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One picture, one place or a state of one number is a case like any
  other, and scores may be large.
"""  # END TEST CONFIG


def test_other_sizes_and_large_scores(gated_look):
    sizes = (1, 7, 3, 2), (3, 1, 5, 2), (2, 3, 1, 1), (1, 1, 1, 1), (5, 5, 5, 5)
    for seed in seeds(5)[3:]:
        for size in sizes:
            check_look(gated_look, look_inputs(seed, *size))
        e, *others = look_inputs(seed, 2, 7, 5, 3)
        check_look(gated_look, (60 * e, *others))
    unchanged(gated_look, e, *others)


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
# The function below runs, its result is one number, a model trains with it, and it is
# wrong in two places. It should compute the doubly stochastic penalty: of every picture
# the sum over its $n$ places, and of these sums the mean over the $b$ pictures,
#
# $$\frac{1}{b} \sum_{\text{pictures}} \; \sum_{i=1}^{n}
# \Bigl(1 - \sum_{t \text{ real}} \alpha_{t,i}\Bigr)^2$$
#
# Captions are padded on the right; `real` is True where a word is no padding, and
# padded words do not look. Predict first: for weights that are a softmax, what does the
# function as it stands return, whatever the model does? Then measure, and repair it.

# %% [raw]
# # BEGIN SOLUTION


# %%
def doubly_stochastic(alpha, real):
    """Mean over pictures of sum_i (1 - sum_t alpha_ti)^2, t a real word.

    alpha [b, m, n], real bool [b, m], True = a word, False = padding;
    returns a tensor with one number and no axis.
    """
    """ # BEGIN PROMPT
    looked = alpha.sum(-1)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    looked = (alpha * real[..., None]).sum(1)
    # END SOLUTION
    return ((1 - looked) ** 2).sum(-1).mean()


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_penalty(alpha, real):
    """Place by place, word by word."""
    total = 0.0
    for weights, words in zip(alpha, real, strict=True):
        for i in range(alpha.shape[2]):
            looked = sum(weights[t, i] for t in range(alpha.shape[1]) if words[t])
            total = total + (1 - looked) ** 2
    return total / len(alpha)


def penalty_mistakes(alpha, real):
    """What wrong repairs give."""
    some = alpha * real[..., None]
    looked = some.sum(1)
    square = (1 - looked) ** 2
    share = looked / real.sum(1)[:, None]
    return {
        "Both bugs are still there: a softmax sums to 1 over the places anyway.":
            ((1 - alpha.sum(-1)) ** 2).sum(-1).mean(),
        "The sum still runs over the places; it belongs over the words.":
            ((1 - some.sum(-1)) ** 2).sum(-1).mean(),
        "The sum still runs over the places, of the real words only.":
            (((1 - some.sum(-1)) ** 2) * real).sum(-1).mean(),
        "Padded words still look: use `real`.":
            ((1 - alpha.sum(1)) ** 2).sum(-1).mean(),
        "`real` is upside down: True means a word.":
            ((1 - (alpha * ~real[..., None]).sum(1)) ** 2).sum(-1).mean(),
        "Of every picture the places are summed, not averaged.": square.mean(),
        "Over the pictures it is a mean, not a sum.": square.sum(),
        "It is the square of 1 - sum, not its absolute value.":
            (1 - looked).abs().sum(-1).mean(),
        "The square belongs outside the sum over the words.":
            ((1 - (some**2).sum(1)) ** 2).sum(-1).mean(),
        "Each word is squared alone; sum over the words first.":
            (((1 - alpha) ** 2) * real[..., None]).sum((1, 2)).mean(),
        "That is the mean over the words; it is a sum.":
            ((1 - share) ** 2).sum(-1).mean(),
        "The square is missing.": (1 - looked).sum(-1).mean(),
        "A root is too many.": square.sum(-1).sqrt().mean(),
        "The 1 is missing: it is the distance to 1 that counts.":
            (looked**2).sum(-1).mean(),
        "The mean is over the pictures, not over the words.":
            square.sum() / real.sum(),
        "The results of all pictures are wanted as one mean.": square.sum(-1),
    }  # fmt: skip


def looks(seed, lengths, n, dtype=torch.float32):
    """Weights of captions of these lengths, and which words are real."""
    m = max(lengths)
    (e,) = normal(seed, (len(lengths), m, n), dtype=dtype)
    real = torch.arange(m) < torch.tensor(lengths)[:, None]
    return (2 * e).softmax(-1), real


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Sum over the real words first, then square, sum over the places,
  and average over the pictures.
"""  # END TEST CONFIG


def test_penalty(doubly_stochastic):
    for seed in seeds():
        inputs = looks(seed, (5, 2), 7)
        want = right_penalty(*inputs)
        mistakes = penalty_mistakes(*inputs)
        check(call(doubly_stochastic, *inputs), want, mistakes, what="the penalty")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the weights as they are, and let the gradient
  reach them.
"""  # END TEST CONFIG


def test_gradient(doubly_stochastic):
    inputs = looks(seeds()[0], (3, 5, 1), 2, torch.float64)
    want = right_penalty(*inputs)
    mistakes = penalty_mistakes(*inputs)
    check(call(doubly_stochastic, *inputs), want, mistakes, what="the penalty")
    unchanged(doubly_stochastic, *inputs)
    differentiable(doubly_stochastic, right_penalty, inputs)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: What a padded word looks at must not matter at all, and one picture,
  one word or one place is a case like any other.
"""  # END TEST CONFIG


def test_padding_never_matters(doubly_stochastic):
    for seed in seeds(5)[3:]:
        for lengths, n in (
            ((1,), 1),
            ((3,), 5),
            ((2, 5, 3), 3),
            ((1, 1), 7),
            ((2, 3), 1),
        ):
            alpha, real = looks(seed, lengths, n)
            alpha = torch.where(real[..., None], alpha, 3.0)
            want = right_penalty(alpha, real)
            mistakes = penalty_mistakes(alpha, real)
            found = call(doubly_stochastic, alpha, real)
            check(found, want, mistakes, what="the penalty")
        unchanged(doubly_stochastic, alpha, real)


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
# A grid has 3 rows and 4 columns, so $n = 12$ places, laid out row by row, all counted
# from 0. A caption has 3 words, and each word's weights sum to 1. The penalty of one
# picture is $\sum_i (1 - \sum_t \alpha_{t,i})^2$.
#
# 1. Row and column of place $i = 9$, as a list of two.
# 2. The penalty when the three words look at three *different* places, each with all
#    its weight on one.
# 3. The penalty when all three words look at the *same* place with all their weight.
# 4. The least penalty that any weights can reach.
#
# Fractions such as `1 / 3` are fine, and so are three decimals.

# %% [raw]
# # BEGIN SOLUTION

# %%
place_by_hand = [2, 1]  # SOLUTION
three_places = 9  # SOLUTION
same_place = 15  # SOLUTION
least = 6.75  # SOLUTION

# %% [markdown]
# $9 = 2 \cdot 4 + 1$. Three places get 1 and are free, nine get 0 and cost 1 each: 9.
# One place with 3 costs $(1-3)^2 = 4$, and eleven cost 1: 15. The three units of weight
# cost least when every place gets $3/12$: $12 \cdot (3/4)^2 = 6.75$. The penalty likes
# a look that is spread over everything better than three sharp ones.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: i = r * columns + c, with rows, columns and places counted from 0.
"""  # END TEST CONFIG


def test_place(place_by_hand):
    r = 9 // 4
    mistakes = {
        "Row first, then column.": [1, 2],
        "Rows and columns are counted from 0.": [3, 2],
        "Row by row: divide by the number of columns, 4, not of rows.": [3, 0],
        "Row by row, not column by column.": [0, 3],
    }
    check(place_by_hand, [r, 9 - 4 * r], mistakes, what="place_by_hand")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A place that gets 1 costs nothing, a place that gets nothing costs 1.
"""  # END TEST CONFIG


def test_three_places(three_places):
    mistakes = {
        "The places that nobody looks at cost 1 each.": 0,
        "Three places are free: they got their 1.": 12,
        "That counts the places that are looked at.": 3,
        "A sum over the places, not a mean.": 0.75,
    }
    want = float(sum((1 - float(i < 3)) ** 2 for i in range(12)))
    check(three_places, want, mistakes, what="three_places", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: One place gets 3 and is 2 away from 1; the others get nothing.
"""  # END TEST CONFIG


def test_same_place(same_place):
    mistakes = {
        "(1 - 3) is squared: 4.": 13,
        "The other eleven places cost 1 each.": 4,
        "The place that gets 3 is not free.": 11,
        "It is the distance to 1 that is squared, 2, not 3.": 20,
    }
    want = float(sum((1 - 3.0 * (i == 0)) ** 2 for i in range(12)))
    check(same_place, want, mistakes, what="same_place", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The total weight is 3; ask which way to share it out costs least.
"""  # END TEST CONFIG


def test_least(least):
    mistakes = {
        "That is three sharp looks; a spread one costs less.": 9,
        "Three words cannot give 12 places 1 each.": 0,
        "That is for one place; there are 12.": 0.5625,
        "The distance 3/4 is squared.": 12 * 0.75,
        "That is the square of what is given, not of what is missing.": 0.75,
        "The weight to share out is 3, one for each word.": 12 * (11 / 12) ** 2,
    }
    want = 12 * (1 - 3 / 12) ** 2
    check(least, want, mistakes, what="least", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
