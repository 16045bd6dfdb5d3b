# %% [markdown]
# # Exercise 8: hard attention
#
# You choose the k best places, give a choice the gradient of a smooth function, repair
# a REINFORCE loss that runs and is wrong, and compute a small gradient and its noise
# by hand.
#
# 10 points, about 45 minutes. You need chapter 8 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` pictures or sentences in a batch, `m` queries or words, `n` places. Give
# back what your inputs are made of (their dtype, their device), and leave the inputs
# themselves as they are.

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
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


def ragged(lengths, n):
    """True where a place is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: the k best places
#
# Top-k attention puts the weight $1/k$ on each of the $k$ highest *visible* scores of a
# row, and exactly 0 on all other places. If a row has fewer than $k$ visible places,
# they share the weight evenly, so that it still sums to 1. If it has none, all its
# weights are 0. `k` may be larger than `n`. No two scores of a row are equal.
# A gradient is not asked for: there is none.

# %% [raw]
# # BEGIN SOLUTION


# %%
def topk_weights(e, mask, k):
    """1/k on the k highest visible scores of each row, 0 elsewhere.

    e [b, m, n], mask bool [b, m, n] or [b, 1, n], True = visible, k >= 1;
    returns alpha [b, m, n].
    """
    # BEGIN SOLUTION
    hidden = e.masked_fill(~mask, -torch.inf)
    best = hidden.topk(min(k, e.shape[-1]), dim=-1).indices
    chosen = torch.zeros_like(e).scatter(-1, best, 1.0) * mask
    return chosen / chosen.sum(-1, keepdim=True).clamp(min=1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_topk(e, mask, k):
    """Row by row, by sorting."""
    alpha, seen = torch.zeros_like(e), mask.expand_as(e)
    for x in range(e.shape[0]):
        for t in range(e.shape[1]):
            visible = [i for i in range(e.shape[2]) if seen[x, t, i]]
            visible.sort(key=lambda i: -float(e[x, t, i]))
            for i in visible[:k]:
                alpha[x, t, i] = 1 / len(visible[:k])
    return alpha


def topk_mistakes(e, mask, k):
    """What wrong weights are, by a sentence that says what is wrong."""
    want = right_topk(e, mask, k)
    chosen = (want > 0).to(e)
    everything = torch.ones_like(mask)
    unmasked = right_topk(e, everything, k)
    low = e.masked_fill(~mask, -1e4)
    fewer, more = right_topk(e, mask, max(k - 1, 1)), right_topk(e, mask, k + 1)
    return {
        "The chosen places have weight 1 each; they share 1.": chosen,
        "1/k each is too little where fewer than k places are visible.": chosen / k,
        "The mask is not used: hidden places are chosen.": unmasked,
        "The mask came after the choice: hidden places took a share.": unmasked * mask,
        "The mask is upside down: True means visible.": right_topk(e, ~mask, k),
        "Those are the lowest scores.": right_topk(-e, mask, k),
        "Those are the largest scores without their signs.":
            right_topk(e.abs(), mask, k),
        "The best were sought among the queries, not among the places.":
            right_topk(low.mT, torch.ones_like(low.mT).bool(), k).mT,
        "The chosen places share evenly; no softmax among them.":
            low.masked_fill(want == 0, -1e4).softmax(-1) * chosen,
        "That is softmax over all places; only k are chosen.": low.softmax(-1) * mask,
        "That is argmax: one place instead of k.": right_topk(e, mask, 1),
        "One place too few.": fewer,
        "One place too many.": more,
        "Those are the scores of the chosen places; they share 1.": e * chosen,
        "A score of 0 is not hidden: it beats the negative ones.":
            right_topk(e * mask, everything, k),
        "Everybody has the first mask of the batch.":
            right_topk(e, mask[:1].expand(len(e), -1, -1), k),
        "All visible places share; only the k best should.":
            right_topk(e, mask, e.shape[-1]),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Hide first, then choose the k highest along the last axis, then share.
"""  # END TEST CONFIG


def test_best_places(topk_weights):
    for seed in seeds():
        (e,) = normal(seed, (2, 3, 7))
        mask = ragged((7, 5), 7)
        want, mistakes = right_topk(e, mask, 3), topk_mistakes(e, mask, 3)
        check(call(topk_weights, e, mask, 3), want, mistakes, what="alpha")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Rows with fewer than k visible places share 1 among those, and the
  inputs stay as they are.
