# Made by exercises/_source/build.py from 09_global_attention.py: edit that file instead.
from otter.test_files import test_case
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


def ragged(lengths, n):
    """True where a word is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


def concat_by_loops(s, h, W_a, v_a):
    """One entry after another."""
    rows = [
        torch.stack([v_a @ torch.tanh(W_a @ torch.cat([s_t, h_i])) for h_i in words])
        for states, words in zip(s, h, strict=True)
        for s_t in states
    ]
    return torch.stack(rows).view(len(s), s.shape[1], h.shape[1])


def concat_mistakes(s, h, W_a, v_a):
    """What wrong repairs give, by a sentence that says what is wrong."""
    (b, m, d_s), n, tanh = s.shape, h.shape[1], torch.tanh
    states = s[:, :, None].expand(b, m, n, -1)
    words = h[:, None].expand(b, m, n, -1)
    x = torch.cat([states, words], -1) @ W_a.T
    y = torch.cat([words, states], -1) @ W_a.T
    own, theirs = states @ W_a[:, :d_s].T, words @ W_a[:, d_s:].T
    want = tanh(x) @ v_a
    return {
        "Both bugs are still there: look at the order of each pair, and for the bend.":
            y @ v_a,
        "The tanh is missing: softmax would cancel the state's part.": x @ v_a,
        "The state stands first in [s; h]; here the word does.": tanh(y) @ v_a,
        "The tanh belongs around W_a [s; h], before v_a.": tanh(x @ v_a),
        "The state stands first in [s; h], and the tanh belongs before v_a.":
            tanh(y @ v_a),
        "There is a tanh too many: v_a is the last step.": tanh(want),
        "The tanh bends the pair; it belongs around W_a times the pair.":
            tanh(torch.cat([states, words], -1)) @ W_a.T @ v_a,
        "Add first, then bend: tanh(a) + tanh(b) is not tanh(a + b).":
            (tanh(own) + tanh(theirs)) @ v_a,
        "The state is missing.": tanh(theirs) @ v_a,
        "The word is missing.": tanh(own) @ v_a,
        "v_a is missing: it weighs the hidden layer.": tanh(x).sum(-1),
        "v_a is missing: it weighs the hidden layer, a mean does not.":
            tanh(x).mean(-1),
        "The bend is tanh, not ReLU.": torch.relu(x) @ v_a,
        "The bend is tanh, not the logistic function.": torch.sigmoid(x) @ v_a,
        "This score is not divided by a root.": want / math.sqrt(len(v_a)),
        "These are weights already; the softmax comes later.": want.softmax(-1),
        "The axes are exchanged: [b, n, m], expected [b, m, n].": want.mT,
    }  # fmt: skip


def check_concat(concat_score, *inputs):
    want, lines = concat_by_loops(*inputs), concat_mistakes(*inputs)
    check(call(concat_score, *inputs), want, lines, what="e")


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="score",
    points=1,
    hidden=False,
    failure_message="The state stands first, and the bend stands between W_a and v_a.",
)
def test_score(concat_score):
    for seed in seeds():
        inputs = normal(seed, (2, 3, 5), (2, 7, 11), (13, 16), (13,))
        check_concat(concat_score, *inputs)


@test_case(
    name="double and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs alone, and let gradients through.",
)
def test_double_and_gradients(concat_score):
    for seed in seeds():
        inputs = normal(seed, (3, 2, 4), (3, 5, 4), (7, 8), (7,), dtype=torch.float64)
        check_concat(concat_score, *inputs)
        unchanged(concat_score, *inputs)
        differentiable(concat_score, concat_by_loops, inputs, to=(0, 1, 2, 3))
