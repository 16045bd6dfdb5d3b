# %% [markdown]
# # Exercise 5: queries, keys and values
#
# You write kernel regression as masked attention, repair a memory that looks twice,
# move the head of a Neural Turing Machine, and work out five small numbers.
#
# 10 points, about 45 minutes. You need chapter 5 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` queries, `n` keys. A mask is True where a key is
# *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. A model is trained through questions 1 to 3:
# gradients must flow back through your answers, and `.item()`, `.detach()` or numpy
# would cut them off.

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


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: kernel regression
#
# Measurements $v_i$ at places $k_i$ are known. Estimate the value at each place $q_t$
# from those measurements that are visible to it, $M_{t,i} = 1$, with a Gaussian of
# bandwidth $\sigma$:
#
# $$\hat f(q_t) = \frac{\sum_i M_{t,i}\, G_{t,i}\, v_i}{\sum_j M_{t,j}\, G_{t,j}},
# \qquad G_{t,i} = \exp\Bigl(-\frac{(q_t - k_i)^2}{2 \sigma^2}\Bigr)$$
#
# Every query sees at least one measurement. It may be hundreds of bandwidths away from
# all of them; then every $G$ is rounded to 0, and the formula as it stands gives 0/0.
# Your function must still answer: it then reads the nearest visible places. The
# bandwidth is to be learnt as well, so gradients must reach $\sigma$.

# %% [raw]
# # BEGIN SOLUTION


# %%
def kernel_regression(q, k, v, sigma, mask):
    """The estimate at every place q, from the measurements v at the places k.

    q [m], k [n], v [n], sigma a tensor without axes, mask bool [m, n],
    True = visible; returns the estimates [m].
    """
    # BEGIN SOLUTION
    e = -((q[:, None] - k) ** 2) / (2 * sigma**2)
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha @ v
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_estimate(q, k, v, sigma, mask):
    """Query by query, over the visible measurements only."""
    out = []
    for t in range(len(q)):
        seen = [i for i in range(len(k)) if mask[t, i]]
        e = torch.stack([-((q[t] - k[i]) ** 2) / (2 * sigma**2) for i in seen])
        out.append((e.softmax(0) * v[seen]).sum())
    return torch.stack(out)


def regression_inputs(seed, m, n, sigma=0.7, far=0.0, dtype=torch.float32):
    """Random measurements, half of them hidden from each query."""
    q, k, v, draw = normal(seed, (m,), (n,), (n,), (m, n), dtype=dtype)
    mask = draw > 0
    mask[torch.arange(m), torch.arange(m) % n] = True
    return q + far, k, v, torch.tensor(sigma, dtype=dtype), mask