"""  # END TEST CONFIG


def test_few_places_and_inputs_that_stay(topk_weights):
    (e,) = normal(seeds()[0], (3, 2, 5), dtype=torch.float64)
    mask = ragged((5, 2, 1), 5)
    for k in (3, 1):
        want, mistakes = right_topk(e, mask, k), topk_mistakes(e, mask, k)
        check(call(topk_weights, e, mask, k), want, mistakes, what="alpha")
    unchanged(topk_weights, e, mask, 3)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A row may have no visible place, each query a mask of its own, k may
  be larger than n, and a hidden place may have by far the largest score.
"""  # END TEST CONFIG


def test_hard_cases(topk_weights):
    for seed in seeds(5)[3:]:
        e, noise = normal(seed, (2, 3, 7), (2, 3, 7))
        mask = noise > 0.2
        mask[0, 1] = False
        mask[1, 2] = True
        e = torch.where(mask, e - 3, e + 100)  # visible ones are mostly negative
        for k in (1, 2, 5, 9):
            want, mistakes = right_topk(e, mask, k), topk_mistakes(e, mask, k)
            check(call(topk_weights, e, mask, k), want, mistakes, what="alpha")
        unchanged(topk_weights, e, mask, 2)
        one = e[:1, :1, :1], mask[:1, :1, :1], 1
        want = right_topk(*one)
        check(call(topk_weights, *one), want, what="alpha")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: straight through
#
# Scores `e` and Gumbel noise `g` are given. With the smooth weights
#
# $$\tilde\alpha_t = \mathrm{softmax}\bigl((e_t + g_t) / \tau\bigr)$$
#
# return the one-hot vector of the largest entry of each row, exactly 0 and 1 in value
# (up to the last digit of a float), with the *gradient* of $\tilde\alpha_t$: what
# autograd finds for your result with respect to `e` and `g` must be what it finds for
# $\tilde\alpha_t$.

# %% [raw]
# # BEGIN SOLUTION


# %%
def straight_through(e, g, tau):
    """One-hot of the largest (e + g)_i, with the gradient of the smooth one.

    e [b, m, n], g [b, m, n], tau a positive float; returns alpha [b, m, n].
    """
    # BEGIN SOLUTION
    soft = ((e + g) / tau).softmax(-1)
    best = soft.argmax(-1, keepdim=True)
    one_hot = torch.zeros_like(soft).scatter(-1, best, 1.0)
    return one_hot + (soft - soft.detach())
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
class Through(torch.autograd.Function):
    """One-hot forward, the gradient as it comes backward."""

    @staticmethod
    def forward(ctx, soft):
        best = soft.amax(-1, keepdim=True)
        return (soft == best).to(soft)

    @staticmethod
    def backward(ctx, grad):
        return grad


def right_through(e, g, tau):
    z = (e + g) / tau
    z = torch.exp(z - z.amax(-1, keepdim=True).detach())
    return Through.apply(z / z.sum(-1, keepdim=True))


def one_hot(x, axis=-1):
    return torch.zeros_like(x).scatter(axis, x.argmax(axis, keepdim=True), 1.0)


def through_mistakes(e, g, tau):
    """What wrong values are, by a sentence that says what is wrong."""
    soft = ((e + g) / tau).softmax(-1)
    return {
        "Those are the smooth weights; the value is one-hot.": soft,
        "The noise is missing: that is argmax of e.": one_hot(e),
        "The noise is added, not subtracted.": one_hot(e - g),
        "Noise and score are added, not multiplied.": one_hot(e * g),
        "The scores are missing: that is argmax of g.": one_hot(g),
        "tau divides the score and the noise, not the score alone.":
            one_hot(e / tau + g),
        "tau divides the score and the noise, not the noise alone.":
            one_hot(e + g / tau),
        "The largest was sought among the queries, not among the places.":
            one_hot(e + g, 1),
        "The largest was sought in the batch, not among the places.":
            one_hot(e + g, 0),
        "Those are the smallest entries.": one_hot(-e - g),
        "Smooth weights and one-hot are added.": one_hot(e + g) + soft,
        "The smooth weights are taken off: soft - soft.detach() is 0 in value.":
            one_hot(e + g) - soft,
        "Those are smooth weights without the noise.": (e / tau).softmax(-1),
        "Those are indices; a row of 0 and 1 is wanted.": (e + g).argmax(-1),
    }  # fmt: skip


