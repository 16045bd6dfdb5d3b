# %% [markdown]
# # Exercise 14: the Transformer
#
# You write a residual sub-layer in both its forms, the inputs, targets and masks of a
# decoder, and a smoothed loss. Then you repair a decoding step with a cache, and work
# out a few sizes by hand.
#
# 10 points, about 50 minutes. You need chapter 14 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences, `m` places of the target, `n` places of the source, `d` the
# width, `V` the size of the vocabulary. A mask is True where something is *visible*.
# The token ids are `PAD = 0`, `BOS = 1` (`<s>`), `EOS = 2` (`</s>`). Give back what
# your inputs are made of (their dtype, their device), and leave the inputs themselves
# as they are. Gradients must flow back through your answers: `.item()`, `.detach()` or
# numpy would cut them off.

# %% imports
import torch

PAD, BOS, EOS = 0, 1, 2

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
# ## Question 1: one sub-layer, two forms
#
# The feed-forward sub-layer with its residual connection, post-norm and pre-norm:
#
# $$\text{post:}\quad y = \mathrm{norm}(x + \mathrm{FFN}(x)), \qquad
# \text{pre:}\quad y = x + \mathrm{FFN}(\mathrm{norm}(x))$$
#
# $$\mathrm{FFN}(x) = W_2\,\mathrm{relu}(W_1 x + b_1) + b_2, \qquad
# \mathrm{norm}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta$$
#
# $\mu$ and $\sigma^2$ are mean and variance over the $d$ entries of one place (the
# sum of squares is divided by $d$), and $\epsilon = 10^{-5}$. All weights are in one
# dictionary `w`.

# %% [raw]
# # BEGIN SOLUTION


# %%
def sublayer(x, w, norm_first):
    """Pre-norm if norm_first, else post-norm.

    x [b, m, d]; w has W_1 [d_ff, d], b_1 [d_ff], W_2 [d, d_ff], b_2 [d],
    gamma [d], beta [d]; returns y [b, m, d].
    """

    # BEGIN SOLUTION
    def norm(x):
        centred = x - x.mean(-1, keepdim=True)
        variance = centred.square().mean(-1, keepdim=True)
        return w["gamma"] * centred / (variance + 1e-5).sqrt() + w["beta"]

    def ffn(x):
        return torch.relu(x @ w["W_1"].T + w["b_1"]) @ w["W_2"].T + w["b_2"]

    return x + ffn(norm(x)) if norm_first else norm(x + ffn(x))
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def sublayer_inputs(seed, b, m, d, d_ff, dtype=torch.float32):
    """x and a dictionary of weights."""
    sizes = {
        "W_1": (d_ff, d),
        "b_1": (d_ff,),
        "W_2": (d, d_ff),
        "b_2": (d,),
        "gamma": (d,),
        "beta": (d,),
    }
    x, *rest = normal(seed, (b, m, d), *sizes.values(), dtype=dtype)
    return x + 0.5, dict(zip(sizes, rest))


def right_sublayer(x, w, norm_first):
    """Place by place, with torch's own norm."""
    rows = []
    for v in x.flatten(0, 1):
        z = v
        if norm_first:
            z = torch.nn.functional.layer_norm(v, v.shape, w["gamma"], w["beta"])
        inner = torch.relu(torch.mv(w["W_1"], z) + w["b_1"])
        z = v + torch.mv(w["W_2"], inner) + w["b_2"]
        if not norm_first:
            z = torch.nn.functional.layer_norm(z, z.shape, w["gamma"], w["beta"])
        rows.append(z)
    return torch.stack(rows).view_as(x)


