# %% [markdown]
# # Exercise 15: fast attention
#
# You merge two halves of a softmax, gather a sliding window, repair an attention in
# tiles that is right on easy inputs, and count bytes by hand.
#
# 10 points, about 50 minutes. You need chapter 15 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences, `m` queries, `n` keys, `d` the width. A mask is True where a key
# is *visible*. Give back what your inputs are made of (their dtype, their device), and
# leave the inputs themselves as they are. Gradients must flow back through your
# answers to questions 1 to 3: `.item()`, `.detach()` or numpy would cut them off.

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


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: two halves of a softmax
#
# The keys of one attention are shared out: one processor has read some of them, another
# one the rest. Each has kept, for every query, over *its* keys,
#
# $$\mu = \max_i e_i, \qquad Z = \sum_i e^{e_i - \mu}, \qquad
# c = \sum_i e^{e_i - \mu} v_i$$
#
# ($c$ is not divided yet). Merge two such results into that of all keys together. The
# scores and values are gone; you do not need them.
#
# A processor may have had no visible key at all for some query: then it says
# $\mu = -\infty$, $Z = 0$, $c = 0$. Where both say so, the merged result says so too.
# Nothing may be NaN, in the values or in the gradients with respect to $c$.

# %% [raw]
# # BEGIN SOLUTION


# %%
def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    """mu, Z and c over the keys of both.

    mu_1, Z_1, mu_2, Z_2 [b, m]; c_1, c_2 [b, m, d];
    returns mu [b, m], Z [b, m], c [b, m, d], in this order.
    """
    # BEGIN SOLUTION
    mu = torch.maximum(mu_1, mu_2)
    least = torch.finfo(mu.dtype).min
    top = mu.clamp(min=least)  # -inf - (-inf) would be NaN
    one, two = (mu_1 - top).exp(), (mu_2 - top).exp()
    Z = one * Z_1 + two * Z_2
    return mu, Z, one[..., None] * c_1 + two[..., None] * c_2
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def partial_results(seed, b, m, d, counts, dtype=torch.float32, shift=0.0):
    """Two partial results and the whole one, each mu, Z, c, by loops."""
    n = sum(counts)
    e, v = normal(seed, (b, m, n), (b, n, d), dtype=dtype)
    e = 2 * e + shift

    def over(keys):
        mu = torch.full((b, m), -torch.inf, dtype=dtype)
        Z, c = torch.zeros(b, m, dtype=dtype), torch.zeros(b, m, d, dtype=dtype)
        for r in range(b):
            for t in range(m):
                scores = e[r, t, keys]
                if len(scores):
                    mu[r, t] = scores.max()
                    for i, score in zip(range(n)[keys], scores):
                        w = math.exp(score - mu[r, t])
                        Z[r, t] += w
                        c[r, t] += w * v[r, i]
        return mu, Z, c

    first, second = over(slice(0, counts[0])), over(slice(counts[0], n))
    return (*first, *second), over(slice(0, n))


def right_merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    """Query by query."""
    rows = []
    for r in range(len(mu_1)):
        for t in range(mu_1.shape[1]):
            top = max(mu_1[r, t].item(), mu_2[r, t].item())
            one = math.exp(mu_1[r, t].item() - top) if Z_1[r, t] > 0 else 0.0
            two = math.exp(mu_2[r, t].item() - top) if Z_2[r, t] > 0 else 0.0
            Z = one * Z_1[r, t] + two * Z_2[r, t]
            rows.append((mu_1.new_tensor(top), Z, one * c_1[r, t] + two * c_2[r, t]))
    mu, Z, c = (torch.stack(part) for part in zip(*rows))
    return mu.view_as(mu_1), Z.view_as(Z_1), c.view_as(c_1)