def through_inputs(seed, shape, dtype=torch.float32):
    e, u = normal(seed, shape, shape, dtype=dtype)
    u = u.sigmoid().clamp(0.01, 0.99)
    return 1.5 * e, -(-u.log()).log()


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The value is the one-hot of the largest of e + g along the last axis.
"""  # END TEST CONFIG


def test_value(straight_through):
    for seed in seeds():
        for tau in (0.3, 1.0, 2.5):
            inputs = *through_inputs(seed, (5, 11, 7)), tau
            want, mistakes = right_through(*inputs), through_mistakes(*inputs)
            check(call(straight_through, *inputs), want, mistakes, what="alpha")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The gradient is that of softmax((e + g) / tau); a one-hot alone has
  none. Add soft - soft.detach(), which is 0 in value.
"""  # END TEST CONFIG


def test_gradient(straight_through):
    inputs = *through_inputs(seeds()[0], (2, 3, 5), torch.float64), 0.7
    want, mistakes = right_through(*inputs), through_mistakes(*inputs)
    check(call(straight_through, *inputs), want, mistakes, what="alpha")
    differentiable(straight_through, right_through, inputs, to=(0, 1))
    unchanged(straight_through, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Large scores and low temperatures occur, and one picture, one query or
  one place is a case like any other.
"""  # END TEST CONFIG


def test_other_sizes_and_low_temperatures(straight_through):
    shapes = (1, 1, 5), (3, 1, 2), (1, 5, 1), (2, 3, 3), (5, 5, 5)
    for seed in seeds(5)[3:]:
        for shape, tau in zip(shapes, (0.05, 3.0, 1.0, 0.5, 1.7), strict=True):
            e, g = through_inputs(seed, shape)
            want = right_through(e, g, tau)
            mistakes = through_mistakes(e, g, tau)
            check(call(straight_through, e, g, tau), want, mistakes, what="alpha")
            differentiable(straight_through, right_through, (e, g, tau), to=(0, 1))
        e, g = through_inputs(seed, (2, 3, 7))
        inputs = 50 * e, g, 0.1
        want = right_through(*inputs)
        check(call(straight_through, *inputs), want, what="alpha")


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
# The function below runs, a model trains with it, and it gets worse and worse at
# choosing where to look: it is wrong in two places. It should be a loss to *minimise*
# whose gradient makes choices likelier that were followed by more than the baseline:
#
# $$L = -\frac{1}{|Y|} \sum_{(x, t) \in Y} (R_{x,t} - b_{x,t}) \log p(l_{x,t}),
# \qquad R_{x,t} = \sum_{u \ge t,\ (x, u) \in Y} r_{x,u}$$
#
# $Y$ are the real words, where `real` is True; captions are padded on the right, and
# what stands in `r`, `b` and `log_p` behind their end is anything finite. Only `log_p`
# receives a gradient.
#
# Predict first: which sign must the loss have if one single choice was better than its
# baseline? Then measure, and repair it.

# %% [raw]
# # BEGIN SOLUTION


# %%
def looking_loss(log_p, r, b, real):
    """REINFORCE with reward to go and baseline, as a loss to minimise.

    log_p, r, b [b, m], real bool [b, m], True = a word;
    returns a tensor with one number and no axis.
    """
    r = r * real
    """ # BEGIN PROMPT
    R = r.cumsum(1)
    advantage = (R - b).detach()
    return (advantage * log_p * real).sum() / real.sum()
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    R = r.flip(1).cumsum(1).flip(1)
    advantage = (R - b).detach()
    return -(advantage * log_p * real).sum() / real.sum()
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_loss(log_p, r, b, real):
    """Word by word."""
    total, m = 0.0, r.shape[1]
    for x in range(len(r)):
        for t in range(m):
            if real[x, t]:
                R = sum(r[x, u] for u in range(t, m) if real[x, u])
                total = total - (R - b[x, t]).detach() * log_p[x, t]
    return total / real.sum()


def loss_mistakes(log_p, r, b, real):
    """What wrong losses are."""
    kept = r * real
    back = kept.flip(1).cumsum(1).flip(1)
    so_far, whole = kept.cumsum(1), kept.sum(1, keepdim=True)
    count = real.sum()

    def loss(R, by=b, log_p=log_p):
        return -((R - by) * log_p * real).sum() / count

    return {
        "Both bugs are still there: sum from the end, and mind the sign.":
            -loss(so_far),
        "The sign is still wrong: what is minimised has a minus.": -loss(back),
        "The reward still sums the past; a choice answers for what follows.":
            loss(so_far),
        "The reward of step t itself is missing from R_t.": loss(back - kept),
        "The reward of the step alone is not what follows.": loss(kept),
        "The whole reward counts for every step, the past included.": loss(whole),
        "The baseline is taken off R_t, not added.": loss(back, -b),
        "The baseline is missing.": loss(back, 0 * b),
        "The baseline was taken off before the sum: once for each step that follows.":
            loss((kept - b * real).flip(1).cumsum(1).flip(1), 0 * b),
        "Padding takes part in the rewards.":
            loss(r.flip(1).cumsum(1).flip(1)),
        "Padding takes part in the sum.": -((back - b) * log_p).sum() / count,
        "The mean is over all positions, padding included; |Y| counts words.":
            loss(back) * count / real.numel(),
        "The mean is over the pictures; |Y| counts words.":
            loss(back) * count / len(r),
        "The division by |Y| is missing.": loss(back) * count,
        "log p, not p.": loss(back, log_p=log_p.exp()),
        "The sum runs over the batch, not over the steps.":
            loss(kept.flip(0).cumsum(0).flip(0)),
        "The sum of r runs backwards, but its order was not restored.":
            loss(kept.flip(1).cumsum(1)),
    }  # fmt: skip


def rewards(seed, lengths, dtype=torch.float32):
    m = max(lengths)
    log_p, r, b = normal(seed, *3 * [(len(lengths), m)], dtype=dtype)
    return -log_p.abs(), 2 * r, b, torch.arange(m) < torch.tensor(lengths)[:, None]


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Sum the rewards from step t to the end; a loss is minimised.
"""  # END TEST CONFIG


def test_loss(looking_loss):
    for seed in seeds():
        inputs = rewards(seed, (5, 3, 2))
        want, mistakes = right_loss(*inputs), loss_mistakes(*inputs)
        check(call(looking_loss, *inputs), want, mistakes, what="the loss")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs as they are, and let the gradient
  reach log_p.
"""  # END TEST CONFIG


def test_gradient(looking_loss):
    inputs = rewards(seeds()[0], (2, 7), torch.float64)
    want, mistakes = right_loss(*inputs), loss_mistakes(*inputs)
    check(call(looking_loss, *inputs), want, mistakes, what="the loss")
    differentiable(looking_loss, right_loss, inputs)
    unchanged(looking_loss, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: One caption or one word is a batch like any other, and what stands
  behind the end of a caption must not matter.
"""  # END TEST CONFIG


def test_padding_and_sizes(looking_loss):
    for seed in seeds(5)[3:]:
        for lengths in ((1,), (5,), (1, 1, 1), (3, 1, 7)):
            log_p, r, b, real = rewards(seed, lengths)
            given = [torch.where(real, x, 40.0) for x in (log_p, r, b)]
            inputs = *given, real
            want, mistakes = right_loss(*inputs), loss_mistakes(*inputs)
            check(call(looking_loss, *inputs), want, mistakes, what="the loss")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: a gradient and its noise, by hand
#
# Two places have the scores $e_1 = 0$ and $e_2 = \ln 3$. Hard attention draws $l$ from
# their softmax. Looking at place 1 earns the reward 8, looking at place 2 earns 4, and
# $J = \mathbb{E}[R_l]$ is to be maximised. All derivatives are with respect to $e_1$.
#
# 1. The exact gradient $\partial J / \partial e_1$.
# 2. REINFORCE estimates it from one draw by
#    $\hat g = (R_l - b)\, \partial \log p_l / \partial e_1$. The variance of $\hat g$
#    for $b = 0$.
# 3. Its variance for $b = J$.
# 4. The number $b$ that makes the variance as small as possible. (Try: when are both
#    draws' estimates equal?)
#
# Work it out on paper; fractions are fine, and so are three decimals. Recall
# $\partial \log p_l / \partial e_1 = [l = 1] - p_1$.

# %% [raw]
# # BEGIN SOLUTION

# %%
gradient = 0.75  # SOLUTION
variance_bare = 9.1875  # SOLUTION
variance_mean = 0.75  # SOLUTION
best_baseline = 7  # SOLUTION

# %% [markdown]
# $p = (1/4, 3/4)$ and $J = 2 + 3 = 5$, so the gradient is
# $p_1 (R_1 - J) = 3/4$. The two estimates for $b = 0$ are $8 \cdot 3/4 = 6$ and
# $4 \cdot (-1/4) = -1$; their mean is $3/4$ and their variance
# $36/4 + 3/4 - 9/16 = 9.1875$. For $b = 5$ they are $9/4$ and $1/4$, variance $3/4$.
# For $b = 7$ both are $3/4$: no variance at all. The best baseline is not the mean
# reward, but the mean reward removes nearly all of the noise.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
P = torch.tensor([0.25, 0.75], dtype=torch.float64)
REWARD = torch.tensor([8.0, 4.0], dtype=torch.float64)


def moments(b):
    """Mean and variance of the estimate with baseline b."""
    estimates = (REWARD - b) * (torch.tensor([1.0, 0.0]).double() - P[0])
    mean = (P * estimates).sum()
    return mean.item(), (P * (estimates - mean) ** 2).sum().item()


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: J is p_1 R_1 + p_2 R_2; differentiate both probabilities.
"""  # END TEST CONFIG


def test_exact_gradient(gradient):
    mistakes = {
        "The probabilities depend on the scores: this is J itself.": 5,
        "p_2 falls when p_1 rises: it has a gradient too.": 8 * 3 / 16,
        "To be maximised: the gradient is not negated.": -0.75,
        "Those are p = (1/2, 1/2); exp(ln 3) is 3.": 1,
        "The rewards' difference is to be weighed by p_1 p_2.": 4,
        "It is p_1 (R_1 - J), not R_1 - J.": 3,
    }
    check(gradient, moments(0.0)[0], mistakes, what="gradient", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Two outcomes, 6 and -1 for b = 0; weigh the squares of their distances
  to the mean by their probabilities.
"""  # END TEST CONFIG


def test_variance_without_baseline(variance_bare):
    mean, variance = moments(0.0)
    mistakes = {
        "The square of the mean is still to be taken off.": variance + mean**2,
        "That is the standard deviation.": variance**0.5,
        "Both outcomes are weighed alike; one has 1/4, the other 3/4.": 12.25,
        "That is the variance of the reward, not of the gradient.": 3,
        "The probabilities are exchanged.": 0.75 * 5.25**2 + 0.25 * 1.75**2,
    }
    check(variance_bare, variance, mistakes, what="variance_bare", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With b = J = 5 the outcomes are 9/4 and 1/4, and their mean is the
  same as before.
"""  # END TEST CONFIG


def test_variance_with_the_mean(variance_mean):
    mean, variance = moments(5.0)
    mistakes = {
        "A baseline does change the variance.": moments(0.0)[1],
        "That is the variance of the reward, not of the gradient.": 3,
        "The square of the mean is still to be taken off.": variance + mean**2,
        "That is the standard deviation.": variance**0.5,
        "No variance is left only with the best baseline.": 0,
        "Both outcomes are weighed alike; one has 1/4, the other 3/4.": 1,
    }
    check(variance_mean, variance, mistakes, what="variance_mean", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Set (8 - b) 3/4 equal to -(4 - b) 1/4.
"""  # END TEST CONFIG


def test_best_baseline(best_baseline):
    mistakes = {
        "The mean reward is good, but not the best.": 5,
        "The plain mean of the rewards is not the best.": 6,
        "The largest reward is not the best baseline.": 8,
        "The smallest reward is not the best baseline.": 4,
        "No baseline at all is worse.": 0,
        "Mind the sign of the second estimate, -1/4.": 10,
    }
    want = float((4 * P[0] + 8 * P[1]).item())
    check(best_baseline, want, mistakes, what="best_baseline", within=6e-4)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
