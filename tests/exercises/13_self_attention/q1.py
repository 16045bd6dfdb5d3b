# Made by exercises/_source/build.py from 13_self_attention.py: edit that file instead.
from otter.test_files import test_case
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


def self_inputs(seed, lengths, d, d_k, d_v, causal, dtype=torch.float32):
    """Words and weights of ordinary size, and a mask for these lengths."""
    b, n = len(lengths), max(lengths)
    shapes = (b, n, d), (d_k, d), (d_k, d), (d_v, d)
    x, W_Q, W_K, W_V = normal(seed, *shapes, dtype=dtype)
    i = torch.arange(n)
    mask = (i < torch.tensor(lengths)[:, None])[:, None]
    if causal:
        mask = mask & (i <= i[:, None])
    return x, 0.7 * W_Q, 0.7 * W_K, W_V, mask


def right_self(x, W_Q, W_K, W_V, mask):
    """Query after query, over the visible keys only: c, alpha."""
    mask = mask.expand(len(x), x.shape[1], -1)
    contexts, weights = [], []
    for words, seen in zip(x, mask, strict=True):
        for t in range(len(words)):
            q, alpha = W_Q @ words[t], torch.zeros_like(words[:, 0])
            at = seen[t].nonzero()[:, 0]
            e = torch.stack([q @ (W_K @ words[i]) for i in at]) / math.sqrt(len(q))
            alpha = alpha.index_put((at,), torch.softmax(e, 0))
            weights.append(alpha)
            contexts.append(sum(alpha[i] * (W_V @ words[i]) for i in at))
    b, n, _ = x.shape
    return torch.stack(contexts).view(b, n, -1), torch.stack(weights).view(b, n, n)


def self_mistakes(x, W_Q, W_K, W_V, mask):
    """What known mistakes give: sentence -> c, alpha."""
    Q, K, V = x @ W_Q.T, x @ W_K.T, x @ W_V.T
    e, d_k, d = Q @ K.mT, Q.shape[-1], x.shape[-1]
    hide, n = ~mask, x.shape[1]
    scaled = e / math.sqrt(d_k)
    hidden = scaled.masked_fill(hide, -1e9)
    late = scaled.softmax(-1) * mask
    sentences = {
        "The scores are not divided by the root of d_k.":
            e.masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by d_k, not by its root.":
            (e / d_k).masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by the root of the words' width; d_k is the queries'.":
            (e / math.sqrt(d)).masked_fill(hide, -1e9).softmax(-1),
        "The scores are divided by the root of the length; d_k is a width.":
            (e / math.sqrt(n)).masked_fill(hide, -1e9).softmax(-1),
        "The scores are multiplied by the root of d_k.":
            (e * math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "The mask is not used.": scaled.softmax(-1),
        "The mask is upside down: True means visible.":
            scaled.masked_fill(mask, -1e9).softmax(-1),
        "The mask came after the softmax: weights must sum to 1.": late,
        "The softmax ran over the queries, not over the keys (the last axis).":
            hidden.softmax(1) * mask,
        "The softmax ran over the batch, not over the keys (the last axis).":
            hidden.softmax(0) * mask,
        "Queries and keys are exchanged: row t belongs to query t.":
            scaled.mT.masked_fill(hide, -1e9).softmax(-1),
        "The mask is transposed: row t says what query t sees.":
            scaled.masked_fill(hide.expand_as(e).mT, -1e9).softmax(-1),
        "The queries are projected as keys; W_Q is missing.":
            (K @ K.mT / math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "The keys are projected as queries; W_K is missing.":
            (Q @ Q.mT / math.sqrt(d_k)).masked_fill(hide, -1e9).softmax(-1),
        "A score of 0 is not hidden, for exp(0) is 1; use minus infinity.":
            (scaled * mask).softmax(-1),
        "Everybody has the first sentence's mask.":
            scaled.masked_fill(hide[:1], -1e9).softmax(-1),
        "All weight is on the best key: argmax instead of softmax.":
            torch.zeros_like(e).scatter(-1, hidden.argmax(-1, keepdim=True), 1.0),
    }  # fmt: skip
    right = hidden.softmax(-1)
    found = {text: (alpha @ V, alpha) for text, alpha in sentences.items()}
    found["The results come in the order c, alpha."] = right, right @ V
    found["The words themselves are averaged; W_V is missing."] = right @ x, right
    found["The keys are averaged; a context is made of values."] = right @ K, right
    found["The weights are transposed in the average."] = right.mT @ V, right
    found["Those are the scores; the weights are their softmax."] = right @ V, scaled
    return found


def compare_self(function, inputs):
    """c and alpha of a learner's function beside the right ones."""
    want = right_self(*inputs)
    mistakes = self_mistakes(*inputs)
    out = unpack(call(function, *inputs), "c, alpha")
    for k, what in ((1, "alpha"), (0, "c")):
        wrong = {text: both[k] for text, both in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="every word reads its own sentence",
    points=1,
    hidden=False,
    failure_message="Project, score, scale, hide, softmax over the keys, average the values, in this order.",
)
def test_every_word_reads_its_own_sentence(self_attention):
    for seed, causal in zip(seeds(), (False, True, True), strict=True):
        inputs = self_inputs(seed, (7, 3), 5, 3, 2, causal)
        want = right_self(*inputs)
        mistakes = self_mistakes(*inputs)
        out = unpack(call(self_attention, *inputs), "c, alpha")
        for k, what in ((1, "alpha"), (0, "c")):
            wrong = {text: both[k] for text, both in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Keep the inputs' dtype, leave them as they are, and let gradients reach the words and the weights.",
)
def test_double_precision_inputs_that_stay_and_gradients(self_attention):
    inputs = self_inputs(seeds()[0], (5, 2, 4), 7, 3, 5, True, torch.float64)
    compare_self(self_attention, inputs)
    unchanged(self_attention, *inputs)
    differentiable(self_attention, right_self, inputs, to=(0, 1, 2, 3))


@test_case(
    name="other sizes and large padding",
    points=1,
    hidden=True,
    failure_message="Take every size from the inputs, one word or one sentence included; padding and large scores must not matter.",
)
def test_other_sizes_and_large_padding(self_attention):
    settings = ((1,), 3, 2, 5, False), ((5, 1, 3), 5, 7, 3, True), ((4,), 2, 1, 1, True)
    dtypes = torch.float32, torch.float64, torch.float64
    for seed in seeds(5)[3:]:
        for setting, dtype in zip(settings, dtypes, strict=True):
            x, *rest, mask = self_inputs(seed, *setting, dtype)
            # behind the end of a sentence stands whatever was left there
            end = torch.tensor(setting[0])[:, None, None]
            x = torch.where(torch.arange(x.shape[1])[:, None] < end, x, 50.0)
            inputs = x, *rest, mask
            compare_self(self_attention, inputs)
            unchanged(self_attention, *inputs)
        differentiable(self_attention, right_self, inputs, to=(0, 1, 2, 3))
