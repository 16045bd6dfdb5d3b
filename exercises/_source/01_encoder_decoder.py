# %% [markdown]
# # Exercise 1: the encoder-decoder
#
# You write one step of a GRU from its equations, prepare the targets that a decoder
# reads and writes, average a loss over real tokens only, repair a greedy decoder that
# leaves sentences unfinished, and count parameters by hand.
#
# 10 points, about 45 minutes. You need chapter 1 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` target positions, `V` target words. Give back what
# your inputs are made of (their dtype, their device), and leave the inputs themselves
# as they are. Questions 1 and 3 are parts of a model that is trained: gradients must
# flow back through your answer, and `.item()`, `.detach()` or numpy would cut them off.

# %% imports
import torch

# %% helpers
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: one step of a GRU
#
# PyTorch stacks the weights of a GRU in the order reset $r$, update $z$, candidate
# $\tilde s$ (which PyTorch calls n). The first `d_s` rows of `W_ih` are $W_r$, the next
# are $W_z$, the last $W$; `W_hh` stacks $U_r, U_z, U$, and `b_ih` and `b_hh` stack the
# biases. With $x_t$ for whatever the GRU reads:
#
# $$
# \begin{aligned}
# r_t &= \sigma(W_r x_t + b_r + U_r s_{t-1} + b'_r) \\
# z_t &= \sigma(W_z x_t + b_z + U_z s_{t-1} + b'_z) \\
# \tilde s_t &= \tanh\bigl(W x_t + b + r_t \odot (U s_{t-1} + b')\bigr) \\
# s_t &= (1 - z_t) \odot \tilde s_t + z_t \odot s_{t-1}
# \end{aligned}
# $$
#
# Two details differ from place to place. Here, as in Cho et al. (2014), $z$ near 1
# *keeps* the old state; Bahdanau et al. (2015) write it the other way round. And
# PyTorch multiplies by $r$ *after* the product with $U$; Cho's encoder computes
# $U(r \odot s_{t-1})$.
#
# Write the gates out, without `nn.GRU`, `nn.GRUCell` or `torch.gru_cell`: those are
# what the check compares you with.

# %% [raw]
# # BEGIN SOLUTION


# %%
def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    """s_t = (1 - z) * s_tilde + z * s_prev, weights stacked as r, z, n.

    x [b, d_e], s_prev [b, d_s], W_ih [3 d_s, d_e], W_hh [3 d_s, d_s],
    b_ih [3 d_s], b_hh [3 d_s]; returns s [b, d_s].
    """
    # BEGIN SOLUTION
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=-1)
    s_r, s_z, s_n = (s_prev @ W_hh.T + b_hh).chunk(3, dim=-1)
    r = torch.sigmoid(x_r + s_r)
    z = torch.sigmoid(x_z + s_z)
    s_tilde = torch.tanh(x_n + r * s_n)
    return (1 - z) * s_tilde + z * s_prev
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def gru_inputs(seed, b, d_e, d_s, dtype=torch.float32):
    """x, s_prev, W_ih, W_hh, b_ih, b_hh."""
    sizes = (b, d_e), (b, d_s), (3 * d_s, d_e), (3 * d_s, d_s), (3 * d_s,), (3 * d_s,)
    x, s_prev, *weights = normal(seed, *sizes, dtype=dtype)
    return [x, s_prev, *(0.7 * w for w in weights)]


