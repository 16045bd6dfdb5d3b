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
# as they are.

# %% imports
import torch

# %% helpers
import torch

from course_lib.grading.checks import call, check, seeds, unchanged


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
    a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
    (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, 1), u.chunk(3, 1)
    (p_r, p_z, p_n), (c_r, c_z, c_n) = (x @ W_ih.T).chunk(3, 1), b_hh.chunk(3)
    r, z, U_n = torch.sigmoid(a_r + u_r), torch.sigmoid(a_z + u_z), W_hh[2 * d_s :]
    s_tilde = torch.tanh(a_n + r * u_n)

    def mix(z, s_tilde):
        return (1 - z) * s_tilde + z * s_prev

    return {
        "z and 1 - z are exchanged; here z near 1 keeps the old state.":
            mix(1 - z, s_tilde),
        "r multiplies s before the product with U; here it multiplies U s + b'.":
            mix(z, torch.tanh(a_n + (r * s_prev) @ U_n.T + c_n)),
        "The bias b' of the candidate belongs inside the bracket that r multiplies.":
            mix(z, torch.tanh(a_n + r * (u_n - c_n) + c_n)),
        "The blocks are ordered reset, update, candidate: r and z are exchanged.":
            mix(r, torch.tanh(a_n + z * u_n)),
        "r multiplies both parts of the candidate; it belongs on the state's part only.":
            mix(z, torch.tanh(r * (a_n + u_n))),
        "The reset gate is not used.": mix(z, torch.tanh(a_n + u_n)),
        "The candidate needs its tanh.": mix(z, a_n + r * u_n),
        "The candidate goes through tanh, not the logistic function.":
            mix(z, torch.sigmoid(a_n + r * u_n)),
        "That is the candidate: mix it with the old state.": s_tilde,
        "The biases b_hh are missing.":
            mix(
                torch.sigmoid(a_z + u_z - c_z),
                torch.tanh(a_n + torch.sigmoid(a_r + u_r - c_r) * (u_n - c_n)),
            ),
        "The biases b_ih are missing.":
            mix(
                torch.sigmoid(p_z + u_z),
                torch.tanh(p_n + torch.sigmoid(p_r + u_r) * u_n),
            ),
        "The gates r and z need the logistic function.":
            mix(a_z + u_z, torch.tanh(a_n + (a_r + u_r) * u_n)),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The update gate is the middle block; z near 1 keeps the old state, and z near 0 takes the candidate.
"""  # END TEST CONFIG


def test_update_gate_open_and_shut(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 3, 5, 7)
        x, s_prev, W_ih, W_hh, b_ih, b_hh = inputs
        W_hh[14:] = 0  # the candidate reads x only, so that the reset gate is silent
        b_hh[14:] = 0
        s_tilde = torch.tanh(x @ W_ih[14:].T + b_ih[14:])
        b_ih[7:14] = 60.0
        exchanged = "z and 1 - z are exchanged; here z near 1 keeps the old state."
        out = call(gru_step, *inputs)
        check(out, s_prev, {exchanged: s_tilde}, what="s with z = 1")
        b_ih[7:14] = -60.0
        mistakes = {exchanged: s_prev, **gru_mistakes(*inputs)}
        check(call(gru_step, *inputs), s_tilde, mistakes, what="s with z = 0")


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The reset gate is the first block, and it multiplies the finished sum U s + b' and nothing else.
"""  # END TEST CONFIG


def test_reset_gate(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 2, 7, 5)
        inputs[4][5:10] = -60.0  # z = 0: the new state is the candidate
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0")
        inputs[4][:5] = -60.0
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0 and r = 0")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Over several steps you and nn.GRU part ways; check the order r, z, n, both biases, the dtype, and that the inputs stay as they are.
"""  # END TEST CONFIG


def test_several_steps(gru_step):
    sizes = ((5, 4, 3, 11), (1, 7, 13, 2), (2, 5, 7, 7))
    dtypes = (torch.float32, torch.float64, torch.float32)
    for seed, (b, n, d_e, d_s), dtype in zip(seeds(), sizes, dtypes):
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
    }
    out = call(teacher_forcing, sentences, 0, 1, 2)
    tgt_in, _ = unpack(out, "tgt_in, tgt_out")
    check(tgt_in, want, mistakes, what="tgt_in")


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
    }
    out = call(teacher_forcing, sentences, 0, 1, 2)
    _, tgt_out = unpack(out, "tgt_in, tgt_out")
    check(tgt_out, want, mistakes, what="tgt_out")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other ids, an empty sentence or other lengths the rows are wrong; use pad, bos and eos as they are passed, and leave the lists as they are.
"""  # END TEST CONFIG


def test_other_ids_and_an_empty_sentence(teacher_forcing):
    ids = ((3, 11, 7), (19, 0, 1), (2, 5, 0), (0, 1, 2))
    for seed, (pad, bos, eos) in zip(seeds(4), ids):
        draw = random.Random(seed)
        words = [i for i in range(23) if i not in (pad, bos, eos)]
        lengths = [draw.randrange(1, 8) for _ in range(4)] + [0, 9]
        draw.shuffle(lengths)
        sentences = [[draw.choice(words) for _ in range(n)] for n in lengths]
        out = call(teacher_forcing, sentences, pad, bos, eos)
        tgt_in, tgt_out = unpack(out, "tgt_in, tgt_out")
        check(tgt_in, padded([[bos, *y] for y in sentences], pad), what="tgt_in")
        check(tgt_out, padded([[*y, eos] for y in sentences], pad), what="tgt_out")
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
# Some decoders can never write PAD: they give it the logit $-\infty$. Your loss should
# stay finite then.

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
import torch.nn.functional as F


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Take one log_softmax of the logits, pick the target's entry, and average over all real tokens of the batch at once.
"""  # END TEST CONFIG


def test_mean_over_real_tokens(masked_loss):
    for seed in seeds():
        (logits,) = normal(seed, (3, 7, 11))
        logits *= 2
        lengths = 7, 2, 4
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(3, 11, (3, 7), generator=made)
        for row, n in enumerate(lengths):
            tgt_out[row, n - 1] = 2
            tgt_out[row, n:] = 0
        nll = torch.zeros(3, 7)
        for row in range(3):
            for t in range(7):
                nll[row, t] = -logits[row, t].softmax(0)[tgt_out[row, t]].log()
        real = tgt_out != 0
        want = sum(nll[row, :n].sum() for row, n in enumerate(lengths)) / sum(lengths)
        sums, means = (nll * real).sum(1), (nll * real).sum(1) / real.sum(1)
        twice = F.cross_entropy(logits.softmax(-1).mT, tgt_out, ignore_index=0)
        mistakes = {
            "The mean runs over PAD too.": nll.mean(),
            "The sum leaves PAD out, and the count you divide by does not.": (
                nll * real
            ).mean(),
            "Each sentence is averaged first, so that short ones weigh more.": means.mean(),
            "That is the sum; divide by the number of real tokens.": sums.sum(),
            "The sum is divided by the number of sentences, not of tokens.": sums.mean(),
            "EOS is a real token; it is left out.": nll[tgt_out > 2].mean(),
            "The first token is left out.": nll[:, 1:][real[:, 1:]].mean(),
            "The softmax is taken twice: these are logits, and one log_softmax is enough.": twice,
            "The sign is wrong: a loss is -log p.": -want,
            "The logits are no log-probabilities yet: take log_softmax.": -logits.gather(
                -1, tgt_out[..., None]
            )[..., 0][real].mean(),
            "The mean is taken of p, not of -log p.": (-nll).exp()[real].mean(),
        }
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, 0)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With another id for PAD or very unequal lengths the loss is off; compare with pad, not with 0, and divide by the number of real tokens.
"""  # END TEST CONFIG


def test_another_pad_and_very_unequal_lengths(masked_loss):
    for seed, pad, dtype in zip(seeds(), (4, 12), (torch.float64, torch.float32)):
        (logits,) = normal(seed, (5, 11, 13), dtype=dtype)
        logits *= 5
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(0, 13, (5, 11), generator=made)
        tgt_out[tgt_out == pad] = 1
        tgt_out[0, 0] = 0
        for row, n in enumerate((11, 1, 1, 2, 3)):
            tgt_out[row, n:] = pad
        want = F.cross_entropy(logits.mT, tgt_out, ignore_index=pad)
        zero = F.cross_entropy(logits.mT, tgt_out, ignore_index=0)
        mistakes = {"PAD has the id that is passed as pad, not always 0.": zero}
        check(call(masked_loss, logits, tgt_out, pad), want, mistakes, what="the loss")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Where PAD has the logit minus infinity the loss is not finite; 0 times infinity is NaN, so select the real tokens instead of multiplying by a mask.
"""  # END TEST CONFIG


def test_pad_that_can_not_be_written(masked_loss):
    for seed in seeds():
        (logits,) = normal(seed, (2, 5, 7))
        logits[..., 0] = -torch.inf
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(1, 7, (2, 5), generator=made)
        tgt_out[0, 2:] = 0
        want = F.cross_entropy(logits.mT, tgt_out, ignore_index=0)
        check(call(masked_loss, logits, tgt_out, 0), want, what="the loss")


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


def decode_alone(params, s, bos, eos, max_len):
    """The tokens of one sentence; None where two words are equally probable."""
    y, tokens = bos, []
    while len(tokens) < max_len and y != eos:
        s = torch.tanh(params["E"][y] @ params["W"] + s @ params["U"])
        best = (s @ params["G"] + params["b_o"]).topk(2)
        if best.values[0] - best.values[1] < 1e-3:
            return None
        y = int(best.indices[0])
        tokens.append(y)
    return tokens


def decoder(seed, pad, bos, eos, max_len, *, cut):
    """Weights, s0 and the right tokens of five sentences of unequal length.

    With cut, a sentence reaches max_len without EOS; without, none does.
    """
    made = torch.Generator().manual_seed(seed)
    b, d_e, d_s, V = 5, 3, 7, 11
    sizes = {"E": (V, d_e), "W": (d_e, d_s), "U": (d_s, d_s), "G": (d_s, V)}
    while True:
        params = {k: torch.randn(*size, generator=made) for k, size in sizes.items()}
        params["E"] *= 2
        params["b_o"] = torch.zeros(V)
        params["b_o"][[pad, bos, eos]] = torch.tensor([-99.0, -99.0, 0.5])
        s0 = torch.randn(b, d_s, generator=made)
        want = [decode_alone(params, s, bos, eos, max_len) for s in s0]
        if None in want or len({len(row) for row in want}) < 3:
            continue
        finished = all(row[-1] == eos for row in want)
        if finished != cut and (cut or max(len(row) for row in want) < max_len):
            return params, s0, want


def rows_of(out, count):
    """The rows of an int64 tensor [count, T] as lists."""
    if not isinstance(out, torch.Tensor) or out.ndim != 2 or len(out) != count:
        raise Wrong("the result is not a tensor [b, T] with one row a sentence")
    if out.dtype != torch.int64:
        raise Wrong(f"the result is {out.dtype}, expected torch.int64")
    return out.tolist()


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: A sentence is cut short or changed; one sentence's EOS must not stop the others, and each keeps its own EOS.
"""  # END TEST CONFIG


def test_no_sentence_is_cut(greedy):
    for seed in seeds():
        params, s0, want = decoder(seed, 0, 1, 2, 13, cut=False)
        first = min(len(row) for row in want)
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 13), 5)
        for number, (row, tokens) in enumerate(zip(want, found), start=1):
            mistakes = {
                "The batch stops when its first sentence has ended; wait for all of them.": row[
                    :first
                ],
                "EOS itself is replaced by PAD.": [*row[:-1], 0],
                "EOS is left out; it is the last token of a sentence.": row[:-1],
            }
            check(tokens[: len(row)], row, mistakes, what=f"sentence {number}")


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
        ended = [tokens[len(row) : width] for tokens, row in zip(found, rows)]
        if len(found[0]) > width:
            raise Wrong(
                f"the result has {len(found[0])} columns, expected {width}: all "
                "have ended before. Likely mistake: Ended is only who wrote EOS "
                "at this step; it should be who has ever written it."
            )
        if len(found[0]) == width and any(map(any, ended)):
            raise Wrong(
                "there are tokens after a sentence's EOS. Likely mistake: Nothing "
                "remembers who has ended, so such a sentence goes on."
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
    settings = ((4, 8, 6, 7, True), (9, 0, 10, 19, False), (0, 1, 2, 5, True))
    for seed, (pad, bos, eos, max_len, cut) in zip(seeds(7)[4:], settings):
        params, s0, rows = decoder(seed, pad, bos, eos, max_len, cut=cut)
        out = call(greedy, params, s0, pad, bos, eos, max_len)
        check(out, padded(rows, pad), what="the result")


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
    }
    check(n_maxout, want, mistakes, what="n_maxout")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