def merge_mistakes(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    """What wrong merges give: sentence -> mu, Z, c."""
    mu, Z, c = right_merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2)
    low = torch.minimum(mu_1, mu_2)

    def by(one, two, mu=mu):
        wide = one[..., None], two[..., None]
        return mu, one * Z_1 + two * Z_2, wide[0] * c_1 + wide[1] * c_2

    one, two = (mu_1 - mu).exp(), (mu_2 - mu).exp()
    ones, half = torch.ones_like(mu), 0.5 * torch.ones_like(mu)
    return {
        "c is not moved to the common maximum; it needs the factors of Z.":
            (mu, Z, c_1 + c_2),
        "Z is not moved to the common maximum; it needs the factors of c.":
            (mu, Z_1 + Z_2, c),
        "The factors are upside down: exp(mu_1 - mu), not exp(mu - mu_1).":
            by(1 / one, 1 / two),
        "The factors are exchanged: each half has its own.": by(two, one),
        "Only the second half is moved; the first needs its factor as well.":
            by(ones, two),
        "Only the first half is moved; the second needs its factor as well.":
            by(one, ones),
        "The common maximum is the larger of the two, not the smaller.":
            by((mu_1 - low).exp(), (mu_2 - low).exp(), low),
        "The maxima are added; the larger one is asked for.": (mu_1 + mu_2, Z, c),
        "The common maximum is not the first half's.":
            by(ones, (mu_2 - mu_1).exp(), mu_1),
        "c is divided by Z already; that comes at the very end.":
            (mu, Z, c / Z[..., None]),
        "The halves do not count alike: their sums say how much each counts.":
            by(half, half),
        "The half with the larger maximum alone is kept.":
            tuple(torch.where(mu_1 >= mu_2 if x.ndim == 2 else (mu_1 >= mu_2)[..., None],
                  x, y) for x, y in ((mu_1, mu_2), (Z_1, Z_2), (c_1, c_2))),
        "That is log Z + mu; Z itself is asked for.": (mu, mu + Z.log(), c),
        "The results come in the order mu, Z, c.": (Z, mu, c),
    }  # fmt: skip


def compare_merged(function, inputs, want):
    mistakes = merge_mistakes(*inputs)
    found = unpack(call(function, *inputs), "mu, Z, c")
    for part, name in enumerate(("mu", "Z", "c")):
        if isinstance(found[part], torch.Tensor) and found[part].isnan().any():
            raise Wrong(
                f"{name} contains NaN. Likely mistake: minus infinity minus minus "
                "infinity is NaN; a half without keys counts nothing."
            )
        lines = {text: wrong[part] for text, wrong in mistakes.items()}
        check(found[part], want[part], lines, what=name)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Both sums move to the common maximum, each by its own factor.
"""  # END TEST CONFIG


def test_two_halves(merge):
    for seed in seeds():
        inputs, want = partial_results(seed, 2, 3, 5, (7, 4))
        compare_merged(merge, inputs, want)
        unchanged(merge, *inputs)
    inputs, want = partial_results(seed, 2, 3, 5, (3, 7), dtype=torch.float64)
    compare_merged(merge, inputs, want)
    differentiable(merge, right_merge, inputs, to=(2, 5))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A half without keys counts nothing, and -inf - (-inf) is NaN.
"""  # END TEST CONFIG


def test_a_half_without_keys(merge):
    for counts in ((0, 5), (3, 0), (0, 0)):
        inputs, want = partial_results(seeds()[0], 3, 2, 7, counts)
        compare_merged(merge, inputs, want)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Scores far from 0 overflow if they are not first moved to the common
  maximum; or a size is taken for granted.