def gru_mistakes(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    """What a wrong GRU step gives, by a sentence that says what is wrong."""
    d_s = s_prev.shape[1]
    sigmoid, tanh = torch.sigmoid, torch.tanh
    a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
    (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, 1), u.chunk(3, 1)
    p_r, p_z, p_n = (x @ W_ih.T).chunk(3, 1)
    (b_r, b_z, b_n), (c_r, c_z, c_n) = b_ih.chunk(3), b_hh.chunk(3)
    r, z, U_n = sigmoid(a_r + u_r), sigmoid(a_z + u_z), W_hh[2 * d_s :]
    s_tilde = tanh(a_n + r * u_n)

    def mix(z, s_tilde):
        return (1 - z) * s_tilde + z * s_prev

    def every_third(rows, of):
        return rows.view(len(rows), d_s, 3)[..., of]

    def ordered(i, j, k):
        a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
        both = a.chunk(3, 1), u.chunk(3, 1)
        r, z = (sigmoid(both[0][part] + both[1][part]) for part in (i, j))
        return mix(z, tanh(both[0][k] + r * both[1][k]))

    woven = [every_third(a, of) + every_third(u, of) for of in (0, 1)]
    woven_n = tanh(every_third(a, 2) + sigmoid(woven[0]) * every_third(u, 2))
    orders = ((0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    return {
        "z and 1 - z are exchanged; here z near 1 keeps the old state.":
            mix(1 - z, s_tilde),
        **{
            f"The blocks are ordered r, z, n; here r, z and n are read off blocks "
            f"{i + 1}, {j + 1} and {k + 1}.": ordered(i, j, k)
            for i, j, k in orders
        },
        "r multiplies s before the product with U; here it multiplies U s + b'.":
            mix(z, tanh(a_n + (r * s_prev) @ U_n.T + c_n)),
        "The bias b' of the candidate belongs inside the bracket that r multiplies.":
            mix(z, tanh(a_n + r * (u_n - c_n) + c_n)),
        "The blocks are ordered reset, update, candidate: r and z are exchanged.":
            mix(r, tanh(a_n + z * u_n)),
        "The blocks lie one after another, d_s rows each, and are not interleaved.":
            mix(sigmoid(woven[1]), woven_n),
        "r multiplies both parts of the candidate; it belongs on the state's part only.":
            mix(z, tanh(r * (a_n + u_n))),
        "r multiplies the wrong part of the candidate; it belongs on the state's part.":
            mix(z, tanh(r * a_n + u_n)),
        "The reset gate is not used.": mix(z, tanh(a_n + u_n)),
        "1 - r stands where r belongs.": mix(z, tanh(a_n + (1 - r) * u_n)),
        "The candidate needs its tanh.": mix(z, a_n + r * u_n),
        "The candidate goes through tanh, not the logistic function.":
            mix(z, sigmoid(a_n + r * u_n)),
        "The candidate reads x too: W x + b is missing.": mix(z, tanh(r * u_n)),
        "The candidate reads the state too: r * (U s + b') is missing.":
            mix(z, tanh(a_n)),
        "That is the candidate: mix it with the old state.": s_tilde,
        "The candidate's weight 1 - z is missing.": s_tilde + z * s_prev,
        "The old state's weight z is missing.": (1 - z) * s_tilde + s_prev,
        "z is not used: the two parts are averaged.": (s_tilde + s_prev) / 2,
        "The candidate goes through tanh, not ReLU.":
            mix(z, torch.relu(a_n + r * u_n)),
        "The new state needs no tanh of its own.": tanh(mix(z, s_tilde)),
        "r belongs in the candidate; the old state is weighed by z alone.":
            (1 - z) * s_tilde + z * r * s_prev,
        "Those are an LSTM's gates: here z and 1 - z weigh the two parts.":
            r * s_prev + z * tanh(a_n + u_n),
        "The biases b_hh are missing.":
            mix(
                sigmoid(a_z + u_z - c_z),
                tanh(a_n + sigmoid(a_r + u_r - c_r) * (u_n - c_n)),
            ),
        "The biases b_ih are missing.":
            mix(sigmoid(p_z + u_z), tanh(p_n + sigmoid(p_r + u_r) * u_n)),
        "b_ih stands where b_hh belongs.":
            mix(
                sigmoid(a_z + u_z - c_z + b_z),
                tanh(a_n + sigmoid(a_r + u_r - c_r + b_r) * (u_n - c_n + b_n)),
            ),
        "The gates read x only; they read the old state too.":
            mix(sigmoid(a_z), tanh(a_n + sigmoid(a_r) * u_n)),
        "The gates read the old state only; they read x too.":
            mix(sigmoid(u_z), tanh(a_n + sigmoid(u_r) * u_n)),
        "The gates r and z need the logistic function.":
            mix(a_z + u_z, tanh(a_n + (a_r + u_r) * u_n)),
        "The gates go through the logistic function, not tanh.":
            mix(tanh(a_z + u_z), tanh(a_n + tanh(a_r + u_r) * u_n)),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The update gate is the middle block; z near 1 keeps the old state, and z near 0 takes the candidate.
"""  # END TEST CONFIG


def test_update_gate(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 3, 5, 7)
        x, s_prev, W_ih, W_hh, b_ih, b_hh = inputs
        between = b_ih[7:14].clone()
        W_hh[14:] = 0  # the candidate reads x only, so that the reset gate is silent
        b_hh[14:] = 0
        for shut, what in ((-60.0, "z = 0"), (60.0, "z = 1"), (between, "z between")):
            b_ih[7:14] = shut
            want = torch.gru_cell(*inputs)
            mistakes = gru_mistakes(*inputs)
            if what == "z = 1":  # there the candidate alone would be taken for it
                del mistakes[next(iter(mistakes))]
            out = call(gru_step, *inputs)
            check(out, want, mistakes, what=f"s with {what}")
        unchanged(gru_step, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The reset gate is the first block, and it multiplies the finished sum U s + b' and nothing else.
"""  # END TEST CONFIG


def test_reset_gate(gru_step):
    for seed, dtype in zip(seeds(), (torch.float32, torch.float64, torch.float32)):
        inputs = gru_inputs(seed, 2, 7, 5, dtype)
        inputs[4][5:10] = -60.0  # z = 0: the new state is the candidate
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0")
        inputs[4][:5] = -60.0
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0 and r = 0")
        inputs = gru_inputs(seed + 1, 2, 7, 5, dtype)
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s")
        differentiable(gru_step, torch.gru_cell, inputs, to=(0, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Over several steps, or with other sizes, you and nn.GRU part ways; take every size from the inputs, a batch of one sentence and a state of one number included.
"""  # END TEST CONFIG


def test_several_steps(gru_step):
    sizes = ((5, 4, 3, 11), (1, 7, 13, 2), (2, 5, 7, 7), (3, 2, 1, 1))
    dtypes = (torch.float32, torch.float64, torch.float32, torch.float64)
    for seed, (b, n, d_e, d_s), dtype in zip(seeds(4), sizes, dtypes):
        _, s, *weights = gru_inputs(seed, b, d_e, d_s, dtype)
        (xs,) = normal(seed + 1, (n, b, d_e), dtype=dtype)
        gru = torch.nn.GRU(d_e, d_s, dtype=dtype)
        gru.load_state_dict(dict(zip(gru.state_dict(), weights)))
        with torch.no_grad():
            want = gru(xs, s[None])[0]
        for t in range(n):
            inputs = (xs[t], s, *weights)
            mistakes = gru_mistakes(*inputs)
            out = call(gru_step, *inputs)
            check(out, want[t], mistakes, what=f"s after step {t + 1}")
            s = want[t]
        unchanged(gru_step, *inputs)
        differentiable(gru_step, torch.gru_cell, inputs, to=(0, 1))


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: what the decoder reads and writes
#
# In training a decoder reads the *right* previous token, not its own: teacher forcing.
# One target sentence $y_1, \dots, y_{T_y}$ gives two rows.
#
# | row | content |
# |--|--|
# | `tgt_in`, what it reads | BOS, $y_1, \dots, y_{T_y}$ |
# | `tgt_out`, what it must write | $y_1, \dots, y_{T_y}$, EOS |
#
# The sentences of a batch differ in length, so the shorter rows are filled with PAD on
# the right, after everything else. EOS follows the last token at once: with EOS after
# the padding, as in the antonym program of the lectures, the decoder learns to write
# PAD. EOS is never read: where `tgt_out` has PAD, `tgt_in` has PAD too.
#
# Both tensors are as wide as the longest sentence needs. A sentence may be empty.

# %% [raw]
# # BEGIN SOLUTION


# %%
def teacher_forcing(sentences, pad, bos, eos):
    """What the decoder reads and what it must write.

    sentences: a list of lists of token ids, of any lengths; pad, bos, eos:
    ids; returns tgt_in, tgt_out, both int64 [b, longest sentence + 1].
    """
    # BEGIN SOLUTION
    m = max(len(y) for y in sentences) + 1
    tgt_in = torch.full((len(sentences), m), pad)
    tgt_out = torch.full((len(sentences), m), pad)
    for row, y in enumerate(sentences):
        tgt_in[row, : len(y) + 1] = torch.tensor([bos, *y])
        tgt_out[row, : len(y) + 1] = torch.tensor([*y, eos])
    return tgt_in, tgt_out
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
import random

from course_lib.grading.checks import unpack


def padded(rows, pad):
    """Ragged lists of ids as one int64 tensor, filled on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: tgt_in is BOS and then the sentence, with PAD on the right and no EOS.
"""  # END TEST CONFIG


def test_what_it_reads(teacher_forcing):
    sentences = [[5, 9, 4], [7], [8, 6, 3, 9, 5], [4, 4]]
    want = padded([[1, *y] for y in sentences], 0)
    by_length = sorted(sentences, key=len, reverse=True)
    bare = padded([[*y, 0] if len(y) == 5 else y for y in sentences], 0)
    mistakes = {
        "There is EOS in tgt_in: dropping the last column takes EOS from the "
        "longest sentence only.": padded([[1, *y, 2] for y in sentences], 0)[:, :-1],
        "There is EOS in tgt_in, and no sentence needs that last column.": padded(
            [[1, *y, 2] for y in sentences], 0
        ),
        "BOS is missing.": bare,
        "That is tgt_out: tgt_in is one place to the right of it.": padded(
            [[*y, 2] for y in sentences], 0
        ),
        "The padding belongs on the right, after the sentence.": padded(
            [[1, *y][::-1] for y in sentences], 0
        ).flip(1),
        "BOS stands after the padding.": torch.cat(
            [want[:, :1], bare[:, :-1].flip(1)], 1
        ),
        "The last token of the longest sentence is cut off.": want[:, :-1],
        "PAD stands where EOS would be, and no sentence needs that last column.":
            torch.nn.functional.pad(want, (0, 1)),
        "There is EOS in tgt_in, where PAD belongs.": padded(
            [[1, *y] for y in sentences], 2
        ),
        "BOS is on every place after the sentence, where PAD belongs.": padded(
            [[1, *y] for y in sentences], 1
        ),
        "BOS replaces the first token; it comes before it.": padded(
            [[1, *y[1:]] for y in sentences], 0
        ),
        "The sentences are sorted by length; keep their order.": padded(
            [[1, *y] for y in by_length], 0
        ),
        "The sentences are sorted by length; keep the order that they come in.": padded(
            [[1, *y] for y in by_length[::-1]], 0
        ),
        "BOS and EOS are exchanged.": padded([[2, *y] for y in sentences], 0),
    }  # fmt: skip
    out = call(teacher_forcing, sentences, 0, 1, 2)
    tgt_in, _ = unpack(out, "tgt_in, tgt_out")
    check(tgt_in, want, mistakes, what="tgt_in")
    unchanged(teacher_forcing, sentences, 0, 1, 2)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: tgt_out is the sentence and EOS right after its last token, then PAD; BOS is never written.
"""  # END TEST CONFIG


def test_what_it_must_write(teacher_forcing):
    sentences = [[5, 9, 4], [7], [8, 6, 3, 9, 5], [4, 4]]
    want = padded([[*y, 2] for y in sentences], 0)
    late = padded([[*y, 0] if len(y) == 5 else y for y in sentences], 0)
    late[:, -1] = 2
    mistakes = {
        "EOS stands after the padding; it follows the last token at once.": late,
        "That is tgt_in: tgt_out is one place to the left of it.": padded(
            [[1, *y] for y in sentences], 0
        ),
        "EOS is missing.": padded([[*y, 0] for y in sentences], 0),
        "There is BOS in tgt_out; the decoder never writes it.": padded(
            [[1, *y, 2] for y in sentences], 0
        ),
        "EOS is missing, and so is the place for it.": padded(sentences, 0),
        "The padding belongs on the right, after EOS.": padded(
            [[*y, 2][::-1] for y in sentences], 0
        ).flip(1),
        "EOS stands in the place of the last token.": padded(
            [[*y[:-1], 2] for y in sentences], 0
        ),
        "EOS is on every place after the sentence; it is written once.": padded(
            [[*y, 2] for y in sentences], 2
        ),
        "BOS and EOS are exchanged.": padded([[*y, 1] for y in sentences], 0),
        "The first token is missing: the decoder writes it from BOS.": padded(
            [[*y[1:], 2] for y in sentences], 0
        ),
        "The sentences are sorted by length; keep their order.": padded(
            [[*y, 2] for y in sorted(sentences, key=len, reverse=True)], 0
        ),
    }
    out = call(teacher_forcing, sentences, 0, 1, 2)
    _, tgt_out = unpack(out, "tgt_in, tgt_out")
    check(tgt_out, want, mistakes, what="tgt_out")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other ids, an empty sentence, one sentence alone or other lengths the rows are wrong; use pad, bos and eos as they are passed, and give every sentence its row.
"""  # END TEST CONFIG


def test_other_ids_and_an_empty_sentence(teacher_forcing):
    ids = ((3, 11, 7), (19, 0, 1), (2, 5, 0), (0, 1, 2), (0, 7, 3), (5, 2, 4))
    for seed, (pad, bos, eos) in zip(seeds(6), ids):
        draw = random.Random(seed)
        words = [i for i in range(23) if i not in (pad, bos, eos)]
        lengths = [draw.randrange(1, 8) for _ in range(4)] + [0, 9]
        draw.shuffle(lengths)
        if pad == 5:
            lengths = [0, 0]
        elif bos == 7:
            lengths = [4]
        sentences = [[draw.choice(words) for _ in range(n)] for n in lengths]
        want_in = padded([[bos, *y] for y in sentences], pad)
        want_out = padded([[*y, eos] for y in sentences], pad)
        full = [y for y in sentences if y] or [[0] * 20]
        typed_in = "PAD, BOS or EOS is typed in; use what is passed as pad, bos, eos."
        empty = "An empty sentence has a row too: BOS to read, EOS to write."
        single = "A batch of one sentence has two axes too: [1, T]."
        missed_in = {
            typed_in: padded([[1, *y] for y in sentences], 0),
            "PAD is typed in; use what is passed.": padded(
                [[bos, *y] for y in sentences], 0
            ),
            empty: padded([[bos, *y] for y in full], pad),
            single: want_in.squeeze(),
        }
        missed_out = {
            typed_in: padded([[*y, 2] for y in sentences], 0),
            "PAD is typed in; use what is passed.": padded(
                [[*y, eos] for y in sentences], 0
            ),
            empty: padded([[*y, eos] for y in full], pad),
            single: want_out.squeeze(),
        }
        out = call(teacher_forcing, sentences, pad, bos, eos)
        tgt_in, tgt_out = unpack(out, "tgt_in, tgt_out")
        check(tgt_in, want_in, missed_in, what="tgt_in")
        check(tgt_out, want_out, missed_out, what="tgt_out")
        unchanged(teacher_forcing, sentences, pad, bos, eos)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: the loss of real tokens only
#
# The loss is the mean negative log-likelihood of the target tokens that are not PAD,
#
# $$
# L = -\frac{\sum_{k,t} M_{k,t} \log p(y_{k,t})}{\sum_{k,t} M_{k,t}},
# \qquad M_{k,t} = \begin{cases} 1 & y_{k,t} \neq \text{PAD} \\ 0 & \text{else,}
# \end{cases}
# $$
#
# over all sentences $k$ of the batch and all positions $t$ at once. Each real token
# weighs the same, whatever the length of its sentence, and EOS is a real token.
#
# Two things must not upset it. Some decoders can never write PAD: they give it the logit
# $-\infty$. And logits may be some hundreds in size, so that a probability is 0 or 1 to
# all digits, while the loss is a number like any other.

# %% [raw]
# # BEGIN SOLUTION


# %%
def masked_loss(logits, tgt_out, pad):
    """Mean of -log p over the target tokens that are not PAD.

    logits [b, m, V], before the softmax; tgt_out int64 [b, m]; pad: an id;
    returns a tensor without axes.
    """
    # BEGIN SOLUTION
    log_p = logits.log_softmax(-1).gather(-1, tgt_out[..., None])[..., 0]
    return -log_p[tgt_out != pad].mean()
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
import math

import torch.nn.functional as F


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def right_loss(logits, tgt_out, pad):
    """Torch's own."""
    return F.cross_entropy(logits.mT, tgt_out, ignore_index=pad)


def loss_mistakes(logits, tgt_out, pad):
    """What a wrong loss is, by a sentence that says what is wrong."""
    log_p = logits.log_softmax(-1)
    chosen = tgt_out[..., None]
    nll = -log_p.gather(-1, chosen)[..., 0]
    p, real = logits.softmax(-1).gather(-1, chosen)[..., 0], tgt_out != pad
    want = nll[real].mean()
    sums, count = nll.where(real, 0.0).sum(1), real.sum(1)
    over_places = -logits.log_softmax(1).gather(-1, chosen)[..., 0]
    first = real.clone()
    first[:, 0] = False
    last = real.clone()
    for row, n in enumerate(count):
        last[row, n - 1] = False
    late = F.cross_entropy(logits[:, :-1].mT, tgt_out[:, 1:], ignore_index=pad)
    return {
        "Softmax first and log afterwards gives log 0; take log_softmax.":
            -p[real].log().mean(),
        "A token with the loss 0 is left out; leave out PAD and nothing else.":
            nll[real & (nll != 0)].mean(),
        "The mean runs over PAD too.": nll.mean(),
        "The sum leaves PAD out, and the count you divide by does not.":
            sums.sum() / tgt_out.numel(),
        "Each sentence is averaged first, so that short ones weigh more.":
            (sums / count).mean(),
        "Each sentence is divided by the width of the batch, then all are added.":
            sums.sum() / tgt_out.shape[1],
        "That is the sum; divide by the number of real tokens.": sums.sum(),
        "The sum is divided by the number of sentences, not of tokens.": sums.mean(),
        "EOS is a real token; it is left out.": nll[last].mean(),
        "The first token is left out.": nll[first].mean(),
        "The targets are shifted already: position t of both belongs together.": late,
        "PAD has the id that is passed as pad, not always 0.":
            right_loss(logits, tgt_out, 0),
        "The softmax is taken twice: these are logits, and one log_softmax is enough.":
            right_loss(logits.softmax(-1), tgt_out, pad),
        **{
            f"{eps:g} added inside the log changes the loss; take log_softmax.":
                -(p[real] + eps).log().mean()
            for eps in (0.01, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        },
        **{
            f"A probability cut off at {eps:g} changes the loss; take log_softmax.":
                -p[real].clamp(min=eps).log().mean()
            for eps in (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        },
        "PAD is what equals pad; greater and smaller ids are words.":
            nll[tgt_out > pad].mean(),
        "PAD is what equals pad; 0 is a word like any other then.":
            nll[real & (tgt_out != 0)].mean(),
        "The last position of the batch is left out.": nll[:, :-1][real[:, :-1]].mean(),
        "Every sentence is cut at the length of the shortest.":
            nll[:, : int(count.min())].mean(),
        "Each position is averaged first; average over all tokens at once.":
            (nll.where(real, 0.0).sum(0) / real.sum(0).clamp(min=1)).mean(),
        "Only the first sentence is counted.": nll[0][real[0]].mean(),
        "That is the most probable word's loss; pick the target's.":
            -log_p.amax(-1)[real].mean(),
        "The targets need no label smoothing.": F.cross_entropy(
            logits.mT, tgt_out, ignore_index=pad, label_smoothing=0.1
        ),
        "Minus infinity is no 0: a word with the logit 0 takes part in the softmax.":
            right_loss(logits.nan_to_num(neginf=0.0), tgt_out, pad),
        "PAD's logit counts too; it is taken out of the softmax.": right_loss(
            logits.index_fill(-1, torch.tensor(pad), -torch.inf), tgt_out, pad
        ),
        "The softmax runs over the words, the last axis, not over the batch.":
            -logits.log_softmax(0).gather(-1, chosen)[..., 0][real].mean(),
        "The softmax runs over the words, the last axis, not over the positions.":
            over_places[real].mean(),
        "Logits set to 0 are a prediction too: leave the padded positions out.":
            F.cross_entropy(logits.where(real[..., None], 0.0).mT, tgt_out),
        "The sign is wrong: a loss is -log p.": -want,
        "The logits are no log-probabilities yet: take log_softmax.":
            -logits.gather(-1, chosen)[..., 0][real].mean(),
        "The mean is taken of p, not of -log p.": p[real].mean(),
        "The logarithm comes before the mean, not after it.": -p[real].mean().log(),
        "Those are bits: log is the natural logarithm.": want / math.log(2),
        "That is exp(L), the perplexity.": want.exp(),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Take one log_softmax of the logits, pick the target's entry, and average over all real tokens of the batch at once.
"""  # END TEST CONFIG


def test_mean_over_real_tokens(masked_loss):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        (logits,) = normal(seed, (3, 7, 11), dtype=dtype)
        logits *= 2
        lengths = 7, 2, 4
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(3, 11, (3, 7), generator=made)
        for row, n in enumerate(lengths):
            tgt_out[row, n - 1] = 2
            tgt_out[row, n:] = 0
        want = torch.zeros((), dtype=dtype)
        for row, n in enumerate(lengths):
            for t in range(n):
                want -= logits[row, t].softmax(0)[tgt_out[row, t]].log()
        want /= sum(lengths)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, 0)
        differentiable(masked_loss, right_loss, (logits, tgt_out, 0))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With another id for PAD or very unequal lengths the loss is off; compare with pad, not with 0, and divide by the number of real tokens.
"""  # END TEST CONFIG


def test_another_pad_and_very_unequal_lengths(masked_loss):
    settings = (4, torch.float64), (12, torch.float32)
    for seed, (pad, dtype) in zip(seeds(2), settings):
        (logits,) = normal(seed, (5, 11, 13), dtype=dtype)
        logits *= 5
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(0, 13, (5, 11), generator=made)
        tgt_out[tgt_out == pad] = 1
        tgt_out[0, 0] = 0
        for row, n in enumerate((11, 1, 1, 2, 3)):
            tgt_out[row, n:] = pad
        want = right_loss(logits, tgt_out, pad)
        mistakes = loss_mistakes(logits, tgt_out, pad)
        check(call(masked_loss, logits, tgt_out, pad), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, pad)
        differentiable(masked_loss, right_loss, (logits, tgt_out, pad))


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Where PAD has the logit minus infinity the loss is not finite; 0 times infinity is NaN, so select the real tokens instead of multiplying by a mask.
"""  # END TEST CONFIG


def test_pad_that_can_not_be_written_and_large_logits(masked_loss):
    for seed in seeds():
        (logits,) = normal(seed, (2, 5, 7))
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(1, 7, (2, 5), generator=made)
        tgt_out[0, 2:] = 0
        tgt_out[1, 0] = 3
        logits[..., 0] = -torch.inf
        want = right_loss(logits, tgt_out, 0)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        logits *= 300
        logits[1, 0, 3] = 2000.0
        want = right_loss(logits, tgt_out, 0)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        out = call(masked_loss, logits, tgt_out, 0)
        check(out, want, mistakes, what="the loss of large logits")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: find the two bugs
#
# `greedy` decodes a batch. At each step it writes the most probable word and reads it at
# the next. It should
#
# - stop as soon as *every* sentence has written EOS, or after `max_len` tokens;
# - give the tokens with EOS included, and PAD after a sentence's EOS;
# - give each sentence the tokens that it would get if it were alone in its batch.
#
# The version below runs and breaks these promises in two ways; the second shows once the
# first is mended. Predict first: in a batch of 64 sentences, how long is an answer of
# this version? Then repair it. `step` is right as it stands, and no model here ever
# writes PAD or BOS by itself.


# %% given
def step(params, y_prev, s_prev):
    """One step of a small decoder: y_prev [b], s_prev [b, d_s].

    Returns the logits [b, V] and the new state s [b, d_s].
    """
    Ey_prev = params["E"][y_prev]
    s = torch.tanh(Ey_prev @ params["W"] + s_prev @ params["U"])
    return s @ params["G"] + params["b_o"], s


# %% [raw]
# # BEGIN SOLUTION


# %%
def greedy(params, s0, pad, bos, eos, max_len):
    """The most probable word at each step, until all sentences have ended.

    params: weights for `step`; s0 [b, d_s]; pad, bos, eos: ids;
    returns int64 [b, T], T <= max_len.
    """
    s, y = s0, torch.full((len(s0),), bos)
    """ # BEGIN PROMPT
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1)
        tokens.append(y)
        if (y == eos).any():
            break
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    done = torch.zeros(len(s0), dtype=torch.bool)
    tokens = []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1).masked_fill(done, pad)
        tokens.append(y)
        done = done | (y == eos)
        if done.all():
            break
    # END SOLUTION
    return torch.stack(tokens, dim=1)


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
from course_lib.grading.checks import Wrong


def padded(rows, pad):
    """Ragged lists of ids as one int64 tensor, filled on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])


def decode_alone(
    params,
    s,
    bos,
    eos,
    max_len,
    *,
    worst=False,
    read="",
    carry=True,
    start=None,
    place=0,
):
    """The tokens of one sentence; None where two words are equally probable.

    With worst, read="bos" and so on, those of a decoder with that mistake.
    """
    y, tokens, s_0 = bos if start is None else start, [], s
    while len(tokens) < max_len and tokens[-1:] != [eos]:
        s = s if carry else s_0
        Ey_prev = params["E"][bos if read == "bos" else y]
        s = torch.tanh(Ey_prev @ params["W"] + s @ params["U"])
        best = (s @ params["G"] + params["b_o"]).topk(2, largest=not worst)
        if best.values[0] - best.values[1] < 1e-3 and not worst:
            return None
        y = int(best.indices[place])
        tokens.append(y)
    return tokens


def decoder(seed, pad, bos, eos, max_len, *, cut, b=5):
    """Weights, s0 and the right tokens of b sentences of unequal length.

    With cut, a sentence reaches max_len without EOS; without, none does.
    """
    made = torch.Generator().manual_seed(seed)
    d_e, d_s, V = 3, 7, 11
    sizes = {"E": (V, d_e), "W": (d_e, d_s), "U": (d_s, d_s), "G": (d_s, V)}
    while True:
        params = {k: torch.randn(*size, generator=made) for k, size in sizes.items()}
        params["E"] *= 2
        params["b_o"] = torch.zeros(V)
        params["b_o"][[pad, bos, eos]] = torch.tensor([-99.0, -99.0, 0.5])
        s0 = torch.randn(b, d_s, generator=made)
        want = [decode_alone(params, s, bos, eos, max_len) for s in s0]
        lengths = {len(row) for row in want if row is not None}
        if None in want or len(lengths) < min(3, b) or lengths == {1}:
            continue
        finished = all(row[-1] == eos for row in want)
        if finished != cut and (cut or max(len(row) for row in want) < max_len):
            return params, s0, want


def rows_of(out, count):
    """The rows of an int64 tensor [count, T] as lists."""
    if isinstance(out, torch.Tensor) and out.ndim == 2 and out.shape[1] == count:
        if len(out) != count:
            raise Wrong(
                "the result is [T, b], expected [b, T]. Likely mistake: The axes are "
                "exchanged; stack the steps along dim=1."
            )
    elif not isinstance(out, torch.Tensor) or out.ndim != 2 or len(out) != count:
        kind = getattr(out, "kind", type(out).__name__)
        kind = f"a tensor {list(out.shape)}" if kind == "Tensor" else f"a {kind}"
        raise Wrong(
            f"the result is {kind}, expected a tensor [b, T]. Likely mistake: The "
            "steps are not stacked into one tensor with a row for each sentence."
        )
    if out.dtype != torch.int64:
        raise Wrong(
            f"the result is {out.dtype}, expected torch.int64. Likely mistake: Ids "
            "are whole numbers; a new tensor was made without `dtype=`."
        )
    return out.tolist()


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A sentence is cut short or changed; one sentence's EOS must not stop the others, and each keeps its own EOS.
"""  # END TEST CONFIG


def test_no_sentence_is_cut(greedy):
    for seed in seeds():
        params, s0, want = decoder(seed, 0, 1, 2, 13, cut=False)
        wrong = {
            "The most probable word has the largest logit, not the smallest.": {
                "worst": True
            },
            "Each step reads BOS; it should read the word just written.": {
                "read": "bos"
            },
            "Each step starts from s0; carry the new state on.": {"carry": False},
            "The first word is read off EOS; it should be BOS.": {"start": 2},
            "The first word is read off PAD; it should be BOS.": {"start": 0},
            "The second most probable word is taken.": {"place": 1},
        }
        others = {
            sentence: [decode_alone(params, s, 1, 2, 13, **how) for s in s0]
            for sentence, how in wrong.items()
        }
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 13), 5)
        starts = [tokens[: len(row)] for row, tokens in zip(want, found)]
        for sentence, rows in others.items():
            if (
                None not in rows
                and found == padded(rows, 0).tolist()
                and starts != want
            ):
                raise Wrong(f"the sentences are not right. Likely mistake: {sentence}")
        cut = [row[: len(found[0])] for row in want]
        if cut != want and starts == cut:
            raise Wrong(
                f"the result has {len(found[0])} columns, and a sentence has "
                f"{max(map(len, want))} tokens. Likely mistake: The batch stops when "
                "its first sentence has ended; wait for all, and keep the last EOS."
            )
        for number, (row, tokens) in enumerate(zip(want, starts), start=1):
            mistakes = {
                "EOS itself is replaced by PAD.": [*row[:-1], 0],
                "EOS is left out; it is the last token of a sentence.": row[:-1],
                "BOS is read, never written: it is no token of the answer.": [1, *row][
                    : len(row)
                ],
            }
            check(tokens, row, mistakes, what=f"sentence {number}")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: After its EOS a sentence has only PAD, and decoding stops when all have ended; remember from step to step who has.
"""  # END TEST CONFIG


def test_silence_after_the_end(greedy):
    for seed in seeds(4)[1:]:
        params, s0, rows = decoder(seed, 0, 1, 2, 17, cut=False)
        want = padded(rows, 0)
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 17), 5)
        width = want.shape[1]
        pairs = list(zip(found, rows))
        said = {token for tokens, row in pairs for token in tokens[len(row) :]}
        if any(tokens[: len(row)] != row for tokens, row in pairs):
            raise Wrong("a sentence is wrong before its end, as the other case says")
        if 2 in said and said <= {0, 2}:
            raise Wrong(
                "EOS is written more than once. Likely mistake: What follows the "
                "first EOS is not replaced by PAD."
            )
        if said - {0}:
            raise Wrong(
                "there are tokens after a sentence's EOS. Likely mistake: Nothing "
                "remembers who has ended, so such a sentence goes on."
            )
        if len(found[0]) == width + 1:
            raise Wrong(
                "the result has a column too many, all PAD. Likely mistake: It is "
                "asked who has ended before this step's tokens are counted."
            )
        if len(found[0]) > width:
            raise Wrong(
                f"the result has {len(found[0])} columns, expected {width}: the last "
                "ones are PAD alone. Likely mistake: The loop goes on though every "
                "sentence has ended at some step: ask who has ever written EOS, not "
                "who writes it now."
            )
        check(torch.tensor(found), want, what="the result")
        unchanged(greedy, params, s0, 0, 1, 2, 17)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other ids, or where a sentence reaches max_len without EOS, the tokens are wrong; use pad, bos and eos as passed, and at most max_len steps.
"""  # END TEST CONFIG


def test_other_ids_and_sentences_that_never_end(greedy):
    settings = (
        (4, 8, 6, 7, True, 5),
        (9, 0, 10, 19, False, 5),
        (0, 1, 2, 5, True, 5),
        (0, 3, 1, 11, False, 1),
    )
    for seed, (pad, bos, eos, max_len, cut, b) in zip(seeds(8)[4:], settings):
        params, s0, rows = decoder(seed, pad, bos, eos, max_len, cut=cut, b=b)
        want = padded(rows, pad)
        mistakes = {
            "The loop makes a step too few: max_len tokens are allowed.": want[:, :-1],
            "A batch of one sentence has two axes too: [1, T].": want[0],
        }
        out = call(greedy, params, s0, pad, bos, eos, max_len)
        width = out.shape[-1] if isinstance(out, torch.Tensor) and out.ndim else 0
        if width > max_len:
            raise Wrong(
                f"the result has {width} columns, and max_len is {max_len}. Likely "
                "mistake: The loop makes more than max_len steps."
            )
        check(out, want, mistakes, what="the result")
        unchanged(greedy, params, s0, pad, bos, eos, max_len)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q5

# %% [markdown]
# ## Question 5: count before you measure
#
# Two whole numbers, with pencil and paper; products such as `3 * 7` are fine.
#
# `n_gru`: how many numbers does `nn.GRU(11, 13)` learn? It reads vectors of size 11, its
# state has size 13, and it has all weights and both biases of question 1.
#
# `n_maxout`: how many numbers are there in Cho's output layer,
#
# $$
# \tilde o_t = O_s s_t + O_y E y_{t-1} + O_c c, \qquad
# o_{t,j} = \max(\tilde o_{t,2j-1}, \tilde o_{t,2j}), \qquad
# p(y_t) = \operatorname{softmax}(G o_t),
# $$
#
# for a state of size 13, an embedding $E y_{t-1}$ of size 7, a context $c$ of size 17, a
# maxout vector $o_t$ of size 5 and 29 target words? No biases, and $E$ does not count.

# %% [raw]
# # BEGIN SOLUTION

# %%
n_gru = 3 * (13 * 11 + 13 * 13 + 2 * 13)  # SOLUTION
n_maxout = 10 * (13 + 7 + 17) + 29 * 5  # SOLUTION

# %% [markdown]
# Three blocks, each with a matrix on the input (13 x 11), one on the state (13 x 13) and
# two biases: 3 (143 + 169 + 26) = 1014. Maxout keeps the larger of each pair, so
# $\tilde o_t$ has 10 entries and the three matrices have 10 rows each, while $G$ reads 5
# numbers: 370 + 145 = 515.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A GRU has three blocks, and each has a matrix on the input, a matrix on the state and two biases.
"""  # END TEST CONFIG


def test_numbers_in_a_gru(n_gru):
    want = sum(p.numel() for p in torch.nn.GRU(11, 13).parameters())
    mistakes = {
        "PyTorch keeps two biases a block, b_ih and b_hh.": want - 39,
        "The biases are missing, both of them.": want - 78,
        "Four blocks are an LSTM; a GRU has three.": want // 3 * 4,
        "That is one block of three.": want // 3,
        "The matrices on the state are missing.": want - 3 * 169,
        "The matrices on the input are missing.": want - 3 * 143,
        "The two sizes are exchanged: the input has size 11, the state 13.": 858,
        "Two directions would have twice as many; this GRU has one.": 2 * want,
    }
    check(n_gru, want, mistakes, what="n_gru")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Maxout keeps the larger of two numbers, so the three O matrices have twice as many rows as the vector that G reads has entries.
"""  # END TEST CONFIG


def test_numbers_in_the_maxout_layer(n_maxout):
    O_s, O_y, O_c = torch.empty(10, 13), torch.empty(10, 7), torch.empty(10, 17)
    G = torch.empty(29, 5)
    want = sum(p.numel() for p in (O_s, O_y, O_c, G))
    mistakes = {
        "The vector before the maximum is twice as long as o.": 5 * 37 + 29 * 5,
        "G reads the vector after the maximum, which is half as long.": 370 + 29 * 10,
        "G is missing.": 370,
        "The embedding has a matrix too, O_y.": 10 * 30 + 145,
        "The context has a matrix too, O_c.": 10 * 20 + 145,
        "The state has a matrix too, O_s.": 10 * 24 + 145,
        "There are no biases here.": want + 10 + 29,
        "G has no bias here.": want + 29,
        "The O matrices have no biases here.": want + 10,
        "E does not count.": want + 29 * 7,
        "That is the matrix of one O only.": 10 * 13 + 145,
    }
    check(n_maxout, want, mistakes, what="n_maxout")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