def regression_mistakes(q, k, v, sigma, mask):
    """What a wrong estimate is, by a sentence that says what is wrong."""
    square = (q[:, None] - k) ** 2
    e = -square / (2 * sigma**2)

    def read(e, hide=mask):
        return e.masked_fill(~hide, -torch.inf).softmax(-1) @ v

    G = e.exp() * mask
    nearest = e.masked_fill(~mask, -torch.inf).argmax(-1)
    return {
        "The 2 is missing: divide by twice the squared bandwidth.":
            read(-square / sigma**2),
        "The bandwidth has to be squared.": read(-square / (2 * sigma)),
        "The sign is wrong: near places count more, not less.": read(-e),
        "The distance has to be squared.":
            read(-square.sqrt() / (2 * sigma**2)),
        "The bandwidth is missing.": read(-square),
        "The mask is not used.": read(e, torch.ones_like(mask)),
        "The mask is upside down: True means visible.":
            (e.exp() * ~mask) @ v / (e.exp() * ~mask).sum(-1),
        "The mask came after the softmax: weights must sum to 1.":
            (e.softmax(-1) * mask) @ v,
        "The weights are not normalised: divide by their sum.": G @ v,
        "The weights are normalised over the queries, not over the places.":
            (G / G.sum(0).clamp(min=1e-30)) @ v,
        "All visible places count the same; the near ones should count more.":
            (mask / mask.sum(-1, keepdim=True)).to(v) @ v,
        "That is the nearest visible place alone, not an average.": v[nearest],
        "The score is a distance, not a product.": read(q[:, None] * k),
        "A score of 0 is not hidden, for exp(0) is 1.": (e * mask).softmax(-1) @ v,
        "The places are averaged; a context is made of the values.":
            e.masked_fill(~mask, -torch.inf).softmax(-1) @ k,
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A softmax of minus the squared distance over twice the squared
  bandwidth, over the visible places.
"""  # END TEST CONFIG


def test_estimates(kernel_regression):
    for seed, sigma in zip(seeds(), (0.7, 1.6, 0.4), strict=True):
        inputs = regression_inputs(seed, 5, 7, sigma)
        want = right_estimate(*inputs)
        mistakes = regression_mistakes(*inputs)
        found = call(kernel_regression, *inputs)
        check(found, want, mistakes, what="the estimate")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs, leave them as they are, and let gradients
  reach the places, the values and the bandwidth.
"""  # END TEST CONFIG


def test_gradients_and_inputs_that_stay(kernel_regression):
    inputs = regression_inputs(seeds()[0], 3, 11, dtype=torch.float64)
    want = right_estimate(*inputs)
    mistakes = regression_mistakes(*inputs)
    found = call(kernel_regression, *inputs)
    check(found, want, mistakes, what="the estimate")
    unchanged(kernel_regression, *inputs)
    differentiable(kernel_regression, right_estimate, inputs, to=(0, 1, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A query may be far from everything, and one query or one measurement is
  enough.
"""  # END TEST CONFIG


def test_far_away_and_other_sizes(kernel_regression):
    for seed in seeds(5)[3:]:
        for m, n, far, sigma in (
            (3, 5, 40.0, 0.1),
            (7, 3, -30.0, 0.05),
            (1, 5, 0.0, 1.0),
            (5, 1, 2.0, 0.5),
        ):
            inputs = regression_inputs(seed, m, n, sigma, far, torch.float64)
            want = right_estimate(*inputs)
            q, k, v, _, mask = inputs
            G = torch.exp(-((q[:, None] - k) ** 2) / (2 * sigma**2)) * mask
            small = "A small number in the divisor does not help: "
            mistakes = {
                f"{small}{eps:g}.": G @ v / (G.sum(-1) + eps)
                for eps in (1e-6, 1e-8, 1e-9, 1e-12)
            }
            found = call(kernel_regression, *inputs)
            check(found, want, mistakes, what="the estimate")


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
# A memory that looks twice. It compares the question with the keys and reads *values*;
# what it has read is added to the question, which asks again:
#
# $$
# \begin{aligned}
# \alpha^{(1)} &= \operatorname{softmax}(K q / \sqrt d) \\
# c^{(1)} &= V^\top \alpha^{(1)} \\
# q^{(2)} &= H q + c^{(1)} \\
# \alpha^{(2)} &= \operatorname{softmax}(K q^{(2)} / \sqrt d) \\
# c^{(2)} &= V^\top \alpha^{(2)}
# \end{aligned}
# $$
#
# The function below has these five lines, runs, and is wrong in two places. Predict
# first: in which of the two looks would each bug show, if the other were not there?

# %% [raw]
# # BEGIN SOLUTION


# %%
def two_looks(q, K, V, H):
    """Read a memory twice.

    q [b, d], one question each; K [b, n, d], V [b, n, d], H [d, d];
    returns c_2 [b, d], alpha_1 [b, n], alpha_2 [b, n], in this order.
    """
    d = q.shape[-1]
    alpha_1 = torch.einsum("bnd,bd->bn", K, q).div(math.sqrt(d)).softmax(-1)
    """ # BEGIN PROMPT
    c_1 = torch.einsum("bn,bnd->bd", alpha_1, K)
    q_2 = q @ H.T + c_1
    alpha_2 = torch.einsum("bnd,bd->bn", K, q).div(math.sqrt(d)).softmax(-1)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    c_1 = torch.einsum("bn,bnd->bd", alpha_1, V)
    q_2 = q @ H.T + c_1
    alpha_2 = torch.einsum("bnd,bd->bn", K, q_2).div(math.sqrt(d)).softmax(-1)
    # END SOLUTION
    c_2 = torch.einsum("bn,bnd->bd", alpha_2, V)
    return c_2, alpha_1, alpha_2


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_looks(q, K, V, H):
    """Question by question."""
    rows = []
    for b in range(len(q)):
        root = math.sqrt(q.shape[1])
        first = torch.softmax(K[b] @ q[b] / root, 0)
        again = H @ q[b] + sum(a * v for a, v in zip(first, V[b], strict=True))
        second = torch.softmax(K[b] @ again / root, 0)
        context = sum(a * v for a, v in zip(second, V[b], strict=True))
        rows.append((context, first, second))
    return tuple(torch.stack(part) for part in zip(*rows, strict=True))


def looks_mistakes(q, K, V, H):
    """What wrong repairs give: sentence -> c_2, alpha_1, alpha_2."""
    root = math.sqrt(q.shape[-1])

    def weigh(q, scale=root, axis=1):
        return ((K @ q[..., None])[..., 0] / scale).softmax(axis)

    def read(alpha, values=V):
        return (alpha[:, None] @ values)[:, 0]

    first = weigh(q)

    def finish(second, values=V, one=first):
        return read(second, values), one, second

    mapped = q @ H.T
    right = weigh(mapped + read(first))
    bare, square = weigh(q, 1.0), weigh(q, root**2)
    return {
        # alpha_2 is compared before c_2, so here alpha_2 was right
        "The last line reads with the first weights.": (read(first), first, right),
        "Both bugs are still there.": finish(weigh(q)),
        "The second look asks the old question, q; q_2 is not used.":
            finish(weigh(q)),
        "The first look reads keys; what is read is made of values.":
            finish(weigh(mapped + read(first, K))),
        "H is transposed: row by row, H q is q @ H.T.":
            finish(weigh(q @ H + read(first))),
        "H is missing.": finish(weigh(q + read(first))),
        "What was read is not added to the question.": finish(weigh(mapped)),
        "The second question is what was read alone; H q is missing.":
            finish(weigh(read(first))),
        "What was read went through H as well.":
            finish(weigh((q + read(first)) @ H.T)),
        "What was read is taken off; it is added.":
            finish(weigh(mapped - read(first))),
        "The second look reads keys; it was right.": finish(right, K),
        "The scale was right; now it is missing.": finish(
            weigh(mapped + read(bare), 1.0), one=bare
        ),
        "The scale is the root of d, not d.": finish(
            weigh(mapped + read(square), root**2), one=square
        ),
        "The scale is missing in the second look.":
            finish(weigh(mapped + read(first), 1.0)),
        "The second softmax runs over the batch; it was right.":
            finish(weigh(mapped + read(first), axis=0)),
        "The order is c_2, alpha_1, alpha_2.": (read(right), right, first),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Follow each letter from line to line, what is read is made of values,
  and the second look asks the second question.
"""  # END TEST CONFIG


def test_both_looks(two_looks):
    for seed in seeds():
        inputs = normal(seed, (3, 5), (3, 7, 5), (3, 7, 5), (5, 5))
        want = right_looks(*inputs)
        lines = looks_mistakes(*inputs)
        found = unpack(call(two_looks, *inputs), "c_2, alpha_1, alpha_2")
        for part, what in ((1, "alpha_1"), (2, "alpha_2"), (0, "c_2")):
            mistakes = {text: values[part] for text, values in lines.items()}
            check(found[part], want[part], mistakes, what=what)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs, leave them as they are, and let gradients
  reach the question, keys, values and H.
"""  # END TEST CONFIG


def test_gradients_and_inputs_that_stay(two_looks):
    sizes = (2, 3), (2, 5, 3), (2, 5, 3), (3, 3)
    inputs = normal(seeds()[0], *sizes, dtype=torch.float64)
    want = right_looks(*inputs)
    lines = looks_mistakes(*inputs)
    found = unpack(call(two_looks, *inputs), "c_2, alpha_1, alpha_2")
    for part, what in ((1, "alpha_1"), (2, "alpha_2"), (0, "c_2")):
        mistakes = {text: values[part] for text, values in lines.items()}
        check(found[part], want[part], mistakes, what=what)
    unchanged(two_looks, *inputs)
    differentiable(two_looks, right_looks, inputs, to=(0, 1, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One question, one fact or a width of one is a memory like any other.
"""  # END TEST CONFIG


def test_other_sizes(two_looks):
    for seed in seeds(5)[3:]:
        for b, n, d in ((1, 5, 3), (5, 1, 2), (2, 3, 1), (7, 11, 13)):
            sizes = (b, d), (b, n, d), (b, n, d), (d, d)
            inputs = normal(seed, *sizes, dtype=torch.float64)
            want = right_looks(*inputs)
            lines = looks_mistakes(*inputs)
            found = unpack(call(two_looks, *inputs), "c_2, alpha_1, alpha_2")
            for part, what in ((1, "alpha_1"), (2, "alpha_2"), (0, "c_2")):
                mistakes = {text: values[part] for text, values in lines.items()}
                check(found[part], want[part], mistakes, what=what)
        unchanged(two_looks, *inputs)
        differentiable(two_looks, right_looks, inputs, to=(0, 1, 2, 3))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: shift, then sharpen
#
# The head of a Neural Turing Machine has weights $w$ over $n$ rows. It moves them one
# row back, not at all, or one row on, with the probabilities
# $\rho_{-1}, \rho_0, \rho_{+1}$, and then sharpens:
#
# $$\tilde w_i = \rho_{+1}\, w_{i-1} + \rho_0\, w_i + \rho_{-1}\, w_{i+1}, \qquad
# w^{\text{new}}_i = \frac{\tilde w_i^{\,\gamma}}{\sum_j \tilde w_j^{\,\gamma}}$$
#
# The rows form a circle: behind row $n$ comes row 1, in front of row 1 comes row $n$.
# A move *on* takes the weight of row 1 to row 2.

# %% [raw]
# # BEGIN SOLUTION


# %%
def shift_and_sharpen(w, rho, gamma):
    """The next weights of every head in the batch.

    w [b, n], weights that sum to 1; rho [b, 3], the probabilities of the moves
    -1, 0, +1, in this order; gamma [b], at least 1; returns weights [b, n].
    """
    # BEGIN SOLUTION
    back, stay, on = rho[:, 0:1], rho[:, 1:2], rho[:, 2:3]
    w = back * w.roll(-1, -1) + stay * w + on * w.roll(1, -1)
    w = w ** gamma[:, None]
    return w / w.sum(-1, keepdim=True)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_move(w, rho, gamma):
    """Row by row of the memory."""
    out = []
    for b in range(len(w)):
        n = w.shape[1]
        rows = [
            rho[b, 2] * w[b, (i - 1) % n]
            + rho[b, 1] * w[b, i]
            + rho[b, 0] * w[b, (i + 1) % n]
            for i in range(n)
        ]
        power = torch.stack(rows) ** gamma[b]
        out.append(power / power.sum())
    return torch.stack(out)


def move_inputs(seed, b, n, dtype=torch.float32):
    """Random heads."""
    w, rho, gamma = normal(seed, (b, n), (b, 3), (b,), dtype=dtype)
    return w.softmax(-1), rho.softmax(-1), 1.2 + gamma.abs()


def move_mistakes(w, rho, gamma):
    """What wrong weights are, by a sentence that says what is wrong."""
    n, power = w.shape[1], gamma[:, None]
    before, after = w.roll(1, -1), w.roll(-1, -1)
    back, stay, on = rho[:, 0:1], rho[:, 1:2], rho[:, 2:3]
    moved = on * before + stay * w + back * after

    def sharp(x, power=power, axis=-1):
        return x**power / (x**power).sum(axis, keepdim=True)

    wrong_way = on * after + stay * w + back * before
    early, late = before.clone(), after.clone()
    early[:, 0], late[:, -1] = 0, 0
    open_end = on * early + stay * w + back * late
    early[:, 0], late[:, -1] = w[:, 0], w[:, -1]
    held = on * early + stay * w + back * late
    x = sharp(w)
    late_shift = on * x.roll(1, -1) + stay * x + back * x.roll(-1, -1)
    best = torch.zeros_like(w).scatter(-1, moved.argmax(-1, keepdim=True), 1.0)
    return {
        "It moves the wrong way: +1 takes the weight of row 1 to row 2.":
            sharp(wrong_way),
        "The ends are open: behind the last row comes the first.": sharp(open_end),
        "The ends hold their weight: behind the last row comes the first.":
            sharp(held),
        "Shift first, then sharpen.": late_shift,
        "The sharpening is missing.": moved,
        "The shift is missing.": sharp(w),
        "The weights are not normalised after the power.": moved**power,
        "gamma is an exponent, not a factor of the softmax.":
            (power * moved).softmax(-1),
        "gamma is an exponent; here it divides the exponent.":
            sharp(moved, 1 / power),
        "The sum runs over the batch, not over the rows of the memory.":
            sharp(moved, axis=0),
        "Everybody has the first head's gamma.": sharp(moved, gamma[:1, None]),
        "Everybody has the first head's moves.": sharp(
            rho[:1, 2:3] * before + rho[:1, 1:2] * w + rho[:1, 0:1] * after
        ),
        "All weight is on the best row: that is gamma without bound.": best,
        "It moves two rows, not one.": sharp(
            on * w.roll(2, -1) + stay * w + back * w.roll(-2, -1)
        ),
        "The order of rho is back, stay, on.":
            sharp(back * w + stay * before + on * after),
        "The order of rho is -1, 0, +1; here stay comes first.":
            sharp(back * w + stay * after + on * before),
        "The powers are divided by their number, not by their sum.":
            moved**power / n,
        "Divide by the sum, not by the largest.":
            moved**power / (moved**power).amax(-1, keepdim=True),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Each row takes from its two neighbours on the circle, and the power
  comes after the shift.
"""  # END TEST CONFIG


def test_new_weights(shift_and_sharpen):
    for seed in seeds():
        inputs = move_inputs(seed, 3, 7)
        want = right_move(*inputs)
        mistakes = move_mistakes(*inputs)
        check(call(shift_and_sharpen, *inputs), want, mistakes, what="w")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype of the inputs, leave them as they are, and let gradients
  reach all three.
"""  # END TEST CONFIG


def test_gradients_and_inputs_that_stay(shift_and_sharpen):
    inputs = move_inputs(seeds()[0], 2, 5, torch.float64)
    want = right_move(*inputs)
    mistakes = move_mistakes(*inputs)
    check(call(shift_and_sharpen, *inputs), want, mistakes, what="w")
    unchanged(shift_and_sharpen, *inputs)
    differentiable(shift_and_sharpen, right_move, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One head, two rows or one row is a memory like any other, and so is a
  head that stands on one row alone.
"""  # END TEST CONFIG


def test_other_sizes_and_one_hot_heads(shift_and_sharpen):
    for seed in seeds(5)[3:]:
        for b, n in ((1, 5), (5, 2), (3, 1), (2, 13)):
            w, rho, gamma = move_inputs(seed, b, n, torch.float64)
            want = right_move(w, rho, gamma)
            mistakes = move_mistakes(w, rho, gamma)
            check(call(shift_and_sharpen, w, rho, gamma), want, mistakes, what="w")
            w = torch.eye(n, dtype=torch.float64)[torch.arange(b) % n]
            rho = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64).repeat(b, 1)
            want = right_move(w, rho, gamma)
            mistakes = move_mistakes(w, rho, gamma)
            check(call(shift_and_sharpen, w, rho, gamma), want, mistakes, what="w")


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
# 1. Kernel regression with two measurements, 10 at place 0 and 20 at place 1. The
#    bandwidth is such that $G(1) = \frac13$. The estimate at place 0?
# 2. Content addressing, $\beta = \ln 4$, three rows with the cosines $1, 0, 0$. The
#    weight of the first row?
# 3. $w = (0.6, 0.3, 0.1)$, sharpened with $\gamma = 2$?
# 4. $w = (0.5, 0.5, 0, 0)$ on a circle of four rows; $0.8$ of it moves one row on and
#    $0.2$ one row back. The new weights, not sharpened?
# 5. Scaled dot product attention with $d = 256$, on keys of one length, is kernel
#    regression with a Gaussian, $e_i = -\lVert q - k_i \rVert^2 / 2\sigma^2$. How large
#    is $\sigma$?

# %% [raw]
# # BEGIN SOLUTION

# %%
estimate = 12.5  # SOLUTION
weight_of_row = 4 / 6  # SOLUTION
sharpened = [36 / 46, 9 / 46, 1 / 46]  # SOLUTION
shifted = [0.1, 0.4, 0.4, 0.1]  # SOLUTION
bandwidth = 4  # SOLUTION

# %% [markdown]
# 1. $(1 \cdot 10 + \frac13 \cdot 20) / (1 + \frac13)$. 2. $4 / (4 + 1 + 1)$.
# 3. Squares $0.36, 0.09, 0.01$ over their sum $0.46$. 4. Row 1 gets 0.2 of row 2; row 2
# gets 0.8 of row 1; row 3 gets 0.8 of row 2; row 4 gets 0.2 of row 1, round the circle.
# 5. $q^\top k / \sigma^2 = q^\top k / \sqrt{256}$, so $\sigma^2 = 16$.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: G(0) is 1 and G(1) is one third; divide by the sum of both.
"""  # END TEST CONFIG


def test_estimate(estimate):
    G = torch.tensor([1.0, 1 / 3], dtype=torch.float64)
    v = torch.tensor([10.0, 20.0], dtype=torch.float64)
    mistakes = {
        "Not normalised: divide by the sum of the weights.": (G @ v).item(),
        "That is the plain mean.": 15.0,
        "That is the measurement at the place itself; its neighbour counts too.": 10.0,
        "The weights are 1 and 1/3 before they are normalised, not 2/3 and 1/3.": 40
        / 3,
        "The weights belong to the other places.": 17.5,
        "G went through another exponential.": (G.softmax(0) @ v).item(),
    }
    want = (G @ v / G.sum()).item()
    check(estimate, want, mistakes, what="estimate", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The scores are beta times the cosines; take the exponentials.
"""  # END TEST CONFIG


def test_weight_of_row(weight_of_row):
    cos = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    mistakes = {
        "beta is left out.": cos.softmax(0)[0].item(),
        "exp(0) is 1, not 0: the others get something.": 1.0,
        "There are two other rows.": 4 / 5,
        "There are two other rows, not three.": 4 / 7,
        "beta divides here; it multiplies.": (cos / math.log(4)).softmax(0)[0].item(),
        "The scores are divided by their sum, without the exponential.":
            math.log(4) / (math.log(4) + 2),
        "Equal weights would be those of equal scores.": 1 / 3,
        "That is the weight of the others together.": 2 / 6,
    }  # fmt: skip
    want = (cos * math.log(4)).softmax(0)[0].item()
    check(weight_of_row, want, mistakes, what="weight_of_row", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Square each weight, then divide by the sum of the squares.
"""  # END TEST CONFIG


def test_sharpened(sharpened):
    w = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    mistakes = {
        "Not normalised: divide by the sum of the squares.": [0.36, 0.09, 0.01],
        "gamma is an exponent, not a factor.": [1.2, 0.6, 0.2],
        "A factor would change nothing.": w.tolist(),
        "gamma is an exponent on the weights, not a factor in a softmax.":
            (2 * w).softmax(0).tolist(),
        "That is the root, gamma 1/2: blurred, not sharpened.":
            (w.sqrt() / w.sqrt().sum()).tolist(),
        "All weight on the first is gamma without bound.": [1, 0, 0],
        "Two decimals are too few.": [0.78, 0.20, 0.02],
    }  # fmt: skip
    want = (w**2 / (w**2).sum()).tolist()
    check(sharpened, want, mistakes, what="sharpened", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Ask of each row what it gets from the row before and from the row after
  it, on the circle.
"""  # END TEST CONFIG


def test_shifted(shifted):
    w = torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64)
    mistakes = {
        "It moves the wrong way.": (0.8 * w.roll(-1) + 0.2 * w.roll(1)).tolist(),
        "The end is open: in front of row 1 comes row 4.": [0.1, 0.4, 0.4, 0],
        "Nothing moves back here; 0.2 does.": w.roll(1).tolist(),
        "0.2 moves back, it does not stay.": (0.8 * w.roll(1) + 0.2 * w).tolist(),
        "0.8 moves on, it does not stay.": (0.8 * w + 0.2 * w.roll(-1)).tolist(),
        "What would move off the end stays at the end.": [0.2, 0.4, 0.4, 0],
    }
    want = (0.8 * w.roll(1) + 0.2 * w.roll(-1)).tolist()
    check(shifted, want, mistakes, what="shifted", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Multiply out the square; the product term is q k over sigma squared.
"""  # END TEST CONFIG


def test_bandwidth(bandwidth):
    d = 256
    mistakes = {
        "That is the squared bandwidth.": math.sqrt(d),
        "The square has the product term twice, which takes the 2 away.":
            math.sqrt(math.sqrt(d) / 2),
        "The square has the product term twice, so there is no other 2.":
            math.sqrt(2 * math.sqrt(d)),
        "That is d itself.": float(d),
        "The root of d stands for the squared bandwidth, once more the root.": 8.0,
        "One root too many.": 2.0,
        "The inverse is asked for.": 1 / 4,
    }  # fmt: skip
    want = math.sqrt(math.sqrt(d))
    check(bandwidth, want, mistakes, what="bandwidth", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