"""  # END TEST CONFIG


def test_far_scores_and_other_sizes(merge):
    settings = (1, 1, 3, (2, 2)), (3, 5, 1, (1, 7)), (2, 2, 2, (0, 3)), (2, 3, 5, (0, 0))
    for seed in seeds(5)[3:]:
        for b, m, d, counts in settings:
            for shift in (0.0, 900.0, -900.0):
                inputs, want = partial_results(
                    seed, b, m, d, counts, dtype=torch.float64, shift=shift
                )
                compare_merged(merge, inputs, want)
                unchanged(merge, *inputs)
                if any(counts):
                    differentiable(merge, right_merge, inputs, to=(2, 5))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: a gathered window
#
# Causal attention in which place $t$ (counted from 0) sees the places
# $\max(0, t - D) \dots t$, itself included:
#
# $$e_{t,i} = \frac{q_t^\top k_i}{\sqrt d}, \qquad
# c_t = \sum_{i = \max(0, t - D)}^{t} \alpha_{t,i}\, v_i, \qquad
# \alpha_t = \mathrm{softmax}(e_t) \text{ over the window}$$
#
# A mask over all $n \times n$ scores would give these numbers and save nothing. Gather
# the keys and values of each window instead (`torch.nn.functional.pad` and `.unfold`,
# or an index, or a loop over places), so that no more than $n (D + 1)$ scores exist.
# The first places have shorter windows: nothing may leak in from before the start.
# $D \ge 0$ may be larger than the sequence is long.

# %% [raw]
# # BEGIN SOLUTION


# %%
def windowed(q, k, v, D):
    """Contexts of a causal sliding window.

    q, k [b, n, d], v [b, n, d_v], D an int; returns c [b, n, d_v].
    """
    # BEGIN SOLUTION
    n, d = q.shape[1:]
    i = torch.arange(n, device=q.device)[:, None]
    i = i + torch.arange(-D, 1, device=q.device)  # [n, D + 1]
    K, V = k[:, i.clamp(min=0)], v[:, i.clamp(min=0)]  # [b, n, D + 1, d]
    e = (q[:, :, None] * K).sum(-1) / d**0.5
    alpha = e.masked_fill(i < 0, -torch.inf).softmax(-1)
    return (alpha[..., None] * V).sum(2)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def right_windowed(q, k, v, D):
    """Torch's own, with a mask."""
    at = torch.arange(q.shape[1])
    back = at[:, None] - at
    seen = (back >= 0) & (back <= D)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, seen)