def sublayer_mistakes(x, w, norm_first):
    """What a wrong sub-layer is, by a sentence that says what is wrong."""

    def norm(x, axes=(-1,), plus=0, root=True, scale=True, shift=True, centre=True):
        n = math.prod(x.shape[a] for a in axes)
        centred = x - x.mean(axes, keepdim=True) if centre else x
        squares = (x - x.mean(axes, keepdim=True)).square().sum(axes, keepdim=True)
        variance = squares / max(n - plus, 1) + 1e-5
        z = centred / (variance.sqrt() if root else variance)
        z = w["gamma"] * z if scale else z
        return z + w["beta"] if shift else z

    def ffn(x, relu=torch.relu, one=True, two=True):
        inner = relu(x @ w["W_1"].T + (w["b_1"] if one else 0))
        return inner @ w["W_2"].T + (w["b_2"] if two else 0)

    def both(f=ffn, g=norm):
        return x + f(g(x)) if norm_first else g(x + f(x))

    z = norm(x)
    return {
        "Pre-norm and post-norm are exchanged.": (
            norm(x + ffn(x)) if norm_first else x + ffn(z)
        ),
        "The residual connection is missing: x is to be added.": (
            ffn(z) if norm_first else norm(ffn(x))
        ),
        "The residual adds x itself, not norm(x).": (
            z + ffn(z) if norm_first else norm(x + ffn(x)) + x
        ),
        "Post-norm: the norm is around the sum, not around the network alone.": (
            x + norm(ffn(x))
        ),
        "There is a norm before and a norm behind; one is enough.": norm(x + ffn(z)),
        "There is no norm at all.": x + ffn(x),
        "The ReLU is missing.": both(f=lambda v: ffn(v, relu=lambda u: u)),
        "The bend is ReLU, not GELU.": both(
            f=lambda v: ffn(v, relu=torch.nn.functional.gelu)
        ),
        "The ReLU belongs between the two maps, not behind them.": both(
            f=lambda v: torch.relu(ffn(v, relu=lambda u: u))
        ),
        "b_1 is missing.": both(f=lambda v: ffn(v, one=False)),
        "b_2 is missing.": both(f=lambda v: ffn(v, two=False)),
        "The variance is divided by d, not by d - 1.": both(
            g=lambda v: norm(v, plus=1)
        ),
        "The root is missing: divide by the standard deviation.": both(
            g=lambda v: norm(v, root=False)
        ),
        "gamma is missing.": both(g=lambda v: norm(v, scale=False)),
        "beta is missing.": both(g=lambda v: norm(v, shift=False)),
        "gamma and beta are both missing.": both(
            g=lambda v: norm(v, scale=False, shift=False)
        ),
        "The mean is not taken off.": both(g=lambda v: norm(v, centre=False)),
        "Mean and variance run over the d entries of one place, here over the places.":
            both(g=lambda v: norm(v, axes=(1,))),
        "Mean and variance run over the d entries of one place, here over the batch.":
            both(g=lambda v: norm(v, axes=(0,))),
        "Mean and variance run over one place alone, here over the whole sentence.":
            both(g=lambda v: norm(v, axes=(1, 2))),
        "Mean and variance run over one place alone, here over the whole batch.":
            both(g=lambda v: norm(v, axes=(0, 1, 2))),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The norm stands before the network, and x itself is added behind it.
"""  # END TEST CONFIG


def test_pre_norm(sublayer):
    for seed in seeds():
        inputs = *sublayer_inputs(seed, 2, 3, 5, 11), True
        want = right_sublayer(*inputs)
        check(call(sublayer, *inputs), want, sublayer_mistakes(*inputs), what="y")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The norm stands behind the sum x + FFN(x).
"""  # END TEST CONFIG


def test_post_norm(sublayer):
    for seed in seeds():
        inputs = *sublayer_inputs(seed, 3, 2, 7, 13), False
        want = right_sublayer(*inputs)
        check(call(sublayer, *inputs), want, sublayer_mistakes(*inputs), what="y")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs as they are, let gradients through.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(sublayer):
    for pre in (True, False):
        x, w = sublayer_inputs(seeds()[0], 2, 3, 5, 7, dtype=torch.float64)
        want = right_sublayer(x, w, pre)
        mistakes = sublayer_mistakes(x, w, pre)
        check(call(sublayer, x, w, pre), want, mistakes, what="y")
        unchanged(sublayer, x, w, pre)
        differentiable(sublayer, right_sublayer, (x, w, pre))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A size is taken for granted, or the small number in the norm is not
  1e-5 and inside the root.
"""  # END TEST CONFIG


def test_other_sizes_and_a_nearly_constant_place(sublayer):
    for seed in seeds(5)[3:]:
        for b, m, d, d_ff in ((1, 1, 3, 2), (5, 1, 2, 3), (2, 7, 5, 5)):
            for pre in (True, False):
                x, w = sublayer_inputs(seed, b, m, d, d_ff, dtype=torch.float64)
                if pre:
                    x[0] = 1 + 0.003 * x[0]  # here the small number counts
                want = right_sublayer(x, w, pre)
                mistakes = sublayer_mistakes(x, w, pre)
                check(call(sublayer, x, w, pre), want, mistakes, what="y")
                unchanged(sublayer, x, w, pre)
                differentiable(sublayer, right_sublayer, (x, w, pre))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: what the decoder reads, writes and sees
#
# A batch of targets $y$ is padded on the right; row $r$ has `tgt_len[r]` real tokens.
# In training the decoder reads `<s>` and the target, and should write the target and
# `</s>`, so both have $m + 1$ places. With $T$ the length of a row, counting places
# from 0:
#
# $$\text{in} = (\text{<s>}, y_1, \dots, y_T, \text{<pad>} \dots), \qquad
# \text{out} = (y_1, \dots, y_T, \text{</s>}, \text{<pad>} \dots)$$
#
# $$M^{\text{tgt}}_{t,i} = (i \le t)\ \text{and}\ (i \le T), \qquad
# M^{\text{src}}_{0,i} = (i < T_x)$$
#
# The first mask is the decoder's own: no future, and no padding of its input (which
# has $T + 1$ real tokens). The second, of the attention to the source, is the same for
# every row that asks. Where `y` is padding it may hold anything; your results may not.

# %% [raw]
# # BEGIN SOLUTION


# %%
def prepare(y, tgt_len, src_len, n):
    """Inputs, targets and masks of a decoder.

    y [b, m] int64, tgt_len [b] and src_len [b] int64, n the width of the
    padded source; returns tgt_in [b, m + 1], tgt_out [b, m + 1], both int64,
    tgt_mask bool [b, m + 1, m + 1], src_mask bool [b, 1, n], in this order.
    """
    # BEGIN SOLUTION
    b, m = y.shape
    place = torch.arange(m + 1, device=y.device)
    y = y.masked_fill(place[:m] >= tgt_len[:, None], PAD)
    tgt_in = torch.cat([y.new_full((b, 1), BOS), y], 1)
    tgt_out = torch.cat([y, y.new_full((b, 1), PAD)], 1)
    tgt_out = tgt_out.masked_fill(place == tgt_len[:, None], EOS)
    past = place <= place[:, None]
    tgt_mask = past & (place <= tgt_len[:, None])[:, None]
    src_mask = (torch.arange(n, device=y.device) < src_len[:, None])[:, None]
    return tgt_in, tgt_out, tgt_mask, src_mask
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
NAMES = "tgt_in, tgt_out, tgt_mask, src_mask"


def prepare_inputs(seed, lengths, sources, junk=False):
    """A padded batch; with junk, padding holds any token."""
    made, m = torch.Generator().manual_seed(seed), max(lengths)
    y = torch.randint(4, 97, (len(lengths), m), generator=made)
    tgt_len, src_len = torch.tensor(lengths), torch.tensor(sources)
    if not junk:
        y = y * (torch.arange(m) < tgt_len[:, None])
    return y, tgt_len, src_len, max(sources)


def right_prepare(y, tgt_len, src_len, n):
    """Entry by entry."""
    b, m = y.shape
    tgt_in, tgt_out = torch.zeros(b, m + 1).long(), torch.zeros(b, m + 1).long()
    tgt_mask = torch.zeros(b, m + 1, m + 1, dtype=torch.bool)
    src_mask = torch.zeros(b, 1, n, dtype=torch.bool)
    for r in range(b):
        length = int(tgt_len[r])
        tgt_in[r, 0], tgt_out[r, length] = 1, 2
        for t in range(length):
            tgt_in[r, t + 1] = tgt_out[r, t] = y[r, t]
        for t in range(m + 1):
            for i in range(m + 1):
                tgt_mask[r, t, i] = i <= t and i <= length
        for i in range(n):
            src_mask[r, 0, i] = i < int(src_len[r])
    return tgt_in, tgt_out, tgt_mask, src_mask


def prepare_mistakes(y, tgt_len, src_len, n):
    """Four dictionaries: what wrong results are, by what is wrong."""
    tgt_in, tgt_out, tgt_mask, src_mask = right_prepare(y, tgt_len, src_len, n)
    (b, m), place = y.shape, torch.arange(y.shape[1] + 1)
    past = place <= place[:, None]
    real = (place <= tgt_len[:, None])[:, None]
    whole = torch.ones_like(tgt_mask)
    wide = torch.cat([torch.full((b, 1), 1), y, torch.zeros(b, 1).long()], 1)
    at_end = torch.cat([y, torch.full((b, 1), 2)], 1)
    behind = tgt_in.masked_fill(tgt_in == 1, 2)
    sources = torch.arange(n)
    return (
        {
            "That is what the decoder should write; it reads <s> first.": tgt_out,
            "The input starts with <s>, not with </s>.": behind,
            "The last token of a full row is missing from the input.": torch.cat(
                [tgt_in[:, :-1], torch.zeros(b, 1).long()], 1
            ),
            "Padding of the input has to be PAD, whatever y holds there.": wide[:, :-1],
            "The </s> belongs to the target, not to the input.": tgt_in + 2 * (
                place == tgt_len[:, None] + 1
            ),
        },
        {
            "That is what the decoder reads; it writes y and then </s>.": tgt_in,
            "The </s> comes right behind the last real token, not behind the padding.":
                at_end,
            "The </s> is missing.": tgt_out * (tgt_out != 2),
            "The end is </s>, not <s>.": tgt_out - (tgt_out == 2).long(),
            "The </s> replaces the last token; it comes behind it.": torch.where(
                place == tgt_len[:, None] - 1, 2, tgt_out * (tgt_out != 2)
            ),
            "Padding of the target has to be PAD, whatever y holds there.": torch.where(
                place == tgt_len[:, None], 2,
                torch.cat([y, torch.zeros(b, 1).long()], 1),
            ),
        },
        {
            "The future is visible: place t sees places up to t only.":
                whole & real,
            "The padding of the input is visible.": past & whole,
            "The mask looks one place ahead: i <= t, not i <= t + 1.":
                (place <= place[:, None] + 1) & real,
            "A place sees itself: i <= t, not i < t.":
                (place < place[:, None]) & real,
            "The mask is transposed: rows ask, columns answer.": tgt_mask.mT,
            "The mask shows the future and hides the past.": past.mT & real,
            "The mask is upside down: True means visible.": ~tgt_mask,
            "The input has T + 1 real tokens, <s> included.":
                past & (place < tgt_len[:, None])[:, None],
            "Rows that are padding themselves may ask; only columns are hidden.":
                tgt_mask & real.mT,
            "The lengths of the source were taken for those of the target.":
                past & (place <= src_len[:, None])[:, None],
            "Everybody has the first sentence's mask.":
                tgt_mask[:1].expand_as(tgt_mask),
        },
        {
            "The padding of the source is visible.": torch.ones_like(src_mask),
            "The mask is upside down: True means visible.": ~src_mask,
            "One place too many is visible: i < T_x.":
                (sources <= src_len[:, None])[:, None],
            "One place too few is visible: i < T_x.":
                (sources < src_len[:, None] - 1)[:, None],
            "The lengths of the target were taken for those of the source.":
                (sources < tgt_len[:, None])[:, None],
            "Everybody has the first sentence's mask.":
                src_mask[:1].expand_as(src_mask),
            "The axis of the queries is missing: [b, 1, n].": src_mask[:, 0],
        },
    )  # fmt: skip


def compare_prepared(function, inputs, parts):
    """The given parts of what the function returns."""
    want, mistakes = right_prepare(*inputs), prepare_mistakes(*inputs)
    found = unpack(call(function, *inputs), NAMES)
    for part in parts:
        name = NAMES.split(", ")[part]
        check(found[part], want[part], mistakes[part], what=name)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The input is the target one place later, <s> first; the target ends
  with </s> right behind its last real token.
"""  # END TEST CONFIG


def test_input_and_target(prepare):
    for seed in seeds():
        compare_prepared(prepare, prepare_inputs(seed, (5, 2, 3), (7, 3, 4)), (0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Place t sees the places i with i <= t that are not padding.
"""  # END TEST CONFIG


def test_masks(prepare):
    for seed in seeds():
        inputs = prepare_inputs(seed, (2, 5, 3), (3, 7, 6))
        compare_prepared(prepare, inputs, (2, 3))
        unchanged(prepare, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Padding of y may hold anything, and one sentence or one token is a
  batch like any other; lengths, not values, say where a target ends.
"""  # END TEST CONFIG


def test_junk_in_the_padding_and_other_sizes(prepare):
    settings = ((3, 7, 1), (2, 2, 5)), ((1,), (1,)), ((5, 5), (3, 2)), ((2, 1), (7, 7))
    for seed in seeds(5)[3:]:
        for lengths, sources in settings:
            inputs = prepare_inputs(seed, lengths, sources, junk=True)
            compare_prepared(prepare, inputs, range(4))
            unchanged(prepare, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: a smoothed loss without padding
#
# $$L = -\frac{1}{|Y|} \sum_{t \in Y} \sum_{w=1}^{V} q_t(w) \log p_t(w), \qquad
# q_t(w) = (1 - \varepsilon)\,[w = y_t] + \frac{\varepsilon}{V}$$
#
# with $p_t = \mathrm{softmax}$ of the logits and $Y$ all places of the batch whose
# target is not PAD: every *token* counts the same, whatever sentence it stands in. At
# least one target is real. PAD is a word of the vocabulary like any other for $q$: it
# gets its $\varepsilon/V$. Logits may be large; `log(softmax(...))` would give
# infinities, and $0 \cdot \infty$ is NaN.

# %% [raw]
# # BEGIN SOLUTION


# %%
def smoothed_loss(logits, targets, epsilon):
    """L, one number (a tensor without axes).

    logits [b, m, V], targets [b, m] int64, epsilon a float in [0, 1).
    """
    # BEGIN SOLUTION
    log_p = logits.log_softmax(-1)
    right = log_p.gather(-1, targets[..., None])[..., 0]
    losses = -(1 - epsilon) * right - epsilon * log_p.mean(-1)
    return losses[targets != PAD].mean()
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def smoothing_inputs(seed, lengths, V, epsilon, dtype=torch.float32, scale=2.0):
    m = max(lengths)
    (logits,) = normal(seed, (len(lengths), m, V), dtype=dtype)
    made = torch.Generator().manual_seed(seed)
    targets = torch.randint(1, V, (len(lengths), m), generator=made)
    targets = targets * (torch.arange(m) < torch.tensor(lengths)[:, None])
    return scale * logits, targets, epsilon


def right_smoothed(logits, targets, epsilon):
    """Torch's own."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=0, label_smoothing=epsilon
    )


def smoothing_mistakes(logits, targets, epsilon):
    """What a wrong loss is, by a sentence that says what is wrong."""
    V, real = logits.shape[-1], targets != 0
    log_p = logits.log_softmax(-1)
    right = -log_p.gather(-1, targets[..., None])[..., 0]
    total, mean = -log_p.sum(-1), -log_p.mean(-1)
    loss = (1 - epsilon) * right + epsilon * mean
    others = (total - right) / (V - 1)
    no_pad = (total + log_p[..., 0]) / V
    shared = (1 - epsilon) * right + epsilon * others
    by_row = (loss * real).sum(1) / real.sum(1)
    found = {
        "Nothing is smoothed: epsilon is not used.": right[real].mean(),
        "Padding is part of the mean.": loss.mean(),
        "Padding adds nothing, but it is still counted.": (loss * real).mean(),
        "That is the sum; divide by the number of real tokens.": loss[real].sum(),
        "Every token counts the same; here every sentence does.": by_row.mean(),
        "The sum over tokens is divided by the number of sentences.":
            loss[real].sum() / len(logits),
        "The sign is wrong: a loss is a mean of -log p.": -loss[real].mean(),
        "epsilon is shared by the other V - 1 words alone; here it is by all V.":
            shared[real].mean(),
        "The right word gets its epsilon / V too.":
            (loss - epsilon * right / V)[real].mean(),
        "PAD is left out of q; here it has its epsilon / V like any word.":
            ((1 - epsilon) * right + epsilon * no_pad)[real].mean(),
        "epsilon is not divided by V.":
            ((1 - epsilon) * right + epsilon * total)[real].mean(),
        "The right word keeps 1 - epsilon, not 1.":
            (right + epsilon * mean)[real].mean(),
        "epsilon and 1 - epsilon are exchanged.":
            (epsilon * right + (1 - epsilon) * mean)[real].mean(),
        "Only the right word counts; the sum over all words is missing.":
            ((1 - epsilon) * right)[real].mean(),
        "The right word alone counts, with 1 - epsilon + epsilon / V.":
            ((1 - epsilon + epsilon / V) * right)[real].mean(),
        "The entropy of q is taken off; here the loss is the cross-entropy.":
            loss[real].mean() + _plogp(1 - epsilon + epsilon / V)
            + (V - 1) * _plogp(epsilon / V),
        "The logarithm is the natural one, not that of base 2.":
            loss[real].mean() / math.log(2),
        "The softmax ran over the places, not over the words.":
            _over_places(logits, targets, epsilon),
        "The loss of each token is asked for as one number, their mean.": loss,
    }  # fmt: skip
    return found


def _plogp(p):
    return p * math.log(p) if p > 0 else 0.0


def _over_places(logits, targets, epsilon):
    log_p = logits.log_softmax(1)
    right = log_p.gather(-1, targets[..., None])[..., 0]
    loss = -(1 - epsilon) * right - epsilon * log_p.mean(-1)
    return loss[targets != 0].mean()


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The right word gets 1 - epsilon and every word epsilon / V more; the
  mean runs over the real tokens.
"""  # END TEST CONFIG


def test_smoothed_mean_over_real_tokens(smoothed_loss):
    for seed in seeds():
        inputs = smoothing_inputs(seed, (5, 2, 3), 7, 0.3)
        want = right_smoothed(*inputs)
        mistakes = smoothing_mistakes(*inputs)
        check(call(smoothed_loss, *inputs), want, mistakes, what="L")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs as they are, let gradients through;
  epsilon may be 0.
"""  # END TEST CONFIG


def test_double_precision_no_smoothing_and_gradients(smoothed_loss):
    for epsilon in (0.0, 0.1):
        inputs = smoothing_inputs(seeds()[0], (3, 7), 5, epsilon, dtype=torch.float64)
        want = right_smoothed(*inputs)
        mistakes = smoothing_mistakes(*inputs)
        check(call(smoothed_loss, *inputs), want, mistakes, what="L")
        unchanged(smoothed_loss, *inputs)
        differentiable(smoothed_loss, right_smoothed, inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Large logits overflow in log(softmax(x)), use log_softmax; or a size is
  taken for granted.
"""  # END TEST CONFIG


def test_large_logits_and_other_sizes(smoothed_loss):
    settings = ((1,), 2, 0.5, 2.0), ((2, 7, 1), 11, 0.1, 2.0), ((3, 2), 5, 0.2, 500.0)
    for seed in seeds(5)[3:]:
        for lengths, V, epsilon, scale in settings:
            for dtype in (torch.float32, torch.float64):
                inputs = smoothing_inputs(seed, lengths, V, epsilon, dtype, scale)
                want = right_smoothed(*inputs)
                mistakes = smoothing_mistakes(*inputs)
                check(call(smoothed_loss, *inputs), want, mistakes, what="L")
                unchanged(smoothed_loss, *inputs)
                differentiable(smoothed_loss, right_smoothed, inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: a cache with two bugs
#
# One decoding step of a causal self-attention with a key-value cache. It runs, its
# results have the right shapes, at place 0 they are nearly right, and it is wrong in
# two places. For the token at place $t$ (counted from 0), with its embedding $x$:
#
# $$x' = x + P_t, \qquad K' = [K; W_K x'], \quad V' = [V; W_V x'], \qquad
# c = \mathrm{softmax}\Bigl(\frac{(W_Q x')^\top K'}{\sqrt{d_{\text{head}}}}\Bigr) V'$$
#
# in each head; $c$ is the heads joined, without an output matrix. The cache that comes
# in holds the places $0 \dots t - 1$; the one that goes out holds $0 \dots t$. Predict
# first: what must come out if the function is called for $t = 0, 1, 2, \dots$, and what
# does a Transformer compute that reads all places at once under a causal mask?
# Compare, and repair it.

# %% [raw]
# # BEGIN SOLUTION


# %%
def cached_step(x, place, K, V, w):
    """The context of one new token, and the cache with it.

    x [b, d]; place an int, t; K and V [b, n_heads, t, d_head]; w has W_Q,
    W_K, W_V [d, d] and the positions P [max_len, d]; returns c [b, d], and
    K and V [b, n_heads, t + 1, d_head].
    """
    b, n_heads, _, d_head = K.shape
    """ # BEGIN PROMPT
    x_prime = x + w["P"][0]
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    x_prime = x + w["P"][place]
    # END SOLUTION
    q, k, v = (
        (x_prime @ w[name].T).view(b, n_heads, 1, d_head)
        for name in ("W_Q", "W_K", "W_V")
    )
    K, V = torch.cat([K, k], 2), torch.cat([V, v], 2)
    """ # BEGIN PROMPT
    e = q @ K.mT / (n_heads * d_head) ** 0.5
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    e = q @ K.mT / d_head**0.5
    # END SOLUTION
    c = e.softmax(-1) @ V
    return c.transpose(1, 2).flatten(1), K, V


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def cache_inputs(seed, b, n_heads, t, d_head, dtype=torch.float32):
    """A token, its place, a cache of t places and the weights."""
    d = n_heads * d_head
    cache = (b, n_heads, t, d_head)
    shapes = (b, d), cache, cache, (d, d), (d, d), (d, d), (t + 3, d)
    x, K, V, *weights = normal(seed, *shapes, dtype=dtype)
    w = dict(zip(("W_Q", "W_K", "W_V", "P"), weights))
    return x, t, K, V, {name: 0.7 * weight for name, weight in w.items()}


def right_step(x, place, K, V, w):
    """Torch's own attention over the longer cache."""
    b, n_heads, _, d_head = K.shape
    x_prime = x + w["P"][place]
    q, k, v = (
        torch.nn.functional.linear(x_prime, w[name]).view(b, n_heads, 1, d_head)
        for name in ("W_Q", "W_K", "W_V")
    )
    K, V = torch.cat([K, k], 2), torch.cat([V, v], 2)
    fused = torch.nn.functional.scaled_dot_product_attention
    return fused(q, K, V)[:, :, 0].flatten(1), K, V


def step_mistakes(x, place, K, V, w):
    """What wrong repairs give: sentence -> c, K, V."""
    b, n_heads, t, d_head = K.shape
    d = n_heads * d_head

    def step(at=place, scale=d_head**0.5, own=True, order=True, pos=True, where="qkv"):
        there = w["P"][at] if pos else 0
        parts = []
        for letter, name in zip("qkv", ("W_Q", "W_K", "W_V")):
            x_prime = x + there if letter in where else x
            parts.append((x_prime @ w[name].T).view(b, n_heads, 1, d_head))
        q, k, v = parts
        K2 = torch.cat([K, k] if order else [k, K], 2)
        V2 = torch.cat([V, v] if order else [v, V], 2)
        read = (K2, V2) if own or t == 0 else (K, V)
        c = (q @ read[0].mT / scale).softmax(-1) @ read[1]
        return c[:, :, 0].flatten(1), K2, V2

    right = step()
    heads = right[0].view(b, n_heads, d_head)
    x_prime = x + w["P"][place]
    q = (x_prime @ w["W_Q"].T).view(b, n_heads, 1, d_head)
    over_heads = (q @ right[1].mT / d_head**0.5).softmax(1) @ right[2]
    return {
        "Both bugs are still there: look at the position and at the scale.":
            step(at=0, scale=d**0.5),
        "Every token stands at place 0: the position is still wrong.": step(at=0),
        "The scale is the root of one head's width, not of d.": step(scale=d**0.5),
        "The scale is missing.": step(scale=1.0),
        "The scale is a root: sqrt(d_head), not d_head.": step(scale=d_head),
        "The scale divides by sqrt(d_head), it does not multiply.":
            step(scale=d_head**-0.5),
        "The place is counted from 0: t, not t + 1.": step(at=place + 1),
        "The place is t, not t - 1.": step(at=max(place - 1, 0)),
        "The last place of the table is not the place of the token.": step(at=-1),
        "There is no position at all now.": step(pos=False),
        "The values carry the position as well: they are made of x'.": step(where="qk"),
        "The keys and values carry the position as well: they are made of x'.":
            step(where="q"),
        "The query carries the position as well: it is made of x'.": step(where="kv"),
        "The token does not see itself: read the longer cache.": step(own=False),
        "The new place belongs behind the old ones.": step(order=False),
        "The softmax ran over the heads, not over the keys.":
            (over_heads[:, :, 0].flatten(1), *right[1:]),
        "The heads are joined in the wrong order: head after head, not entry by entry.":
            (heads.mT.flatten(1), *right[1:]),
        "Keys and values are exchanged.": (right[0], right[2], right[1]),
        "The old cache is returned; the new place is missing.": (right[0], K, V),
    }  # fmt: skip


def compare_step(function, inputs):
    want, mistakes = right_step(*inputs), step_mistakes(*inputs)
    found = unpack(call(function, *inputs), "c, K, V")
    for part in range(3):
        lines = {text: wrong[part] for text, wrong in mistakes.items()}
        check(found[part], want[part], lines, what=("c", "K", "V")[part])


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The token's own place is `place`, and what each head divides by is the
  root of its own width.
"""  # END TEST CONFIG


def test_one_step_behind_a_cache(cached_step):
    for seed in seeds():
        compare_step(cached_step, cache_inputs(seed, 2, 3, 5, 7))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Keep the dtype, leave the inputs as they are, let gradients through.
"""  # END TEST CONFIG


def test_double_precision_inputs_that_stay_and_gradients(cached_step):
    inputs = cache_inputs(seeds()[0], 3, 2, 7, 5, dtype=torch.float64)
    compare_step(cached_step, inputs)
    unchanged(cached_step, *inputs)
    differentiable(cached_step, right_step, inputs, to=(0, 2, 3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Steps from an empty cache must give what one causal attention over all
  places gives.
"""  # END TEST CONFIG


def test_steps_equal_one_causal_attention(cached_step):
    for seed in seeds(5)[3:]:
        for b, n_heads, m, d_head in ((2, 3, 5, 7), (1, 1, 3, 2), (3, 5, 2, 1)):
            inputs = cache_inputs(seed, b, n_heads, m, d_head, dtype=torch.float64)
            d, w = n_heads * d_head, inputs[-1]
            (x,) = normal(seed + 1, (b, m, d), dtype=torch.float64)
            x_prime = x + w["P"][:m]
            Q, K, V = (
                (x_prime @ w[name].T).unflatten(-1, (n_heads, -1)).transpose(1, 2)
                for name in ("W_Q", "W_K", "W_V")
            )
            fused = torch.nn.functional.scaled_dot_product_attention
            want = fused(Q, K, V, is_causal=True).transpose(1, 2).flatten(2)
            past = x.new_zeros(b, n_heads, 0, d_head)
            k, v = past, past
            for t in range(m):
                out = call(cached_step, x[:, t], t, k, v, w)
                c, k, v = unpack(out, "c, K, V")
                check(c, want[:, t], what=f"c at place {t}")
                check(k, K[:, :, : t + 1], what=f"K behind place {t}")
                check(v, V[:, :, : t + 1], what=f"V behind place {t}")
            unchanged(cached_step, *inputs)
            compare_step(cached_step, inputs)


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
# Work these out on paper; fractions are fine, and so are four decimals.
#
# 1. A decoder layer has two attentions with four matrices $d \times d$ each and no
#    biases, a feed-forward network with both biases, and three norms with $\gamma$ and
#    $\beta$. How many weights has it for $d = 10$, $d_{ff} = 40$?
# 2. The paper's learning rate is $\eta_s = d^{-1/2} \min(s^{-1/2}, s\,w^{-3/2})$. What
#    share of its largest value does it have at $s = w/4$ and at $s = 4w$?
# 3. A smoothed loss with $\varepsilon = 0.2$ and $V = 5$: with which probability of the
#    right word is it least, and how large is it there (natural logarithms)?
# 4. To write 6 tokens, how many rows go through the layers in all if the whole prefix,
#    `<s>` included, is read again at each step, and how many with a cache? (Before the
#    first token is written the prefix is `<s>`; the last token written is not read.)

# %% [raw]
# # BEGIN SOLUTION

# %%
weights_of_a_layer = 8 * 100 + (40 * 10 + 40) + (10 * 40 + 10) + 3 * 20  # SOLUTION
shares = [1 / 4, 1 / 2]  # SOLUTION
best_probability = 0.84  # SOLUTION
least_loss = 0.6615  # SOLUTION
rows_read = [21, 6]  # SOLUTION

# %% [markdown]
# $8 d^2 + 2 d\, d_{ff} + d_{ff} + d + 6 d = 800 + 800 + 50 + 60 = 1710$. Below $w$ the
# rate is proportional to $s$, above it to $1/\sqrt s$. The loss is least at $p = q$:
# $q = 0.8 + 0.2/5 = 0.84$ for the right word and $0.04$ for the four others, and there
# it is the entropy $-0.84 \ln 0.84 - 4 \cdot 0.04 \ln 0.04$. Rows: $1 + 2 + \dots + 6$
# against one a token.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Eight matrices of d x d, two of d x d_ff, biases of d_ff and d, and
  three norms of 2 d.
"""  # END TEST CONFIG


def test_weights_of_a_layer(weights_of_a_layer):
    layer = torch.nn.TransformerDecoderLayer(10, 2, 40)
    count = sum(p.numel() for p in layer.parameters())
    without = count - 2 * (3 * 10 + 10)  # torch's attentions have biases
    mistakes = {
        "That counts biases in the attentions, as PyTorch's layer has them.": count,
        "The three norms are missing.": without - 60,
        "One attention is missing: a decoder layer has two.": without - 400,
        "The norms have gamma and beta each.": without - 30,
        "The network's biases are missing.": without - 50,
        "That is an encoder layer: one attention and two norms.": without - 420,
        "Biases and norms are missing.": 1600,
        "The bias b_2 has d entries, b_1 has d_ff.": without + 30,
    }
    check(weights_of_a_layer, without, mistakes, what="weights_of_a_layer")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The largest value is at s = w; below it the rate grows with s, above it
  it falls with the root of s.
"""  # END TEST CONFIG


def test_shares(shares):
    def eta(s, w=64.0):
        return min(s**-0.5, s * w**-1.5)

    want = [eta(16.0) / eta(64.0), eta(256.0) / eta(64.0)]
    mistakes = {
        "The order is s = w/4, then s = 4w.": want[::-1],
        "Above w the rate falls with the root of s, not with s.": [1 / 4, 1 / 4],
        "Below w the rate grows with s itself, not with its root.": [1 / 2, 1 / 2],
        "The smaller of the two terms counts.": [2.0, 4.0],
        "The first share is that of s = w/2.": [1 / 2, 1 / 4],
        "Those are per cent; a share of the largest value is asked for.": [25, 50],
    }
    check(shares, want, mistakes, what="shares", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The loss is least at p = q, where it is the entropy of q.
"""  # END TEST CONFIG


def test_smoothed_minimum(best_probability, least_loss):
    q = torch.full((5,), 0.04, dtype=torch.float64)
    q[0] += 0.8
    mistakes = {
        "The right word gets its epsilon / V as well.": 0.8,
        "epsilon is shared by all V words, not by the other four.": 0.85,
        "That is the probability of a wrong word.": 0.04,
        "Without smoothing it would be 1; here it is not.": 1.0,
    }
    right = q[0].item()
    check(best_probability, right, mistakes, what="best_probability", within=6e-4)
    want = torch.distributions.Categorical(q).entropy().item()
    mistakes = {
        "A smoothed loss is not 0 at its least: it is the entropy of q.": 0.0,
        "The wrong words count too.": -0.84 * math.log(0.84),
        "There are four wrong words.": -0.84 * math.log(0.84) - 0.04 * math.log(0.04),
        "Natural logarithms, please; that is base 2.": want / math.log(2),
        "The sign is wrong.": -want,
        "That is -log p of the right word; the loss is weighted by q.": -math.log(0.84),
        "The right word gets its epsilon / V as well.": -0.8 * math.log(0.8)
        - 4 * 0.05 * math.log(0.05),
    }
    check(least_loss, want, mistakes, what="least_loss", within=6e-4)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Without a cache step t reads t rows; with one it reads one row.
"""  # END TEST CONFIG


def test_rows_read(rows_read):
    want = [sum(range(1, 7)), 6]
    mistakes = {
        "The first step reads <s>: one row, not none.": [15, 6],
        "The last token is written, not read.": [28, 7],
        "Each prefix grows: 1 + 2 + ..., not 6 times 6.": [36, 6],
        "The order is without the cache, then with it.": [6, 21],
        "With a cache each step reads one row.": [21, 21],
        "Rows are counted, not scores.": [91, 21],
        "Six steps read six rows with a cache.": [21, 1],
    }
    check(rows_read, want, mistakes, what="rows_read")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