def window_mistakes(q, k, v, D):
    """What wrong windows give, by a sentence that says what is wrong."""
    n, d = q.shape[1:]
    at = torch.arange(n)
    back = at[:, None] - at

    def read(seen, scale=d**0.5, q=q, k=k, v=v):
        e = (q @ k.mT / scale).masked_fill(~seen, -torch.inf)
        return e.softmax(-1).nan_to_num(0.0) @ v

    seen = (back >= 0) & (back <= D)
    pad_k = torch.nn.functional.pad(k, (0, 0, D, 0)).unfold(1, D + 1, 1).mT
    pad_v = torch.nn.functional.pad(v, (0, 0, D, 0)).unfold(1, D + 1, 1).mT
    leaky = ((q[:, :, None] * pad_k).sum(-1) / d**0.5).softmax(-1)
    first = (at[:, None] + torch.arange(-D, 1)).clamp(min=0)
    again = ((q[:, :, None] * k[:, first]).sum(-1) / d**0.5).softmax(-1)
    plain = (seen / seen.sum(-1, keepdim=True)).to(v.dtype) @ v
    return {
        "The window holds D + 1 places, t itself included; here it holds D.":
            read((back >= 0) & (back < D)),
        "The window reaches back D places, not D + 1.":
            read((back >= 0) & (back <= D + 1)),
        "A place sees itself, the last of its window.":
            read((back >= 1) & (back <= D)),
        "The window reaches into the future; it ends at t.": read(back.abs() <= D),
        "The window looks ahead instead of back.": read((back <= 0) & (-back <= D)),
        "There is no window: every place sees the whole past.": read(back >= 0),
        "There is no window and no causal mask.": read(back >= -n),
        "The places before the start are zeros, and take a share: hide them.":
            (leaky[..., None] * pad_v).sum(2),
        "The first place counts again and again: hide what is before the start.":
            (again[..., None] * v[:, first]).sum(2),
        "The scale is missing.": read(seen, scale=1.0),
        "The scale is a root: sqrt(d), not d.": read(seen, scale=d),
        "The scale is the root of the keys' width, not of the window's.":
            read(seen, scale=(D + 1) ** 0.5),
        "All places of a window weigh the same; the scores decide.":
            plain.expand_as(v),
        "Queries and keys are exchanged.": read(seen, q=k, k=q),
        "The window is cut into blocks; it slides.":
            read(seen & (at[:, None] // (D + 1) == at // (D + 1))),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Place t sees t - D to t, itself included, and nothing before the start.
"""  # END TEST CONFIG


def test_windows(windowed):
    for seed, D in zip(seeds(), (2, 1, 3)):
        inputs = *normal(seed, (2, 11, 5), (2, 11, 5), (2, 11, 5)), D
        want = right_windowed(*inputs)
        check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Values may have another width; keep the dtype, leave the inputs as they
  are, let gradients through.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(windowed):
    shapes = (3, 7, 5), (3, 7, 5), (3, 7, 2)
    inputs = *normal(seeds()[0], *shapes, dtype=torch.float64), 2
    want = right_windowed(*inputs)
    check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")
    unchanged(windowed, *inputs)
    differentiable(windowed, right_windowed, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: D may be 0 or larger than the sequence, and a sequence may be one place
  long.
"""  # END TEST CONFIG


def test_narrow_and_wide_windows(windowed):
    settings = (1, 1, 3, 2, 2), (2, 5, 3, 7, 0), (3, 5, 2, 3, 11), (1, 13, 7, 5, 4)
    for seed in seeds(5)[3:]:
        for b, n, d, d_v, D in settings:
            shapes = (b, n, d), (b, n, d), (b, n, d_v)
            inputs = *normal(seed, *shapes, dtype=torch.float64), D
            want = right_windowed(*inputs)
            check(call(windowed, *inputs), want, window_mistakes(*inputs), what="c")
            unchanged(windowed, *inputs)
            differentiable(windowed, right_windowed, inputs, to=(0, 1, 2))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: two bugs in the tiles
#
# Attention with an online softmax, a tile of keys at a time. For most easy inputs the
# result even looks plausible; it is wrong in two places. After each tile, for every
# query, with $e_i$ the tile's scores and $v_i$ its values, it should hold
#
# $$\mu' = \max(\mu, \max_i e_i), \quad
# Z' = e^{\mu - \mu'} Z + \sum_i e^{e_i - \mu'}, \quad
# c' = e^{\mu - \mu'} c + \sum_i e^{e_i - \mu'} v_i ,$$
#
# and at the end $c / Z$. Predict first: with one tile that holds all keys, which bug
# can still be seen? And with all scores near $-900$? Measure both, then repair it. In
# this question every key is visible.

# %% [raw]
# # BEGIN SOLUTION


# %%
def in_tiles(q, k, v, tile):
    """c = softmax(q kᵀ / √d) v, from one tile of keys after the other.

    q [b, m, d], k [b, n, d], v [b, n, d_v], tile an int, at least 1;
    returns c [b, m, d_v].
    """
    """ # BEGIN PROMPT
    top = torch.zeros_like(q[..., :1])
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    top = torch.full_like(q[..., :1], torch.finfo(q.dtype).min)
    # END SOLUTION
    Z, c = torch.zeros_like(q[..., :1]), 0.0
    for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
        e = q @ k_t.mT / q.shape[-1] ** 0.5
        higher = torch.maximum(top, e.amax(-1, keepdim=True))
        new = (e - higher).exp()
        Z = (top - higher).exp() * Z + new.sum(-1, keepdim=True)
        """ # BEGIN PROMPT
        c = c + new @ v_t
        """  # END PROMPT
        # BEGIN SOLUTION NO PROMPT
        c = (top - higher).exp() * c + new @ v_t
        # END SOLUTION
        top = higher
    return c / Z


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def tile_inputs(seed, b, m, n, d, d_v, dtype=torch.float32, shift=0.0, apart=False):
    """Scores of ordinary size, moved by about `shift`; `apart`: some down, some up."""
    q, k, v = normal(seed, (b, m, d), (b, n, d), (b, n, d_v), dtype=dtype)
    q[..., 0] = 1.0
    if apart:  # every other query
        q[:, 1::2, 0] = -1.0
    k[..., 0] = shift * d**0.5
    return 2 * q if not shift else q, k, v


def right_tiles(q, k, v, tile):
    """Torch's own: no tiles."""
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def tile_mistakes(q, k, v, tile):
    """What wrong repairs give, by a sentence that says what is wrong."""

    def run(factor=True, z=True, start=None, scale=True, divide=True, carry=True):
        top = torch.full_like(q[..., :1], -1e300 if q.dtype == torch.float64 else -3e38)
        top = top if start is None else torch.full_like(top, start)
        Z, c = torch.zeros_like(top), 0.0
        for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
            e = q @ k_t.mT / (q.shape[-1] ** 0.5 if scale else 1.0)
            higher = torch.maximum(top, e.amax(-1, keepdim=True))
            higher = higher if carry else e.amax(-1, keepdim=True)
            old = (top - higher).exp() if carry else torch.ones_like(top)
            new = (e - higher).exp()
            Z = (old if z else 1.0) * Z + new.sum(-1, keepdim=True)
            c = (old if factor else 1.0) * c + new @ v_t
            top = higher
        return c / Z if divide else c

    first = k[:, :tile]
    return {
        "Both bugs are still there.": run(factor=False, start=0.0),
        "The context is not moved to the new maximum: c needs the factor of Z.":
            run(factor=False),
        "The maximum starts at 0: scores far below it underflow.": run(start=0.0),
        "Z needs the factor too: it was right.": run(z=False),
        "Neither Z nor c is moved to the new maximum.": run(z=False, factor=False),
        "Each tile has a maximum of its own, and nothing moves the old sums.":
            run(carry=False),
        "The scale is missing.": run(scale=False),
        "c is still to be divided by Z.": run(divide=False),
        "Only the first tile is read.":
            right_tiles(q, first, v[:, :tile], tile),
        "Only the last tile is read.":
            right_tiles(q, k.split(tile, 1)[-1], v.split(tile, 1)[-1], tile),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: When a larger score turns up, all that was summed before moves to the
  new maximum, the context included.
"""  # END TEST CONFIG


def test_several_tiles(in_tiles):
    for seed, tile in zip(seeds(), (2, 3, 1)):
        inputs = *tile_inputs(seed, 2, 3, 7, 5, 5), tile
        want = right_tiles(*inputs)
        check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A maximum that starts at 0, or is another query's, is too high for
  scores that are all far below; start lower than any score.
"""  # END TEST CONFIG


def test_scores_far_below_and_above_zero(in_tiles):
    for shift, apart in ((-900.0, False), (900.0, False), (900.0, True)):
        sizes = 2, 3, 7, 5, 2, torch.float64, shift, apart
        inputs = *tile_inputs(seeds()[0], *sizes), 3
        want = right_tiles(*inputs)
        check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")
        unchanged(in_tiles, *inputs)
        differentiable(in_tiles, right_tiles, inputs, to=(0, 1, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A last tile may be short, a tile may hold all keys, and nothing may
  overflow.
"""  # END TEST CONFIG


def test_other_tiles_and_sizes(in_tiles):
    settings = (1, 1, 1, 3, 2, 5), (3, 2, 7, 5, 1, 7), (2, 5, 11, 3, 7, 4)
    for seed in seeds(5)[3:]:
        for b, m, n, d, d_v, tile in settings:
            for shift, apart in ((0.0, 0), (-900.0, 0), (900.0, 0), (900.0, 1)):
                sizes = b, m, n, d, d_v, torch.float64, shift, apart
                inputs = *tile_inputs(seed, *sizes), tile
                want = right_tiles(*inputs)
                check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")
                unchanged(in_tiles, *inputs)
                differentiable(in_tiles, right_tiles, inputs, to=(0, 1, 2))


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
# Fractions are fine, and so are two decimals.
#
# 1. An online softmax reads three keys, one after the other, with the scores
#    $0, \ln 4, \ln 2$ and the values $8, 4, 2$. What is $Z$ after each of them, and
#    what is the context at the end?
# 2. Attention with $m = n = 1024$ and $d = 64$ in single precision ($s = 4$ bytes)
#    makes $4mnd$ operations. Written out it moves $s\,(2md + 2nd + 4mn)$ bytes; in
#    tiles of $M = 128$ queries, $s\,(2md + 2nd\,m/M)$. How many operations a byte are
#    that? And for one query that reads a cache in 16 bits: $4nd$ operations, of whose
#    bytes only those of the $2nd$ keys and values count?
# 3. How many MiB ($2^{20}$ bytes) does the key-value cache of one sentence of 2048
#    tokens take, in 16 bits, for 24 layers of width 1024? And if the 16 heads share
#    keys and values in groups of four?

# %% [raw]
# # BEGIN SOLUTION

# %%
Z_after = [1, 1.25, 1.75]  # SOLUTION
context = 4  # SOLUTION
# written out, in tiles, one query with a cache
intensities = [15.06, 56.89, 1]  # SOLUTION
# all heads for themselves, groups of four
cache_MiB = [192, 48]  # SOLUTION

# %% [markdown]
# The second score is a new maximum: $Z = 1/4 + 1$ and $c = 8/4 + 4 = 6$; the third is
# none: $Z = 5/4 + 2/4$, $c = 6 + 2/2 = 7$, and $7 / 1.75 = 4$. Operations:
# $2^{28}$; bytes $17{,}825{,}792$ and $4{,}718{,}592$. With a cache,
# $4nd / (2nd \cdot 2) = 1$. The cache: $2 \cdot 24 \cdot 2048 \cdot 1024 \cdot 2$
# bytes, and a quarter of it.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Z counts in units of the largest score so far; a new maximum shrinks
  what was there.
"""  # END TEST CONFIG


def test_sums(Z_after):
    w = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64)
    want = [(w[: i + 1] / w[: i + 1].max()).sum().item() for i in range(3)]
    mistakes = {
        "Those are sums of plain exponentials: no maximum is taken off.": [1, 5, 7],
        "The old sum is not moved to the new maximum.": [1, 2, 2.5],
        "The third score is no new maximum: nothing moves.": [1, 1.25, 1.625],
        "The factor is exp(0 - ln 4), a quarter.": [1, 5, 5.5],
        "The sum starts with the first key: exp(0 - 0) = 1.": [0, 1, 1.5],
        "Those are the last terms alone; the sums are asked for.": [1, 1, 0.5],
        "exp(ln 2 - ln 4) is a half.": [1, 1.25, 3.25],
    }
    check(Z_after, want, mistakes, what="Z_after", within=6e-3)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The context is c / Z at the end, and c moves with Z.
"""  # END TEST CONFIG


def test_context(context):
    e = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64).log()
    v = torch.tensor([8.0, 4.0, 2.0], dtype=torch.float64)
    mistakes = {
        "c is still to be divided by Z.": 7.0,
        "That is the plain mean of the values.": 14 / 3,
        "The context is not moved to the new maximum: c needs the factor of Z.":
            13 / 1.75,
        "The weights are not normalised.": 28.0,
        "The last key is missing.": 4.8,
    }  # fmt: skip
    want = (e.softmax(0) @ v).item()
    check(context, want, mistakes, what="context", within=6e-3)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Operations over bytes, with 4 bytes a number in the first two and 2 in
  the third.
"""  # END TEST CONFIG


def test_intensities(intensities):
    m = n = 1024
    d, M = 64, 128
    work = 4 * m * n * d
    scores, rest = 4 * m * n, 2 * m * d + 2 * n * d
    tiled = 2 * m * d + 2 * n * d * m / M
    want = [work / (4 * (rest + scores)), work / (4 * tiled), 1.0]
    mistakes = {
        "A number has 4 bytes in single precision.":
            [4 * want[0], 4 * want[1], want[2]],
        "The scores are written and read, and so are the weights: 4mn.":
            [work / (4 * (rest + m * n)), *want[1:]],
        "The scores are missing from the bytes.": [work / (4 * rest), *want[1:]],
        "Keys and values are read once for each tile of queries.":
            [want[0], work / (4 * rest), want[2]],
        "16 bits are 2 bytes.": [*want[:2], 0.5],
        "A cache in 16 bits: 2 bytes a number, not 1.": [*want[:2], 2.0],
        "That is bytes an operation.": [1 / x for x in want],
        "The order is written out, in tiles, with a cache.":
            [want[1], want[0], want[2]],
    }  # fmt: skip
    check(intensities, want, mistakes, what="intensities", within=0.06)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Two tensors a layer, keys and values, of n times d numbers of 2 bytes.
"""  # END TEST CONFIG


def test_cache(cache_MiB):
    mib = 2 * 24 * 2048 * 1024 * 2 / 2**20
    mistakes = {
        "Keys and values: two tensors a layer.": [mib / 2, mib / 8],
        "16 bits are 2 bytes, not 4.": [2 * mib, mib / 2],
        "16 bits are 2 bytes, not 1.": [mib / 2, mib / 4],
        "Every layer has its own cache.": [mib / 24, mib / 96],
        "d is the width of all heads together.": [16 * mib, 4 * mib],
        "Groups of four leave a quarter.": [mib, mib / 16],
        "Groups of four share; that saves something.": [mib, mib],
        "The order is all heads for themselves, then groups.": [mib / 4, mib],
        "A MiB has 2^20 bytes, not 10^6.": [201.33, 50.33],
    }
    check(cache_MiB, [mib, mib / 4], mistakes, what="cache_MiB", within=6e-3)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
